"""The desk's first page: what waits for whoever is logged in, what runs now, and what readers made of the latest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.db.models import Exists, OuterRef, Value
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from articles.models import Article, Autosave, Correction
from articles.models.article import ArticleQuerySet
from articles.models.site_settings import site_settings
from comments.admin.queues import QUEUES, as_said, counts
from newsroom.accounts.models import User
from newsroom.admin.readers import readers_now
from newsroom.lib.clock import now_of

#: Stories that a box shows; its link leads to the others.
SHOWN: Final = 8
AHEAD: Final = timedelta(hours=24)
#: How long a change in substance waits for a word to readers, until the desk gives up asking.
DUE: Final = timedelta(days=7)
_LIST: Final = "admin:articles_article_changelist"
_SHOWN_OF_A_STORY: Final = (
    *("id", "kind", "status", "headline", "slug", "dated", "publish_at", "updated_at", "modified_at", "breaking_until"),
    *("section__name", "comment_stats__published", *(f"rating_summary__n{stars}" for stars in range(1, 6))),
)


@dataclass(frozen=True)
class Part:
    """A box of the desk. `needs`: any of these permissions opens it; `nothing`: what it says when it is empty; `place`:
    work that waits, what is running, or what is out.
    """

    name: str
    title: Any
    nothing: Any
    needs: tuple[str, ...]
    order: str
    query: str = ""
    place: str = "work"


PARTS: Final = (
    Part(
        "mine", _("My stories in work"), _("No draft of yours is open."), ("articles.add_article",),
        "-modified_at", "",
    ),
    Part(
        "review", _("In review"), _("Nothing waits to be read."), ("articles.approve_article",),
        "modified_at", "state=review",
    ),
    Part(
        "due", _("Corrections due"), _("Every change in substance has been explained to readers."),
        ("articles.add_correction",), "-updated_at", "",
    ),
    Part(
        "latest", _("Last published"), _("Nothing has been published yet."), ("articles.view_article",),
        "-publish_at", "state=published", place="out",
    ),
    Part(
        "breaking", _("Breaking now"), _("Nothing is breaking."), ("articles.break_news", "articles.publish_article"),
        "-publish_at", "state=breaking", place="running",
    ),
    Part(
        "scheduled", _("In the next 24 hours"), _("Nothing is scheduled."), ("articles.publish_article",),
        "publish_at", "state=scheduled", place="running",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Box:
    part: Part
    stories: list[Article]
    url: str


def index(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
    """Django's own index, with the desk above its list of tables."""
    user, now = request.user, now_of(request)
    boxes = list(boxes_for(user, now)) if isinstance(user, User) else []
    context: dict[str, Any] = {
        **{place: [box for box in boxes if box.part.place == place] for place in ("work", "running", "out")},
        "zone": site_settings().time_zone,
        "abbreviation": localtime(now).tzname(),
        "now": now,
    }
    if user.has_perm("articles.add_article"):
        context["unsaved"] = _unsaved(user)
    if user.has_perm("articles.view_article"):
        context["readers"] = readers_now(now)
    if user.has_perm("comments.moderate_comment"):
        counted = counts("pending", "reported")
        # What stands in the head of every page of the desk takes its numbers from here too.
        context["tallies"] = [
            {"queue": QUEUES[name], "n": as_said(n), "url": f"{reverse('moderation')}?queue={name}"}
            for name, n in counted.items()
        ]
    return AdminSite.index(admin.site, request, {**context, **(extra_context or {})})


def boxes_for(user: User, now: datetime) -> Iterator[Box]:
    """The boxes that this person can act on, all stories of all boxes in one query."""
    parts = [part for part in PARTS if any(user.has_perm(permission) for permission in part.needs)]
    found = _read({part.name: _rows(part.name, user, now).order_by(part.order, "-id") for part in parts})
    for part in parts:
        yield Box(part, _in_order(found[part.name], part.order), f"{reverse(_LIST)}?{part.query}" if part.query else "")


def _unsaved(user: Any) -> list[Autosave]:
    """What this person typed and never saved; the texts themselves stay in the database."""
    rows = Autosave.objects.filter(user=user).select_related("article").order_by("-saved_at")
    return list(rows.defer("data", "article__body", "article__body_text")[:SHOWN])


def _rows(name: str, user: User, now: datetime) -> ArticleQuerySet:
    stories = Article.objects.filter(status=Article.Status.PUBLISHED)
    if name == "mine":
        in_work = [Article.Status.DRAFT, Article.Status.REVIEW, Article.Status.READY]
        return Article.objects.written_by(user).filter(status__in=in_work)
    if name == "review":
        return Article.objects.filter(status=Article.Status.REVIEW)
    if name == "breaking":
        return Article.objects.breaking(now)
    if name == "scheduled":
        return stories.filter(publish_at__gt=now, publish_at__lte=now + AHEAD)
    if name == "due":
        return _unexplained(now)
    return Article.objects.live(now)


def _unexplained(now: datetime) -> ArticleQuerySet:
    """Changed in substance within a week, and nothing says to readers what changed. Live pages change all the time."""
    said = Correction.objects.filter(article=OuterRef("pk"), made_at__gte=now - DUE)
    # A change in substance is a save too: `modified_at` has the index.
    changed = Article.objects.live(now).filter(modified_at__gte=now - DUE, updated_at__gte=now - DUE)
    return changed.exclude(kind=Article.Kind.LIVE).filter(~Exists(said))


def _read(parts: dict[str, ArticleQuerySet]) -> dict[str, list[Article]]:
    """Each part finds its few keys by its own index; one statement joins them all, readers' numbers included."""
    found: dict[str, list[Article]] = {name: [] for name in parts}
    queries = [
        Article.objects.filter(pk__in=rows.values("pk")[:SHOWN])
        .select_related("section", "comment_stats", "rating_summary")
        .only(*_SHOWN_OF_A_STORY)
        .annotate(part=Value(name))
        for name, rows in parts.items()
    ]
    for story in queries[0].union(*queries[1:], all=True) if queries else ():
        found[story.part].append(story)  # type: ignore[attr-defined]
    return found


def _in_order(stories: list[Article], order: str) -> list[Article]:
    key = order.removeprefix("-")
    return sorted(stories, key=lambda story: getattr(story, key), reverse=order != key)
