"""What is said around a story: corrections."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from articles.models import Article, Correction
from newsroom.lib.admin import StampedAdmin


@admin.register(Correction)
class CorrectionAdmin(StampedAdmin):
    """The record of what was said in public: made on the story's own page, and not edited away."""

    list_display = ("made_at", "kind", "text", "article", "made_by")
    list_filter = ("kind",)
    list_select_related = ("article", "made_by")
    search_fields = ("text", "article__headline")
    fields = ("article", "kind", "text", "position", "made_at", "made_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correction]:
        """Of the stories that this person may look at."""
        stories = Article.objects.visible_to(request.user, timezone.now())
        return super().get_queryset(request).filter(article__in=stories)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Correction | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Correction | None = None) -> bool:
        return False
