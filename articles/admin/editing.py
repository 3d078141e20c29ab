"""What the admin of several nouns shares: forms that hold the text editor."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

from articles.richtext import allow_editor


class WithEditor(admin.ModelAdmin):  # type: ignore[type-arg]
    """An admin whose form holds the text editor, and its page the policy that the editor needs."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        response = super().changeform_view(request, object_id, form_url, extra_context)
        return allow_editor(response) if isinstance(response, TemplateResponse) else response
