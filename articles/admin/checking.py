"""The checklist beside a story's buttons: what stands in the way of publishing, kept true while the story is written."""

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import Media
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_POST

from articles.admin.picking import pick_story
from articles.admin.showing import Showing
from articles.checklist import HEADLINE_SOFT
from articles.models import Article
from articles.permissions import can
from articles.readiness import checklist_of_draft, checklist_of_form
from newsroom.lib.text import WORDS_PER_MINUTE

if TYPE_CHECKING:
    from django.urls import URLPattern

#: What the column of a headline holds.
HEADLINE_MAX: Final = 200


class WithChecklist(Showing):
    """A story's form that counts and says what readers would miss, and the views that it asks while it is written."""

    def get_urls(self) -> "list[URLPattern]":
        view = self.admin_site.admin_view(require_POST(self.checklist_view))
        own = [
            path("pick/", self.admin_site.admin_view(pick_story), name="articles_article_pick"),
            path("add/checklist/", view, name="articles_article_checklist_new"),
            path("<path:object_id>/checklist/", view, name="articles_article_checklist"),
        ]
        return own + super().get_urls()

    @property
    def media(self) -> Media:
        ours = Media(
            css={"all": ["articles/admin/checklist.css", "articles/admin/counts.css"]},
            js=["articles/admin/checklist.js", "articles/admin/counts.js"],
        )
        return super().media + ours

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        extra = extra_context or {}
        article = extra.get("story")
        measures = {"words_per_minute": WORDS_PER_MINUTE, "soft": HEADLINE_SOFT, "hard": HEADLINE_MAX}
        context: dict[str, Any] = {"measures": measures}
        if article:
            context["checklist"] = SimpleLazyObject(lambda: checklist_of_draft(article))
        return super().changeform_view(request, object_id, form_url, context | extra)

    def checklist_view(self, request: HttpRequest, object_id: str | None = None) -> HttpResponse:
        """The list for the form as it stands. Nothing is kept of what looking through the form would write."""
        article: Article | None = self.get_object(request, object_id) if object_id else None
        allowed = article and can(request.user, "edit", article) if object_id else self.has_add_permission(request)
        if not allowed:
            raise PermissionDenied
        form = self.get_form(request, article, change=article is not None)(request.POST, instance=article)
        with transaction.atomic():
            form.is_valid()
            checklist = checklist_of_form(form)  # type: ignore[arg-type]
            transaction.set_rollback(True)
        words = {"checklist": checklist, "may_publish": request.user.has_perm("articles.publish_article")}
        return render(request, "admin/articles/article/_checklist.html", words)
