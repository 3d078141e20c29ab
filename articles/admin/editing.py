"""What the admin of several nouns shares: forms that hold the text editor, and lists that count only so far."""

from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template.response import TemplateResponse

from articles.richtext import allow_editor


class ShortPaginator(Paginator):  # type: ignore[type-arg]
    """Counts to a limit and no further: counting every story of an old site costs more than showing the page."""

    LIMIT = 2000

    @cached_property
    def count(self) -> int:
        return len(self.object_list.values_list("pk", flat=True)[: self.LIMIT])  # type: ignore[attr-defined]


class WithEditor(admin.ModelAdmin):  # type: ignore[type-arg]
    """An admin whose form holds the text editor, and its page the policy that the editor needs."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        response = super().changeform_view(request, object_id, form_url, extra_context)
        return allow_editor(response) if isinstance(response, TemplateResponse) else response
