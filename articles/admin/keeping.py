"""What was typed and not saved is offered when the form is opened again: restored, compared or discarded."""

from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from articles.admin.autosave import autosave, may_write, others
from articles.admin.merge import Merge
from articles.models import Article, Autosave
from newsroom.lib.fragment import wants_fragment

if TYPE_CHECKING:
    from newsroom.accounts.models import User

#: Names the form that was saved last.
SAVED: Final = "saved_form"


class Keeping(admin.ModelAdmin):  # type: ignore[type-arg]
    """For the story's admin: its form is kept while it is written (static/articles/admin/keeping.js)."""

    def get_urls(self) -> Any:
        inside = self.admin_site.admin_view
        return [
            path("autosave/", autosave, name="articles_article_autosave_new"),
            path("<int:pk>/autosave/", autosave, name="articles_article_autosave"),
            path("unsaved/<int:pk>/", inside(self.compare), name="articles_article_unsaved"),
            path("unsaved/<int:pk>/discard/", inside(require_POST(discard)), name="articles_article_discard"),
            *super().get_urls(),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        restored = self._restored(request, obj)
        return type("Restored", (form,), {"restored": restored.posted}) if restored else form

    def _restored(self, request: HttpRequest, story: Article | None) -> Autosave | None:
        token = request.GET.get("unsaved") if request.method == "GET" else None
        return Autosave.objects.filter(user=request.user.pk, article=story, token=token).first() if token else None

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data:
            response.context_data["kept"] = _kept(request, response.context_data)
        if token := getattr(request, "saved_form", ""):  # for the script, which forgets the copy in the browser
            response.set_cookie(SAVED, token, path=reverse("admin:index"), samesite="Lax", secure=request.is_secure())
        return response

    def forget_typed(self, request: HttpRequest, form: Any) -> None:
        """What the form held is saved: in the transaction of the save."""
        token = form.cleaned_data["draft_token"]
        Autosave.objects.filter(user=request.user.pk, token=token or "-").delete()
        request.saved_form = token  # type: ignore[attr-defined]

    def compare(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What was typed beside what is stored."""
        unsaved = _own(request, pk)
        mine, theirs = (self.get_object(request, str(unsaved.article_id)) for _side in range(2))
        if mine is None or theirs is None or not may_write(unsaved.user, theirs):
            raise PermissionDenied
        form = self.get_form(request, mine, change=True)(unsaved.posted, instance=mine)
        with transaction.atomic():  # what cleaning writes (a picture's description) is not wanted yet
            form.is_valid()
            transaction.set_rollback(True)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Your unsaved changes"),
            "unsaved": unsaved,
            "story": theirs,
            "differences": Merge(None, form.snapshot(), theirs.as_edited()).differences(asking=False),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/articles/article/unsaved.html", context)


def discard(request: HttpRequest, pk: int) -> HttpResponse:
    unsaved = _own(request, pk)
    Autosave.objects.filter(pk=unsaved.pk).delete()
    if wants_fragment(request):
        return HttpResponse("")
    if unsaved.article_id is None:
        return redirect("admin:articles_article_add")
    return redirect("admin:articles_article_change", unsaved.article_id)


def _own(request: HttpRequest, pk: int) -> Autosave:
    return get_object_or_404(Autosave.objects.select_related("article", "user"), pk=pk, user=request.user.pk)


def _kept(request: HttpRequest, page: dict[str, Any]) -> dict[str, Any]:
    """What `_kept.html` shows beside the form: unsaved text, and who else is there."""
    form, story = page["adminform"].form, page.get("original")
    user = cast("User", request.user)
    if not may_write(user, story):
        return {}
    token = str(form["draft_token"].value() or "")
    address = reverse("admin:articles_article_autosave", args=[story.pk]) if story else None
    return {
        "story": story,
        "token": token,
        "person": user.pk,
        "url": address or reverse("admin:articles_article_autosave_new"),
        "unsaved": Autosave.objects.offered(user, story, besides=token),
        "others": others(user, story, request) if story else "",
        "is_typed": form.is_bound or form.restored is not None,
    }
