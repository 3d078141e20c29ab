"""The demo's stories: drafts, published ones over a year, one that breaks, live pages, and one that was withdrawn."""

import re
from datetime import datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone

from articles import search
from articles.models import Alert, Article, Byline, Correction, LiveUpdate, Slot, Transition
from articles.models.article import article_path
from newsroom.demo import files
from newsroom.lib.text import make_slug

if TYPE_CHECKING:
    from newsroom.demo.seed import Demo

_PICTURE = re.compile(r'<img src="picture:([\w-]+)" alt="">')
_STORY = re.compile(r"story:([\w-]+)")
_PAGE = re.compile(r"page:([\w-]+)")


def make_stories(demo: "Demo") -> None:
    pieces = files.stories()
    demo.articles.update({piece.key: _unsaved(demo, piece) for piece in pieces})
    for piece in sorted(pieces, key=lambda piece: demo.clock.moment(piece.head["ago"], piece.key)):
        article = demo.articles[piece.key]
        article.body = with_links(demo, demo.clock.fill_in(piece.body, article.created_at))
        article.save()
        _attach(demo, article, piece.head)
        _go_through(demo, article, piece.head)
    for piece in pieces:
        demo.articles[piece.key].related.set(demo.articles[key] for key in piece.head.get("related", []))
    demo.note(demo.articles.values())
    _feature(demo, pieces)
    search.index_many(demo.articles.values())


def with_links(demo: "Demo", html: str) -> str:
    """The files' own addresses (`story:`, `page:`, `picture:`) as what they lead to here."""

    def picture(match: re.Match[str]) -> str:
        image = demo.images[match[1]]
        size = f'width="{image.width}" height="{image.height}" data-image="{image.pk}"'
        return f'<img src="{image.file.url}" alt="{escape(image.alt)}" {size}>'

    def story(match: re.Match[str]) -> str:
        found = demo.articles[match[1]]
        return article_path(found.dated, found.slug) if found.dated else reverse("latest")

    html = _STORY.sub(story, _PICTURE.sub(picture, html))
    return _PAGE.sub(lambda match: reverse("page", args=[match[1]]), html)


def _unsaved(demo: "Demo", piece: files.Piece) -> Article:
    head, at = piece.head, demo.clock.moment(piece.head["ago"], piece.key)
    fields = {name: head[name] for name in ("headline", "kicker", "kind", "standfirst", "disclaimer") if name in head}
    article = Article(
        **fields, slug=make_slug(head["headline"]), section=demo.sections[head["section"]],
        key_points="\n".join(head.get("points", [])), comments_mode=head.get("comments", Article.Comments.OPEN),
        lead_image=demo.images.get(head.get("picture", "")), video_url=head.get("video", ""),
        video_duration=head.get("duration"), created_by=demo.users["editor"], created_at=at, modified_at=at,
    )  # fmt: skip
    if head.get("state") is None:
        article.status = Article.Status.PUBLISHED
        article.publish_at = article.first_published_at = at
        article.dated = timezone.localdate(at, demo.clock.zone)
        article.updated_at = demo.clock.moment(head["updated"]) if "updated" in head else None
    return article


def _attach(demo: "Demo", article: Article, head: dict[str, Any]) -> None:
    article.topics.set(demo.topics[name] for name in head.get("topics", []))
    article.also_in.set(demo.sections[slug] for slug in head.get("also", []))
    Byline.objects.bulk_create(
        Byline(article=article, author=demo.authors[name], position=place)
        for place, name in enumerate(head["authors"], 1)
    )
    _corrections(demo, article, head)
    _live_updates(demo, article, head)


def _corrections(demo: "Demo", article: Article, head: dict[str, Any]) -> None:
    for said in head.get("corrections", []):
        at = demo.clock.moment(said["ago"])
        editor = demo.users["editor"]
        Correction.objects.create(article=article, kind=said["kind"], text=said["text"], made_at=at, made_by=editor)
        Article.objects.filter(pk=article.pk).update(updated_at=at)
        article.updated_at = at


def _live_updates(demo: "Demo", article: Article, head: dict[str, Any]) -> None:
    said = head.get("updates", [])
    if not said:
        return
    LiveUpdate.objects.bulk_create(
        LiveUpdate(
            article=article, seq=seq, headline=one.get("headline", ""), body=with_links(demo, one["body"]),
            key_event=one.get("key", False), pinned=one.get("pinned", False), user=demo.users["front"],
            published_at=demo.clock.moment(one["ago"]),
        )
        for seq, one in enumerate(said, 1)
    )  # fmt: skip
    article.live_seq = len(said)
    article.live_ended_at = demo.clock.moment(head["ended"]) if "ended" in head else None
    article.updated_at = demo.clock.moment(said[-1]["ago"])
    article.save(update_fields=["live_seq", "live_ended_at", "updated_at"])


def _go_through(demo: "Demo", article: Article, head: dict[str, Any]) -> None:
    """The steps that the desk took: each one leaves its row of history."""
    editor = demo.users["editor"]
    if article.publish_at is not None:
        Transition.objects.create(
            article=article, action="publish", from_status="draft", to_status="published", user=editor,
            at=min(article.publish_at, demo.clock.now),
        )  # fmt: skip
    if head.get("state") == "review":
        article.submit(by=demo.users["reporter"], note=head.get("note", ""))
    if "withdrawn" in head:
        article.withdraw(by=editor, reason=head["withdrawn"])
    if "breaking" in head:
        article.break_news(by=demo.users["front"], until=demo.clock.now + timedelta(minutes=head["breaking"]))


def _feature(demo: "Demo", pieces: list[files.Piece]) -> None:
    """The front page's places and the line above every page, as far as nobody holds them."""
    until = demo.clock.now + timedelta(days=2)
    for piece in pieces:
        article, head = demo.articles[piece.key], piece.head
        for zone in (Slot.Zone.LEAD, Slot.Zone.TOP):
            taken = Slot.objects.filter(zone=zone, section=None, position=head.get(zone, 0)).exists()
            if zone in head and not taken:
                Slot.objects.create(zone=zone, position=head[zone], article=article, until=until)
        if "alert" in head:
            _alert(demo, head)


def _alert(demo: "Demo", head: dict[str, Any]) -> None:
    starts: datetime = demo.clock.moment(head["updated"])
    Alert.objects.create(
        text=head["alert"], article=demo.articles[head["alert_story"]], starts_at=starts, made_by=demo.users["front"],
        ends_at=demo.clock.now + timedelta(minutes=head["breaking"]),
    )  # fmt: skip
