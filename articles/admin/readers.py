"""How many readers a story has: beside it in the list, and with its hours and where they came from on its form."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.models import Article, Reading, Referral


class WithReaders(admin.ModelAdmin):  # type: ignore[type-arg]
    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The figures of all stories of the page, in one query."""
        changes = super().get_changelist_instance(request)
        stories = changes.result_list = list(changes.result_list)
        figures = Reading.objects.figures((story.pk for story in stories), timezone.now())
        for story in stories:
            story.figures = figures[story.pk]
        return changes

    @admin.display(description=_("readers"))
    def readers(self, article: Article) -> str:
        figures = article.figures  # type: ignore[attr-defined]
        words = {"today": figures.today, "week": figures.week}
        return gettext("%(today)d today, %(week)d in 7 days") % words if figures.week else ""


def readers_of(article: Article) -> dict[str, Any]:
    """For `admin/articles/article/_readers.html`."""
    now = timezone.now()
    return {
        "figures": Reading.objects.figures([article.pk], now)[article.pk],
        "hosts": Referral.objects.hosts_of([article.pk], now),
    }
