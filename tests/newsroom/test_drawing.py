"""The pieces of a page are drawn once and then filled in. Here every filling is compared with the ordinary rendering
(NEWSROOM_STRICT), so a page that comes out is a page whose every piece is right."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from articles.models import Article, Correction, MenuItem, SiteSettings
from newsroom.lib import stamps
from newsroom.lib.clock import here_and_now
from newsroom.lib.stencil import drawn, stencil
from tests.make import make_article, make_author, make_comment, make_image, make_section, make_topic

pytestmark = pytest.mark.django_db

#: Moments between which the day, the year and summer time change; zones and languages in which they are said otherwise.
WORLDS = (
    (datetime(2025, 12, 31, 23, 40, tzinfo=UTC), "UTC", "en"),
    (datetime(2026, 7, 1, 9, 5, tzinfo=UTC), "Asia/Kolkata", "ar"),
    (datetime(2026, 1, 1, 0, 20, tzinfo=UTC), "America/St_Johns", "en"),
)
HOSTILE = '<img src=x onerror="alert(1)">{0} %s {{ x }} \u202eevil & ’Ümit'


@pytest.fixture
def stories(site: SiteSettings) -> list[Article]:
    """One of each kind, with everything and with nothing, published in one night."""
    with time_machine.travel(WORLDS[0][0] - timedelta(hours=3), tick=False):
        parent = make_section("County")
        section = make_section(HOSTILE[:60], parent=parent, slug="hostile", in_menu=False)
        people = [make_author("Ines Halloran", role="Reporter"), make_author(HOSTILE[:60])]
        kinds = [
            make_article(HOSTILE, section=section, standfirst=HOSTILE, authors=people, key_points="One\nTwo"),
            make_article("Plain", section=parent),
            make_article("On a bridge", section=parent, kind="video", video_url="https://youtu.be/abcdefghijk", lead_image=make_image()),
            make_article("I think", section=section, kind="opinion", authors=people[:1], lead_image=make_image(alt=HOSTILE)),
            make_article("Night", section=parent, kind="live", breaking_until=WORLDS[0][0] + timedelta(hours=1)),
        ]  # fmt: skip
        kinds[0].topics.add(make_topic("Rain"), make_topic("Wind & sea"))
        kinds[0].also_in.add(parent)
        Correction.objects.create(article=kinds[0], kind="correction", text=f"{HOSTILE}\nTwice.", made_at=WORLDS[0][0])
        first = make_comment(kinds[0], name=HOSTILE[:50])
        make_comment(kinds[0], first)
        make_comment(kinds[3], status="removed")
        MenuItem.objects.create(label=HOSTILE[:40], url="https://example.com/?a=1&b=2", place="menu")
        MenuItem.objects.create(label="Jobs", url="/jobs/", place="footer")
    return kinds


def test_every_page_comes_out_in_every_language_zone_and_moment(
    client: Any, site: SiteSettings, stories: list[Article]
) -> None:
    stencil.cache_clear()
    pages = ["/", "/latest/", "/section/hostile/", "/nothing/"]
    pages += [story.get_absolute_url() for story in stories]
    for moment, zone, language in WORLDS:
        site.time_zone, site.language, site.postal_address = zone, language, f"Quay 1\r\n{HOSTILE}"
        site.save()
        stamps.drop_kept()
        with time_machine.travel(moment, tick=False):
            for address in pages:
                assert f'lang="{language}"' in client.get(address).content.decode()


def test_a5_a_hostile_word_is_escaped_wherever_it_stands(client: Any, stories: list[Article]) -> None:
    for _again in range(2):  # drawn, and filled in
        for address in ("/", stories[0].get_absolute_url(), stories[3].get_absolute_url()):
            assert "<img src=x" not in client.get(address).content.decode()


def test_while_templates_are_written_none_is_kept(settings: Any) -> None:
    settings.DEBUG = True
    stencil.cache_clear()
    lines = [
        drawn("newsroom/_most.html", here_and_now(None), ("stories",), [Article(headline=h)]) for h in ("<a>", "b")
    ]
    assert ["&lt;a&gt;</a>" in lines[0], ">b</a>" in lines[1]] == [True, True]
    assert stencil.cache_info().currsize == 0
