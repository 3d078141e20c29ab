"""The posts of live pages as those who report see them: beside the composer, and all together in the admin's own list."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, LiveUpdate
from articles.permissions import may_change_post
from newsroom.lib.admin import ShortPaginator
from newsroom.lib.text import plain

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from newsroom.accounts.models import User

#: Posts beside the composer, and running pages above the list of all.
SHOWN: Final = 30
#: A live page that was published longer ago is found through its story.
RECENT: Final = timedelta(days=30)


@dataclass(frozen=True)
class Row:
    update: LiveUpdate
    may_edit: bool
    may_delete: bool

    @property
    def words(self) -> str:
        return self.update.text if self.update.text is not None else plain(self.update.body)


def rows_of(article: Article, user: "User | AnonymousUser", *, before: str = "") -> tuple[list[Row], int | None]:
    """The newest posts, those that were taken off among them, and the number to ask for older ones with."""
    found = LiveUpdate.objects.filter(article=article).select_related("user", "edited_by", "deleted_by", "image")
    if before.isascii() and before.isdigit() and len(before) < 18:
        edge = LiveUpdate.objects.filter(article=article, pk=int(before)).values_list("published_at", "pk").first()
        found = found.before(*edge) if edge else found
    rows = list(found.order_by("-published_at", "-id")[: SHOWN + 1])
    older = rows[SHOWN - 1].pk if len(rows) > SHOWN else None
    return [
        Row(row, may_change_post(user, "edit", row), may_change_post(user, "delete", row)) for row in rows[:SHOWN]
    ], older


@admin.register(LiveUpdate)
class LiveUpdateAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """All posts of all live pages, to be found; each is written and changed on its own story's page."""

    list_display = ("published_at", "title", "article", "key_event", "pinned", "user", "deleted_at")
    list_filter = ("key_event", "pinned")
    list_select_related = ("article", "user")
    list_per_page = 50
    show_full_result_count = False
    paginator = ShortPaginator
    search_fields = ("headline", "article__headline")
    actions = None
    change_list_template = "admin/live/change_list.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the live pages that run: reporters do not find those of others in the list of stories."""
        now = timezone.now()
        stories = Article.objects.live(now).filter(kind=Article.Kind.LIVE, live_ended_at=None)
        stories = stories.filter(publish_at__gte=now - RECENT)
        running = stories.only("headline").order_by("-publish_at")[:SHOWN]
        response: HttpResponse = super().changelist_view(request, {"running": running, **(extra_context or {})})
        return response

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[LiveUpdate]:
        return super().get_queryset(request).defer("article__body", "article__body_text")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        update = self.get_object(request, object_id)
        if update is None:
            raise Http404
        return HttpResponseRedirect(reverse("live_edit", args=[update.article_id, update.pk]))
