"""What becomes of the bodies that WordPress kept."""

import time
from contextlib import suppress

import pytest

from newsroom.lib.html import TooMuchHTML
from newsroom.wordpress.html import as_plain_paragraphs, convert
from newsroom.wordpress.surroundings import Picture, Surroundings


def html(body: str, around: Surroundings | None = None) -> str:
    return convert(body, around).html


def notes(body: str) -> list[tuple[str, str]]:
    return [tuple(note) for note in convert(body).notes]


def figure(address: str) -> str:
    return f'<figure class="embed" data-embed="{address}"><a href="{address}" rel="noopener">{address}</a></figure>'


YOUTUBE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


def test_blank_lines_of_the_classic_editor_are_paragraphs_and_line_ends_are_breaks() -> None:
    assert html("One\ntwo\n\nThree <strong>four</strong>") == "<p>One<br>\ntwo</p>\n<p>Three <strong>four</strong></p>"


def test_blocks_and_code_of_the_classic_editor_get_no_paragraphs_inside() -> None:
    body = "Intro\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n<pre>a\n\n  b</pre>\nEnd"
    result = html(body)
    assert "<p>Intro</p>" in result
    assert "<li>one</li>" in result
    assert "<pre>a\n\n  b</pre>" in result
    assert result.endswith("<p>End</p>")


def test_the_block_editors_marks_go_and_its_html_stays() -> None:
    body = (
        '<!-- wp:heading {"level":1} -->\n<h1>Head</h1>\n<!-- /wp:heading -->\n\n'
        "<!-- wp:paragraph -->\n<p>Text\nwrapped</p>\n<!-- /wp:paragraph -->\n<!-- wp:latest-posts /-->\n\nLoose words"
    )
    result = html(body)
    assert "<h2>Head</h2>" in result
    assert "<p>Text\nwrapped</p>" in result
    assert "<p>Loose words</p>" in result
    assert "wp:" not in result
    assert notes(body) == [("block without content", "wp:latest-posts")]


@pytest.mark.parametrize(
    "body",
    [
        "https://youtu.be/dQw4w9WgXcQ",
        "<p>https://www.youtube.com/watch?v=dQw4w9WgXcQ&amp;feature=share</p>",
        "[embed]https://www.youtube.com/watch?v=dQw4w9WgXcQ[/embed]",
        "[youtube https://youtu.be/dQw4w9WgXcQ]",
        "[youtube id=“dQw4w9WgXcQ”]",
        '<iframe src="//www.youtube-nocookie.com/embed/dQw4w9WgXcQ?rel=0"></iframe>',
        '<iframe data-src="https://www.youtube.com/embed/dQw4w9WgXcQ" src="about:blank"></iframe>',
        '<embed src="http://www.youtube.com/v/dQw4w9WgXcQ&hl=en">',
        '<object><param name="movie" value="http://www.youtube.com/v/dQw4w9WgXcQ"><embed src="http://www.youtube.com/v/dQw4w9WgXcQ"></object>',
        '<!-- wp:core-embed/youtube {"url":"https://youtu.be/dQw4w9WgXcQ"} /-->',
        '<!-- wp:embed {"url":"https://youtu.be/dQw4w9WgXcQ"} -->\n<figure class="wp-block-embed"><div '
        'class="wp-block-embed__wrapper">\nhttps://youtu.be/dQw4w9WgXcQ\n</div></figure>\n<!-- /wp:embed -->',
        '[some_player src="https://youtu.be/dQw4w9WgXcQ"]',
    ],
)
def test_a_video_becomes_a_figure_however_it_was_put_in(body: str) -> None:
    assert html(body).strip() == figure(YOUTUBE)


def test_several_videos_in_one_paragraph_all_stay() -> None:
    body = "Look: " + " and ".join(f'<iframe src="https://player.vimeo.com/video/{n}"></iframe>' for n in (11, 12, 13))
    result = html(body)
    assert [f"https://vimeo.com/{n}" in result for n in (11, 12, 13)] == [True, True, True]
    assert result.count("data-embed") == 3


def test_the_frame_of_an_unknown_host_is_a_link_and_is_reported() -> None:
    body = 'Map:\n\n<iframe src="https://maps.unknown.example/x?a=1&amp;b=2"></iframe>'
    assert '<a href="https://maps.unknown.example/x?a=1&amp;b=2"' in html(body)
    assert notes(body) == [("embed of an unknown host, now a link", "https://maps.unknown.example/x?a=1&b=2")]


def test_a_caption_stays_with_its_video() -> None:
    body = '<figure class="wp-block-embed">\nhttps://vimeo.com/5\n<figcaption>The <em>whole</em> film</figcaption></figure>'
    assert "<figcaption>The <em>whole</em> film</figcaption></figure>" in html(body)


def test_media_files_stay_as_links() -> None:
    body = '[video mp4="https://old.example/a.mp4"][/video]\n\n<audio controls><source src="https://old.example/b.ogg"></audio>'
    assert 'href="https://old.example/a.mp4"' in html(body)
    assert 'href="https://old.example/b.ogg"' in html(body)
    assert len(notes(body)) == 2


