"""A save that cannot lose text: whoever comes second finds their form as they left it, beside what was saved first."""

from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from articles.admin.autosave import keep_typed
from articles.admin.conflict import conflict_with, differences
from articles.admin.sharing import Sharing
from articles.models import Article
from articles.models.versioned import SavedMeanwhile

if TYPE_CHECKING:
    from newsroom.accounts.models import User


class Guarded(Sharing):
    """For the story's admin: a SavedMeanwhile out of a save becomes the page of the conflict."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        conflict = getattr(request, "conflict", None)
        return type("Refilled", (form,), {"conflict": conflict}) if conflict else form

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except SavedMeanwhile:
            assert object_id is not None  # a new story has no version to lose
            return self._conflict_page(request, object_id, form_url, extra_context)
        return response

    def _conflict_page(self, request: HttpRequest, object_id: str, form_url: str, extra_context: Any) -> HttpResponse:
        """The form with what was typed, now on top of the version that was saved first."""
        stored = Article.objects.get(pk=object_id)
        keep_typed(request, cast("User", request.user), stored)  # whatever they decide, and if the tab dies before
        request.conflict = conflict_with(stored)  # type: ignore[attr-defined]
        typed = request.POST.copy()
        typed["base_version"] = str(stored.version)
        request.POST = typed  # type: ignore[assignment]
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data:
            response.status_code = 409
            mine, theirs = response.context_data["adminform"].form.dressed(), self.get_object(request, object_id)
            response.context_data["differences"] = differences(mine, theirs) if theirs else []
        return response
