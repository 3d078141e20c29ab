"""Rows for tests, made with one call each; every field can be said, none must."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from articles import renditions
from articles.models import Article, Author, Byline, Image, Rendition, Section, Topic
from comments.models import Comment
from newsroom.accounts.models import Reader, User

_numbers = itertools.count(1)
_CROPS = (("full", 3, 2), ("16x9", 16, 9), ("4x3", 4, 3), ("1x1", 1, 1))

BODY = (
    "<p>Engineers lowered in a cradle at first light confirmed the damage within the hour.</p>"
    "<h2>What the inspectors found</h2>"
    "<p>The crack was first seen in pictures taken on Tuesday evening.</p>"
    "<p>The crossing stays shut until the neighbouring hangers have been tested.</p>"
)
#: What an editor ticks who publishes a story of few words all the same (articles/checklist.py).
ANYWAY = "standfirst byline picture picture-small headline-again disclaimer"


def make_section(name: str = "", **over: Any) -> Section:
    n = next(_numbers)
    name = name or f"Section {n}"
    return Section.objects.create(**{"name": name, "slug": f"section-{n}", "position": n} | over)


def make_topic(name: str = "", **over: Any) -> Topic:
    n = next(_numbers)
    return Topic.objects.create(**{"name": name or f"Topic {n}", "slug": f"topic-{n}"} | over)


def make_author(name: str = "", **over: Any) -> Author:
    n = next(_numbers)
    return Author.objects.create(**{"name": name or f"Author {n}", "slug": f"author-{n}"} | over)


def make_image(*, renditions: bool = True, **over: Any) -> Image:
    """A row of the library with the sizes that the worker would have made; no file stands behind it."""
    n = next(_numbers)
    fields = {"file": f"images/{n}.jpg", "width": 1600, "height": 1067, "sha256": f"{n:064}", "alt": f"Picture {n}"}
    image = Image.objects.create(**fields | over)
    sizes = [(crop, width, width * high // wide) for crop, wide, high in _CROPS for width in (320, 640, 1280)]
    Rendition.objects.bulk_create(
        Rendition(image=image, crop=crop, format=kind, width=w, height=h, file=f"renditions/{n}-{crop}-{w}.{kind}")
        for crop, w, h in (sizes if renditions else [])
        for kind in ("webp", "jpeg")
    )
    return image


def make_user(role: str | None = None, *, email: str = "", **over: Any) -> User:
    """A user who can log in with the password `secret`; with a role, somebody who works here."""
    n = next(_numbers)
    user = User.objects.create_user(
        email or f"user{n}@example.com", "secret", **{"name": f"User {n}", "is_staff": role is not None} | over
    )
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def make_reader(name: str = "", **over: Any) -> Reader:
    n = next(_numbers)
    return Reader.objects.create(**{"name": name or f"Reader {n}"} | over)


def make_draft(headline: str = "", *, authors: list[Author] | None = None, **over: Any) -> Article:
    n = next(_numbers)
    fields = {
        "headline": headline or f"Headline {n}",
        "slug": f"story-{n}",
        "body": BODY,
        "standfirst": "What is known.",
    }
    if "section" not in over:
        fields["section"] = Section.objects.first() or make_section()
    article = Article.objects.create(**fields | over)
    Byline.objects.bulk_create(
        Byline(article=article, author=author, position=place) for place, author in enumerate(authors or [], 1)
    )
    return article


def make_article(headline: str = "", *, publish_at: datetime | None = None, **over: Any) -> Article:
    """A published story; `publish_at` an hour ago unless said, in the future for a scheduled one."""
    at = publish_at or timezone.now() - timedelta(hours=1)
    dated = timezone.localdate(at)
    published = {"status": "published", "publish_at": at, "first_published_at": at, "dated": dated}
    return make_draft(headline, **published | over)


def make_comment(
    article: Article,
    parent: Comment | None = None,
    text: str = "",
    *,
    reader: Reader | None = None,
    **over: Any,
) -> Comment:
    """A published comment (or one in another `status`), stored as a reader's would be."""
    reader = reader or make_reader()
    return Comment.objects.post(article, parent, reader, text or f"What reader {next(_numbers)} says.", **over)


def make_due(limit: int = 1, stop: Callable[[], bool] = lambda: False) -> int:
    """The first sizes of so many pictures that wait, as the worker draws them; how many there were."""
    images = list(Image.objects.waiting()[:limit])
    for image in images:
        if not stop():
            renditions.draw(image, stop)
    return len(images)


def make_avif_due() -> int:
    """The same in AVIF, where it is the turn of a picture for that."""
    image = renditions.next_due()
    return int(image is not None and image.renditions_at is not None and renditions.draw(image))
