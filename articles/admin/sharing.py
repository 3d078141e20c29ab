"""Preview links in the story's form: who has one, how long it works, and the buttons that make and end them."""

from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import Media
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from articles.models import Article
from articles.permissions import can
from newsroom.lib.clock import now_of
from newsroom.lib.fragment import wants_fragment

if TYPE_CHECKING:
    from newsroom.accounts.models import User


class Sharing(admin.ModelAdmin):  # type: ignore[type-arg]
    """For the story's admin."""

    def get_urls(self) -> Any:
        inside = self.admin_site.admin_view
        return [
            path("<int:pk>/links/", inside(require_POST(links)), name="articles_article_links"),
            *super().get_urls(),
        ]

    @property
    def media(self) -> Media:
        return super().media + Media(js=["articles/admin/links.js"])

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data:
            story = response.context_data.get("original")
            if story is None or can(request.user, "edit", story):
                response.context_data["sharing"] = _panel(request, story)
        return response


@transaction.atomic
def links(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a link (`for`: whom), end one (`revoke`: its number) or all of the story's (`revoke=all`)."""
    story = get_object_or_404(Article.objects.defer("body", "body_text"), pk=pk)
    if not can(request.user, "edit", story):
        raise PermissionDenied
    user, ends = cast("User", request.user), request.POST.get("revoke", "")
    if ends == "all":
        story.revoke_previews()
    elif ends:
        numbered = ends if ends.isascii() and ends.isdigit() and len(ends) < 18 else "0"
        story.preview_links.filter(pk=numbered).revoke(by=user)
    else:
        story.share_preview(by=user, note=request.POST.get("for", ""))
    if wants_fragment(request):
        return render(request, "admin/articles/article/_links.html", {"sharing": _panel(request, story)})
    return redirect(reverse("admin:articles_article_change", args=[pk]) + "#links")


def _panel(request: HttpRequest, story: Article | None) -> dict[str, Any]:
    """What `_links.html` shows."""
    if story is None:
        return {"preview": reverse("article_preview_new"), "links": []}
    working = story.preview_links.working(now_of(request)).select_related("made_by").order_by("-made_at")
    return {
        "story": story,
        "preview": reverse("article_preview", args=[story.pk]),
        "links": list(working[:20]),
        "site": settings.NEWSROOM_URL,
    }
