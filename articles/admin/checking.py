"""The checklist beside a story's buttons: what stands in the way of publishing, kept true while the story is written."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import Media
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_POST

from articles.models import Article
from articles.permissions import can
from articles.readiness import checklist_of_draft, checklist_of_form

if TYPE_CHECKING:
    from django.urls import URLPattern


class WithChecklist(admin.ModelAdmin):  # type: ignore[type-arg]
    """A story's form that says what readers would miss, and a view that says it of what is being typed."""

    def get_urls(self) -> "list[URLPattern]":
        view = self.admin_site.admin_view(require_POST(self.checklist_view))
        own = [
            path("add/checklist/", view, name="articles_article_checklist_new"),
            path("<path:object_id>/checklist/", view, name="articles_article_checklist"),
        ]
        return own + super().get_urls()

    @property
    def media(self) -> Media:
        ours = Media(css={"all": ["articles/admin/checklist.css"]}, js=["articles/admin/checklist.js"])
        return super().media + ours

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        article = self.get_object(request, object_id) if object_id else None
        context = {"checklist": SimpleLazyObject(lambda: checklist_of_draft(article))} if article else {}
        return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

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
