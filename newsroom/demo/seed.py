"""The demo newsroom, written into the database. It notes every row it makes, so that `remove` takes away just those."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from articles.models import Article, Author, Page, Section, SiteSettings, Topic
from articles.models.image import Image
from newsroom.accounts.models import User
from newsroom.demo import files
from newsroom.demo.asking import make_campaign
from newsroom.demo.people import LogIn, make_log_ins
from newsroom.demo.pictures_in import make_pictures
from newsroom.demo.readings import make_readings
from newsroom.demo.talk import make_talk
from newsroom.demo.telling import make_stories
from newsroom.lib.models import DemoRow, Stamp
from newsroom.lib.text import make_slug


class NotEmpty(Exception):
    """The database holds somebody's stories already."""


@dataclass
class Demo:
    """What has been made so far, by the names that the files use."""

    clock: files.Clock
    site: dict[str, Any] = field(default_factory=files.site)
    users: dict[str, User] = field(default_factory=dict)
    sections: dict[str, Section] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    authors: dict[str, Author] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    articles: dict[str, Article] = field(default_factory=dict)

    def note(self, rows: Iterable[models.Model]) -> None:
        notes = [DemoRow(label=row._meta.label, key=str(row.pk)) for row in rows]
        DemoRow.objects.bulk_create(notes, ignore_conflicts=True)


def is_there() -> bool:
    return DemoRow.objects.exists()


def seed(*, force: bool = False) -> list[LogIn]:
    """Make the demo and return its log-ins, whose passwords are known only now. Raises NotEmpty.

    All or nothing, in one transaction; does nothing where the demo is there already.
    """
    if is_there():
        return []
    if not force and (Article.objects.exists() or Section.objects.exists() or Page.objects.exists()):
        raise NotEmpty
    with transaction.atomic():
        make_settings(files.site()["settings"])
        demo = Demo(files.Clock(timezone.now(), SiteSettings.row().zone))
        log_ins = make_log_ins(demo)
        _make_sections(demo)
        make_pictures(demo)
        _make_authors(demo)
        _make_topics(demo)
        make_stories(demo)
        _make_pages(demo)
        make_talk(demo)
        make_campaign(demo)
        make_readings(demo)
        Stamp.objects.bump(Stamp.SITE)
    return log_ins


def make_settings(wanted: dict[str, Any]) -> None:
    """What the demo says about the site, where nobody has said anything else yet."""
    row, untouched = SiteSettings.row(), SiteSettings()
    for name, value in wanted.items():
        if getattr(row, name) == getattr(untouched, name):
            setattr(row, name, value)
    row.save()


def _make_sections(demo: Demo) -> None:
    for place, wanted in enumerate(demo.site["sections"], 1):
        values = {**wanted, "position": place * 10}
        section, made = Section.objects.get_or_create(slug=wanted["slug"], defaults=values)
        demo.sections[section.slug] = section
        demo.note([section] if made else [])


def _make_authors(demo: Demo) -> None:
    for wanted in demo.site["authors"]:
        user = demo.users.get(wanted.get("login", ""))
        values = {
            "name": wanted["name"], "role": wanted["role"], "bio": wanted["bio"], "email_public": wanted["email"],
            "user": user if user and not hasattr(user, "author") else None,
        }  # fmt: skip
        author, made = Author.objects.get_or_create(slug=make_slug(wanted["name"]), defaults=values)
        demo.authors[author.name] = author
        demo.note([author] if made else [])


def _make_topics(demo: Demo) -> None:
    for name in sorted({name for story in files.stories() for name in story.head.get("topics", [])}):
        topic = Topic.objects.filter(name__iexact=name).first()
        if topic is None:
            topic = Topic.objects.create(name=name, slug=make_slug(name))
            demo.note([topic])
        demo.topics[name] = topic


def _make_pages(demo: Demo) -> None:
    from newsroom.demo.telling import with_links

    for piece in files.pages():
        values = {**piece.head, "body": with_links(demo, piece.body), "is_live": True}
        page, made = Page.objects.get_or_create(slug=piece.key, defaults=values)
        demo.note([page] if made else [])
