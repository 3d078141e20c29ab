"""Choosing another story, for the box in a text that leads to it."""

from typing import Final

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from articles import search
from articles.models import Article

#: Stories that one answer holds: whoever does not find theirs says more of it.
PICKED: Final = 20


@require_safe
def pick_story(request: HttpRequest) -> JsonResponse:
    """What readers may see, the newest first, or what a search (`q`) finds among it."""
    live, words = Article.objects.live(timezone.now()), request.GET.get("q", "")[:200].strip()
    stories = search.find(live, words) if words else live
    columns = ("headline", "dated", "slug", "publish_at", "breaking_until", "section__name")
    newest = stories.select_related("section").only(*columns).order_by("-publish_at", "-id")
    return JsonResponse({"stories": [_told(story) for story in newest[:PICKED]]})


def _told(story: Article) -> dict[str, object]:
    assert story.publish_at is not None
    day = date_format(timezone.localtime(story.publish_at), "DATE_FORMAT")
    name = story.shown_headline
    return {"story": story.pk, "url": story.get_absolute_url(), "name": name, "detail": f"{story.section.name}, {day}"}
