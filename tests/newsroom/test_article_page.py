"""A reader opens a story."""

import gc
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Correction, LiveUpdate, Section, SiteSettings
from comments.models import Comment, InlineAnchor
from comments.models.loading import Loaded
from newsroom.lib import stamps
from newsroom.lib.models import Stamp
from newsroom.middleware import clock_and_language
from newsroom.pages.article import article_page
from tests.make import (
    BODY,
    make_article,
    make_author,
    make_comment,
    make_draft,
    make_image,
    make_reader,
    make_section,
    make_topic,
)

pytestmark = pytest.mark.django_db


def page(client: Any, article: Article) -> str:
    response = client.get(article.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def title(html: str) -> str:
    return re.search(r"<title>(.*?)</title>", html, re.DOTALL)[1].strip()  # type: ignore[index]


def head(html: str) -> str:
    return re.search(r'<header class="head.*?</header>', html, re.DOTALL)[0]  # type: ignore[index]


def test_a_story_shows_who_wrote_what_and_when(client: Any, section: Section) -> None:
    ines, mira = make_author("Ines Halloran", role="Transport correspondent"), make_author("Mira Solane")
    article = make_article("Ferries doubled", section=section, authors=[mira, ines], standfirst="Both quays.")
    html = page(client, article)
    assert html.index("Mira Solane") < html.index("Ines Halloran")
    assert f'<a href="{ines.get_absolute_url()}" rel="author"' in html
    assert "Both quays." in head(html)
    assert f'datetime="{timezone.localtime(article.publish_at).isoformat(timespec="seconds")}"' in html
    assert "What the inspectors found" in html
    assert "<dt>Updated" not in html


def test_the_address_has_a_date_of_two_digits_each(client: Any, section: Section) -> None:
    article = make_article(section=section, publish_at=timezone.now().replace(year=2026, month=1, day=5, hour=12))
    assert article.get_absolute_url() == f"/2026/01/05/{article.slug}/"
    assert client.get(f"/2026/1/5/{article.slug}/").status_code == 404
    assert client.get(f"/2026/13/45/{article.slug}/").status_code == 404


def test_the_section_line_names_the_first_and_all_further_sections(client: Any, section: Section) -> None:
    county = make_section("County")
    harbour = make_section("Harbour", parent=county)
    article = make_article(section=harbour)
    article.also_in.add(section, make_section("Science"))
    line = head(page(client, article))
    names = [line.index(f">{name}</a>") for name in ("County", "Harbour", "Transport", "Science")]
    assert names == sorted(names)


def test_a_calm_story_is_not_red(client: Any, article: Article) -> None:
    html = page(client, article)
    assert "head--now" not in html
    assert "Breaking" not in html.replace("Breaking news by mail", "")


def test_breaking_turns_the_head_red_and_says_so_in_title_and_social_card(client: Any, breaking: Article) -> None:
    html = page(client, breaking)
    assert "head--now" in head(html)
    assert "Breaking</p>" in head(html)
    assert title(html).startswith(f"Breaking: {breaking.headline}")
    assert f'property="og:title" content="Breaking: {breaking.headline}"' in html


def test_when_breaking_ends_the_label_leaves_head_title_and_social_card(client: Any, breaking: Article) -> None:
    Article.objects.filter(pk=breaking.pk).update(breaking_until=timezone.now() - timedelta(seconds=1))
    stamps.drop_kept()
    html = page(client, breaking)
    assert "Breaking" not in html.replace("Breaking news by mail", "")
    assert "head--now" not in html


def test_a_typed_label_stays_in_the_headline_and_turns_nothing_red(client: Any, section: Section) -> None:
    article = make_article("BREAKING: Bridge closed", section=section)
    html = page(client, article)
    assert ">BREAKING: Bridge closed</h1>" in html
    assert "head--now" not in html
    assert title(html).startswith("Bridge closed")
    assert 'property="og:title" content="Bridge closed"' in html


def test_a_typed_label_is_not_printed_twice_while_the_page_has_its_own(client: Any, section: Section) -> None:
    until = timezone.now() + timedelta(hours=1)
    article = make_article("BREAKING: Bridge closed", section=section, kicker="Breaking", breaking_until=until)
    html = page(client, article)
    assert ">Bridge closed</h1>" in html
    assert head(html).lower().count("breaking") == 1
    assert title(html).startswith("Breaking: Bridge closed")


def test_a_video_waits_behind_its_poster_until_the_click(client: Any, section: Section) -> None:
    article = make_article(
        "In a cradle",
        section=section,
        kind="video",
        video_url="https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        video_duration=374,
        lead_image=make_image(),
    )
    html = page(client, article)
    assert "Must watch" in head(html)
    assert "6:14" in head(html)
    assert 'href="https://www.youtube.com/watch?v=dQw4w9WgXcQ"' in html
    assert 'data-player="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1"' in html
    assert "<iframe" not in html
    assert not re.search(r'\ssrc="https?://', html)


def test_an_opinion_is_labelled_and_carries_the_disclaimer_of_its_kind(client: Any, section: Section) -> None:
    html = page(client, make_article(section=section, kind="opinion"))
    assert "head--opinion" in html
    assert "The views expressed are the author’s own." in html


def test_a_news_report_has_no_disclaimer(client: Any, article: Article) -> None:
    assert 'class="disclaimer"' not in page(client, article)


def test_the_disclaimer_is_the_storys_else_its_sections(client: Any, section: Section) -> None:
    Section.objects.filter(pk=section.pk).update(disclaimer="Of the section")
    assert "Of the section" in page(client, make_article(section=section, kind="opinion"))
    own = page(client, make_article(section=section, kind="opinion", disclaimer="Of the story"))
    assert "Of the story" in own
    assert "Of the section" not in own


def test_key_points_are_five_at_most(client: Any, section: Section) -> None:
    article = make_article(section=section, key_points="\n".join(f"Point {n}" for n in range(1, 8)))
    html = page(client, article)
    assert "Point 5" in html
    assert "Point 6" not in html


def test_corrections_stand_above_or_below_the_text_as_the_editor_chose(client: Any, article: Article) -> None:
    Correction.objects.create(article=article, text="It was the *western* deck.", position="top")
    Correction.objects.create(article=article, text="18,000, not 16,000.", kind="clarification")
    html = page(client, article)
    html = html[html.index("<article") :]
    assert html.index("western") < html.index("What the inspectors found") < html.index("18,000, not 16,000.")


def test_previous_and_next_are_neighbours_in_the_same_first_section(client: Any, section: Section) -> None:
    now = timezone.now()
    stories = [make_article(f"Number {n}", section=section, publish_at=now - timedelta(hours=9 - n)) for n in range(4)]
    make_article("Elsewhere", section=make_section(), publish_at=now - timedelta(hours=7, minutes=30))
    turn = re.search(r'<nav class="turn.*?</nav>', page(client, stories[1]), re.DOTALL)
    assert turn
    assert turn[0].index("Number 0") < turn[0].index("Number 2")
    assert "Elsewhere" not in turn[0]
    assert "Number 3" not in turn[0]


def test_next_marks_a_video(client: Any, section: Section) -> None:
    now = timezone.now()
    first = make_article(section=section, publish_at=now - timedelta(hours=2))
    make_article(section=section, publish_at=now - timedelta(hours=1), kind="video", video_duration=374)
    turn = re.search(r'<nav class="turn.*?</nav>', page(client, first), re.DOTALL)
    assert turn
    assert "Must watch" in turn[0]
    assert "6:14" in turn[0]


def test_related_by_hand_comes_first_and_nothing_stands_twice(client: Any, section: Section) -> None:
    topic, other = make_topic(), make_section()
    hours = timedelta(hours=1)
    now = timezone.now()
    article = make_article("The story", section=section, publish_at=now - hours)
    shared = make_article("Shares a topic", section=other, publish_at=now - hours * 2)
    chosen = make_article("Chosen by hand", section=other, publish_at=now - hours * 90)
    for story in (article, shared, chosen):
        story.topics.add(topic)
    article.related.add(chosen)
    make_article("Of the section", section=section, publish_at=now - hours * 3)
    make_article("Older of the section", section=section, publish_at=now - hours * 4)
    html = page(client, article)
    band = html[html.index('class="band related"') :]
    assert band.index("Chosen by hand") < band.index("Shares a topic") < band.index("Older of the section")
    assert html.count(">Chosen by hand</a>") == 1
    assert html.count("Of the section") == 1


def test_a_related_story_that_is_not_live_is_not_shown(client: Any, article: Article) -> None:
    draft = make_draft("Not yet out")
    article.related.add(draft)
    assert "Not yet out" not in page(client, article)


def test_live_posts_stand_newest_first_with_what_is_pinned_above(client: Any, section: Section) -> None:
    article = make_article(section=section, kind="live", body="")
    now = timezone.now()
    for n in range(3):
        LiveUpdate.objects.create(
            article=article, seq=n + 1, headline=f"Post {n}", body="<p>Words</p>", key_event=n == 1,
            pinned=n == 0, published_at=now - timedelta(minutes=30 - n),
        )  # fmt: skip
    LiveUpdate.objects.create(article=article, seq=9, headline="Deleted", body="<p>x</p>", deleted_at=now)
    html = page(client, article)
    posts = html[html.index('class="posts"') :]
    assert posts.index("Post 0") < posts.index("Post 2") < posts.index("Post 1")
    assert "Deleted" not in html
    assert "Key events" in html
    assert "Live</p>" in head(html)


def test_older_posts_are_a_link_away(client: Any, section: Section) -> None:
    article = make_article(section=section, kind="live", body="")
    now = timezone.now()
    LiveUpdate.objects.bulk_create(
        LiveUpdate(
            article=article, seq=n, headline=f"Post {n}.", body="<p>W</p>", published_at=now - timedelta(minutes=n)
        )
        for n in range(55)
    )
    html = page(client, article)
    older = re.search(r'href="(\?before=\d+)#posts"', html)
    assert older
    assert "Post 50." not in html
    rest = client.get(article.get_absolute_url() + older[1]).content.decode()
    assert "Post 50." in rest
    assert "Post 49." not in rest
    assert client.get(article.get_absolute_url() + "?before=99x").status_code == 200


def test_an_ended_live_page_is_calm(client: Any, section: Section) -> None:
    article = make_article(section=section, kind="live", live_ended_at=timezone.now())
    html = page(client, article)
    assert "head--now" not in html
    assert "Live coverage has ended" in html


def test_an_old_story_says_how_old_it_is(client: Any, section: Section) -> None:
    old = make_article(section=section, publish_at=timezone.now() - timedelta(days=365 * 3 + 10))
    assert "more than 3 years old" in page(client, old)
    assert "year old" not in page(client, make_article(section=section))


def test_a_withdrawn_story_is_gone_and_says_why(client: Any, article: Article, editor: Any) -> None:
    article.withdraw(by=editor, reason="The figures were wrong.")
    response = client.get(article.get_absolute_url())
    assert response.status_code == 410
    html = response.content.decode()
    assert article.headline in html
    assert "The figures were wrong." in html
    assert "Engineers lowered" not in html
    assert 'content="noindex"' in html


def test_an_expired_story_is_gone(client: Any, section: Section) -> None:
    now = timezone.now()
    article = make_article(section=section, publish_at=now - timedelta(days=2), expire_at=now - timedelta(days=1))
    assert client.get(article.get_absolute_url()).status_code == 410


def test_a_story_that_is_gone_leads_to_what_replaces_it(client: Any, section: Section) -> None:
    now = timezone.now()
    other = make_article(section=section)
    article = make_article(
        section=section, publish_at=now - timedelta(days=2), expire_at=now - timedelta(days=1), replacement=other
    )
    response = client.get(article.get_absolute_url())
    assert response.status_code == 301
    assert response["Location"] == other.get_absolute_url()


def test_what_readers_have_never_seen_does_not_exist(client: Any, section: Section) -> None:
    later = make_article(section=section, publish_at=timezone.now() + timedelta(hours=1))
    assert client.get(later.get_absolute_url()).status_code == 404
    Article.objects.filter(pk=later.pk).update(status="withdrawn", withdrawn_at=timezone.now())
    assert client.get(later.get_absolute_url()).status_code == 404
    assert client.get("/2026/01/01/no-such-story/").status_code == 404
    assert client.get("/2026/01/01/no%00such/").status_code == 404


def test_hostile_words_stay_words(client: Any, section: Section) -> None:
    nasty = "</title></script><b>&\"'<img src=x onerror=alert(1)>"
    article = make_article(nasty, section=section, standfirst=nasty, kicker=nasty[:40], key_points=nasty)
    html = page(client, article)
    assert "<img src=x" not in html
    assert "</script><b>" not in html


def test_the_page_has_neither_inline_script_nor_inline_style(client: Any, breaking: Article) -> None:
    html = page(client, breaking)
    assert " style=" not in html
    assert not re.search(r"<script(?![^>]*\b(?:src=|application/ld\+json))", html)
    assert not re.search(r"\son[a-z]+=", html)


def test_a_story_without_picture_byline_and_standfirst_is_whole(client: Any, section: Section) -> None:
    html = page(client, make_article(section=section, standfirst=""))
    assert "<figure" not in html
    assert 'class="byline"' not in html
    assert "<dt>Published" in html


def test_the_page_is_shared_until_something_changes(client: Any, article: Article) -> None:
    response = client.get(article.get_absolute_url())
    assert "no-store" not in response["Cache-Control"]
    assert not response.cookies


def test_a_thousand_comments_and_a_question_at_a_passage_cost_ten_queries(
    client: Any, section: Section, site: SiteSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamps, "SITE_BELIEVED", 60)  # a busy machine would read the site's stamp again meanwhile
    asking = BODY.replace("cradle at", '<span class="question" data-question="Were you there?">cradle at</span>')
    article = make_article(section=section, authors=[make_author()], lead_image=make_image(), body=asking)
    article.topics.add(make_topic(), make_topic())
    InlineAnchor.objects.follow()
    for _n in range(12):
        make_article(section=section, lead_image=make_image(), authors=[make_author()])
    for _n in range(4):
        make_comment(article, make_comment(article, anchor=InlineAnchor.objects.get()))
    writer, now = make_reader(), timezone.now()
    Comment.objects.load(article, [Loaded(n, writer, "R", "Said.", now, html="<p>Said.</p>") for n in range(1000)])
    client.get("/")  # what every page of the site shows is known
    stamps.forget()
    with CaptureQueriesContext(connection) as counted:
        html = page(client, article)
    told = [query["sql"][:160] for query in counted]
    assert "1,008 comments" in html
    assert len(told) <= 10, "\n".join(told)
    Stamp.objects.bump(Stamp.STORIES)  # another story was published: one query more finds what is to come
    with CaptureQueriesContext(connection) as counted:
        page(client, article)
    told = [query["sql"][:160] for query in counted]
    assert len(told) <= 11, "\n".join(told)


def test_a_page_lets_go_of_all_that_it_has_read(rf: Any, article: Article) -> None:
    """Not when the collector looks, but when the page is there."""
    for _n in range(3):
        make_comment(article)
    request = rf.get(article.get_absolute_url())
    request.user = AnonymousUser()
    page_of = clock_and_language(lambda asked: article_page(asked, *article.dated.timetuple()[:3], article.slug))

    def read_by_pages() -> set[int]:
        return {id(each) for each in gc.get_objects() if type(each) is Comment}

    gc.disable()
    try:
        page_of(request)  # the first of its kind is drawn, which is remembered
        before = read_by_pages()
        assert page_of(request).content.count(b'<article class="comment"') == 3
        assert read_by_pages() <= before
    finally:
        gc.enable()
