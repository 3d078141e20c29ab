"""What a reader gets of a body that an editor wrote."""

import re
from urllib.parse import urljoin

import pytest
from django.utils.safestring import SafeString

from articles.rendering import absolute, render, render_elsewhere
from articles.videos import player_of
from tests.make import make_image

pytestmark = pytest.mark.django_db

ASK = SafeString("<aside>ASK</aside>")


def test_a_plain_text_keeps_its_words_and_ends_with_a_mark() -> None:
    assert render("<p>One.</p><p>Two <em>&amp;</em> three.</p>", closing=True) == (
        '<p>One.</p><p>Two <em>&amp;</em> three.<span class="endmark"></span></p>'
    )
    assert render("") == ""


def test_what_an_editor_may_not_write_is_not_rendered_either() -> None:
    html = render('<p onclick="x()">A<script>alert(1)</script><iframe src="https://evil.example"></iframe></p>')
    assert "script" not in html
    assert "iframe" not in html
    assert "onclick" not in html


def test_headings_can_be_linked_to_and_never_share_an_id() -> None:
    html = render("<h2>Comments</h2><p>a</p><h2>Comments</h2><h3>Мост</h3><p>b</p>")
    assert re.findall(r'id="([^"]+)"', html) == ["h-comments", "h-comments-2", "h-мост"]


def test_a_video_is_a_link_until_it_is_clicked() -> None:
    url = "https://youtu.be/dQw4w9WgXcQ"
    html = render(
        f'<p>See</p><figure class="embed" data-embed="{url}"><a href="{url}">The cradle</a></figure><p>End</p>'
    )
    assert f'href="{url}"' in html
    assert 'data-player="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1"' in html
    assert "The cradle" in html
    assert "<iframe" not in html
    assert " src=" not in html


def test_a_post_of_another_site_without_a_player_stays_a_link() -> None:
    html = render('<figure data-embed="https://x.com/a/status/1"><a href="https://x.com/a/status/1">x</a></figure>')
    assert 'href="https://x.com/a/status/1"' in html
    assert "data-player" not in html


def test_a_picture_of_the_library_comes_in_the_sizes_that_exist() -> None:
    image = make_image(alt="A bridge")
    html = render(
        f'<figure class="image"><img src="/media/old.jpg" alt="" data-image="{image.pk}"><figcaption>C</figcaption></figure>'
    )
    assert "srcset=" in html
    assert "1280w" in html
    assert 'alt="A bridge"' in html
    assert "<figcaption>C</figcaption>" in html
    assert 'class="fig image"' in html


def test_a_picture_of_another_site_is_named_and_not_loaded() -> None:
    html = render('<p><img src="https://elsewhere.example/a.jpg" alt="A chart"></p>')
    assert "<img" not in html
    assert 'href="https://elsewhere.example/a.jpg"' in html
    assert "A chart" in html


def test_a_table_scrolls_in_a_region_with_a_name() -> None:
    html = render("<table><caption>Times</caption><tbody><tr><td>1</td></tr></tbody></table>")
    assert '<div class="scroll" tabindex="0" role="region" aria-label="Times"><table class="table">' in html


@pytest.mark.parametrize(
    ("body", "after", "expected"),
    [
        ("<p>1</p><p>2</p><p>3</p>", 2, ["1", "2", "ASK", "3"]),
        ("<p>1</p><p>2</p><ul><li>x</li></ul><p>3</p><p>4</p>", 2, ["1", "2", "x", "3", "ASK", "4"]),
        ("<h2>h</h2><p>1</p><blockquote><p>q</p></blockquote><p>2</p><p>3</p>", 1, ["h", "1", "q", "2", "ASK", "3"]),
        ("<p>1</p><p>2</p>", 2, ["1", "2"]),
        ("<p>1</p>", 5, ["1"]),
        ("<ul><li><p>a</p><p>b</p></li></ul><p>1</p><p>2</p>", 1, ["a", "b", "1", "ASK", "2"]),
    ],
)
def test_what_is_put_into_a_text_stands_between_paragraphs(body: str, after: int, expected: list[str]) -> None:
    words = re.sub(r"<[^>]+>", " ", render(body, inserts={after: ASK})).split()
    assert words == expected


def test_for_feeds_every_address_is_absolute(settings: object) -> None:
    settings.NEWSROOM_URL = "https://news.example"  # type: ignore[attr-defined]
    html = render_elsewhere(
        '<p data-block="abcd"><a href="/about/">A</a> <a href="https://b.example/">B</a> <img src="/media/a.jpg" alt="x"></p>'
    )
    assert 'href="https://news.example/about/"' in html
    assert 'src="https://news.example/media/a.jpg"' in html
    assert 'href="https://b.example/"' in html
    assert "data-block" not in html


@pytest.mark.parametrize("site", ["https://news.example", "http://127.0.0.1:8000", "https://news.example/paper"])
def test_an_address_of_ours_is_joined_as_any_other_would_be(settings: object, site: str) -> None:
    settings.NEWSROOM_URL = site  # type: ignore[attr-defined]
    for url in (
        *(
            "/",
            "/about/",
            "/media/a/b.jpg",
            "/2026/11/26/%C3%BC-b_c~d/",
            "/a//b",
            "/a?b=1#c",
            "/a/../b",
            "/a/..",
            "/.",
            "/.a",
        ),
        *("//cdn.example/x", "https://b.example/", "a", "", "#top", "/a?", "/a;", "/a b", "/a\nb", "/a.b.c", "/é"),
    ):
        assert absolute(url) == urljoin(f"{site}/", url), url


@pytest.mark.parametrize(
    ("url", "frame"),
    [
        (
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=1m5s",
            "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=65",
        ),
        ("https://youtu.be/dQw4w9WgXcQ?t=30", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=30"),
        ("https://www.youtube.com/shorts/dQw4w9WgXcQ", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"),
        ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"),
        ("https://vimeo.com/76979871", "https://player.vimeo.com/video/76979871?dnt=1"),
        ("https://vimeo.com/76979871/8272103f6e", "https://player.vimeo.com/video/76979871?h=8272103f6e&dnt=1"),
        (
            "https://player.vimeo.com/video/76979871?h=8272103f6e",
            "https://player.vimeo.com/video/76979871?h=8272103f6e&dnt=1",
        ),
        ("https://dai.ly/x7tgad0", "https://www.dailymotion.com/embed/video/x7tgad0"),
    ],
)
def test_players_are_known_by_their_addresses(url: str, frame: str) -> None:
    player = player_of(url)
    assert player is not None
    assert player.frame == frame


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/",
        "https://www.youtube.com/watch",
        "https://www.youtube.com/watch?v=%22onload%3D",
        "https://evil.example/embed/dQw4w9WgXcQ",
        "javascript:alert(1)",
        "https://vimeo.com/about",
        "https://[broken",
        "",
    ],
)
def test_what_is_no_video_has_no_player(url: str) -> None:
    assert player_of(url) is None
