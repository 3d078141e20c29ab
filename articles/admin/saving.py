"""A save that cannot lose text: whoever comes second finds their form as they left it, beside what was saved first."""

from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from articles.admin.autosave import keep_typed
from articles.admin.conflict import conflict_with
from articles.admin.merge import Merge
from articles.admin.sharing import Sharing
from articles.models import Article
from articles.models.snapshot import Data
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
        if object_id and request.method == "POST" and "_together" in request.POST:
            return self._conflict_page(request, object_id, form_url, extra_context)
        try:
            response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except SavedMeanwhile:
            assert object_id is not None  # a new story has no version to lose
            return self._conflict_page(request, object_id, form_url, extra_context)
        return response

    def _conflict_page(self, request: HttpRequest, object_id: str, form_url: str, extra_context: Any) -> HttpResponse:
        """The form with what was typed, now on top of the version that was saved first; or, where that was asked for, with
        one text made of both. Nothing is saved."""
        stored = self.get_object(request, object_id)
        if stored is None or not self.has_change_permission(request, stored):
            raise PermissionDenied
        wants_one = "_together" in request.POST and request.POST.get("base_version") == str(stored.version)
        typed = request.POST.copy()
        typed["base_version"] = str(stored.version)
        page = self._refilled(request, stored, typed, form_url, extra_context)
        form = page.context_data["adminform"].form
        merge = Merge(_base(form, stored), form.snapshot(), stored.as_edited())
        if wants_one:
            one = form.posted_with(merge.theirs, merge.fields_of_theirs(typed))
            one["body"], one["base_revision"] = merge.body(typed), str(stored.shown_revision_id or "")
            page = self._refilled(request, stored, one, form_url, extra_context, together=True)
            return cast("HttpResponse", page)
        page.context_data["differences"] = merge.differences()
        page.status_code = 409
        return cast("HttpResponse", page)

    def _refilled(
        self, request: HttpRequest, stored: Article, typed: Any, form_url: str, extra: Any, *, together: bool = False
    ) -> Any:
        """The form's page with `typed` in it, which is kept: whatever they decide, and if the tab dies before."""
        request.POST = typed
        keep_typed(request, cast("User", request.user), stored)
        request.conflict = conflict_with(stored, together=together)  # type: ignore[attr-defined]
        page: Any = super().changeform_view(request, str(stored.pk), form_url, extra)
        found = page.context_data["adminform"].form.errors.as_data().values()
        if {error.code for errors in found for error in errors} == {"conflict"}:
            page.context_data["errors"] = []  # the page says it above the form
        return page


def _base(form: Any, stored: Article) -> Data | None:
    """What the form was opened with; None where it does not say so, or not in a number of this story's."""
    number = form.cleaned_data.get("base_revision") or ""
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    base = stored.revisions.filter(pk=number).first() if is_number else None
    return base.data if base else None