@pytest.mark.parametrize(
    "prose",
    [
        "He said [sic] that [the mayor] left [1].",
        "[Editor's note: see page 3]",
        "An [embed] and a [video] in brackets",
        "[see https://news.example/ for more]",
        "the [co-founder] of it",
        "[…] and [caption]",
    ],
)
def test_prose_in_brackets_stays(prose: str) -> None:
    result = convert(prose)
    assert result.html == f"<p>{prose}</p>"
    assert not result.notes


def test_unknown_shortcodes_go_with_a_note_and_what_they_enclose_stays() -> None:
    body = 'Before [contact-form-7 id="3" title="Us"] after\n\n[box]Kept words[/box]'
    assert html(body) == "<p>Before  after</p>\n<p>Kept words</p>"
    assert notes(body) == [("unknown shortcode", "[contact-form-7]"), ("unknown shortcode", "[box]")]


def test_shortcodes_in_code_and_doubled_brackets_are_shown() -> None:
    body = '<pre>[gallery ids="1"] and [foo bar="1"]</pre>\n\n[[gallery]]'
    assert html(body) == '<pre>[gallery ids="1"] and [foo bar="1"]</pre><p>[gallery]</p>'


def with_pictures() -> Surroundings:
    def picture(url: str) -> Picture | None:
        return Picture("/media/one.jpg", 4, "From the library", "", 800, 600) if "one" in url else None

    return Surroundings(
        picture=picture, attachment=lambda number: Picture(f"/media/{number}.jpg", number, caption="C & D")
    )


def test_a_caption_shortcode_is_a_figure_old_style_and_new() -> None:
    picture = '<img class="alignleft" src="https://old.example/one-300x200.jpg" alt="A pier">'
    wanted = (
        '<figure class="image align-left"><img src="/media/one.jpg" alt="A pier" width="800" height="600" data-image="4">'
        "<figcaption>Low tide</figcaption></figure>"
    )
    assert (
        html(f'[caption align="alignleft" width="300" caption="Low tide"]{picture}[/caption]', with_pictures())
        == wanted
    )
    assert html(f'[caption align="alignleft"]{picture} Low tide[/caption]', with_pictures()) == wanted


def test_a_gallery_is_a_row_of_figures() -> None:
    result = html('[gallery ids="5,6" columns="2"]', with_pictures())
    assert result.count('<figure class="image">') == 2
    assert "<figcaption>C &amp; D</figcaption>" in result


def test_a_picture_among_words_stands_before_them_and_its_link_to_itself_goes() -> None:
    body = '<a href="https://old.example/one.jpg"><img class="alignright" src="https://old.example/one-150x150.jpg"></a>Words'
    result = html(body, with_pictures())
    assert result.startswith('<figure class="image align-right"><img src="/media/one.jpg" alt="From the library"')
    assert "<p>Words</p>" in result
    assert "old.example" not in result


def test_a_picture_that_is_not_at_hand_is_a_link_to_its_full_size() -> None:
    body = '<img src="https://elsewhere.example/two-300x200.jpg" alt="A tram">'
    assert html(body) == '<p><a href="https://elsewhere.example/two.jpg" rel="noopener">A tram</a></p>'
    assert notes(body) == [("picture not at hand, now a link", "https://elsewhere.example/two-300x200.jpg")]


def test_a_counting_pixel_goes_and_a_smiley_is_text() -> None:
    assert (
        html('Hi <img class="wp-smiley" src="/s.gif" alt=":-)"> <img src="//t.example/p" width="1" height="1">')
        == "<p>Hi :-) </p>"
    )


def test_more_and_next_page_part_paragraphs_and_are_not_shown() -> None:
    assert html("One<!--more Read on-->two\n<!--nextpage-->\nthree") == "<p>One</p>\n<p>two</p>\n<p>three</p>"


def test_a_comment_that_never_ends_hides_nothing() -> None:
    assert "after" in html("before <!-- oops after")


def test_internal_links_lead_to_the_new_addresses() -> None:
    around = Surroundings(link=lambda url: "/2012/03/01/new/" if url.startswith("https://old.example/") else url)
    result = html('<a href="https://old.example/x">in</a> <a href="https://other.example/">out</a>', around)
    assert 'href="/2012/03/01/new/"' in result
    assert 'href="https://other.example/"' in result


@pytest.mark.parametrize(
    "attack", ["<script>alert(1)</script>", '<p onclick="x()">a</p>', '<a href="javascript:x()">a</a>']
)
def test_nothing_that_runs_comes_through(attack: str) -> None:
    result = html(f"{attack} words")
    assert "words" in result
    assert "alert" not in result
    assert "x()" not in result


@pytest.mark.parametrize(
    "flood",
    [
        "[caption]" * 20_000,
        "<!-- wp:a {" * 20_000,
        '<a "' * 20_000,
        "<code>" * 300 + "[x]" * 20_000,
        "http://a.b/\n" * 10_000,
    ],
)
def test_a_hostile_body_costs_seconds_at_the_most(flood: str) -> None:
    start = time.monotonic()
    with suppress(TooMuchHTML):
        convert(flood)
    assert time.monotonic() - start < 10


def test_a_body_without_measure_is_refused_and_its_words_can_be_kept() -> None:
    with pytest.raises(TooMuchHTML):
        convert("<div>" * 5000 + "words")
    assert (
        as_plain_paragraphs("<div>" * 5000 + "words<br><br>more &amp; more") == "<p>words</p>\n<p>more &amp; more</p>"
    )
