"""What the reader of exports makes of good, awkward and broken files."""

import io
import tracemalloc
from collections.abc import Iterator

import pytest

from newsroom.wordpress import wxr
from tests.newsroom.wordpress.exports import HEAD, TAIL, category, comment, export, filed, item, meta


def entries(text: str | bytes) -> list[wxr.Entry]:
    raw = text.encode() if isinstance(text, str) else text
    return list(wxr.read(io.BytesIO(raw)))


def posts(text: str | bytes) -> list[wxr.Post]:
    return [entry for entry in entries(text) if isinstance(entry, wxr.Post)]


def faults(text: str | bytes) -> list[wxr.Fault]:
    return [entry for entry in entries(text) if isinstance(entry, wxr.Fault)]


def test_an_export_comes_out_as_site_authors_terms_and_posts_in_its_own_order() -> None:
    inside = filed("category", "city", "City") + meta("_thumbnail_id", "9") + comment(3, comment_parent=2)
    kinds = entries(export(category("city", "City"), item(7, "Bridge &amp; tunnel", inside=inside)))
    site, author, term, post = kinds
    assert isinstance(site, wxr.Site)
    assert (site.title, site.blog_url, site.version) == ("The Old Paper", "https://old.example", "1.2")
    assert author == wxr.Author(1, "ines", "ines@old.example", "Ines Halloran")
    assert term == wxr.Term("category", 1, "city", "City")
    assert isinstance(post, wxr.Post)
    assert (post.id, post.title, post.meta_value("_thumbnail_id")) == (7, "Bridge & tunnel", "9")
    assert post.terms == [wxr.TermRef("category", "city", "City")]
    assert (post.comments[0].id, post.comments[0].parent, post.comments[0].approved) == (3, 2, "1")


def test_dates_of_drafts_are_none_and_old_ones_are_kept() -> None:
    draft, old = posts(
        export(item(1, post_date_gmt="0000-00-00 00:00:00"), item(2, post_date_gmt="1931-05-04 12:00:00"))
    )
    assert draft.date is None
    assert old.date is not None
    assert old.date.isoformat() == "1931-05-04T12:00:00+00:00"


@pytest.mark.parametrize(
    ("broken", "title"),
    [
        (export(item(1, "Before\x08 and\x1b after")), "Before and after"),
        ("\n\n \n" + export(item(1, "Blank lines first")), "Blank lines first"),
        (export(item(1)).replace("<![CDATA[A quiet day]]>", "Caf&eacute;&nbsp;AT&T"), "Café AT&T"),
        (export(item(1)).replace("<![CDATA[A quiet day]]>", "Bell&#7;"), "Bell"),
        ("\ufeff" + export(item(1, "A mark of order")), "A mark of order"),
        ("<b>Warning</b>: headers sent\n" + export(item(1, "After a warning")), "After a warning"),
        (export(item(1, "No version")).replace("<wp:wxr_version>1.2</wp:wxr_version>", ""), "No version"),
        (export(item(1, "Version 1.0")).replace("/export/1.2/", "/export/1.0/"), "Version 1.0"),
    ],
)
def test_an_awkward_export_is_read_to_its_end(broken: str, title: str) -> None:
    assert [post.title for post in posts(broken)] == [title]
    assert not faults(broken)


def test_a_section_inside_a_section_is_text() -> None:
    (post,) = posts(export(item(1, body="With <![CDATA[ tags ]]> :)")))
    assert post.content == "With <![CDATA[ tags ]]> :)"
    repaired = [e for e in entries(export(item(1, body="x ]]> y"))) if isinstance(e, wxr.Repaired)]
    assert [repair.what for repair in repaired] == ["a CDATA section inside another"]


def test_latin_1_is_read_as_it_is_declared() -> None:
    text = export(item(1, "Ärger")).replace("UTF-8", "ISO-8859-1").encode("latin-1")
    assert posts(text)[0].title == "Ärger"


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 50])
def test_where_the_file_is_cut_while_reading_changes_nothing(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "a ]]> :) b &amp; c <!-- d --> é ]"
    text = export(item(1, "One & two", body), item(2)).replace("<![CDATA[A quiet day]]>", "R&D &eacute; ]]> &#65;")
    whole = entries(text)
    monkeypatch.setattr("newsroom.wordpress.repair.CHUNK", chunk)
    assert [e for e in entries(text) if isinstance(e, wxr.Post)] == [e for e in whole if isinstance(e, wxr.Post)]


def test_of_a_file_that_breaks_off_what_came_before_is_read_and_the_line_is_told() -> None:
    text = export(item(1), item(2))
    cut = text[: text.rindex("<content:encoded>") + 5]
    assert [post.id for post in posts(cut)] == [1]
    (fault,) = faults(cut)
    assert fault.line == cut.count("\n") + 1


def test_the_line_of_a_fault_counts_the_blank_lines_before_the_prolog() -> None:
    text = "\n\n\n" + HEAD + item(1) + "</notopened>\n" + TAIL
    (fault,) = faults(text)
    assert fault.line == (HEAD + item(1)).count("\n") + 3 + 1


def test_an_empty_file_and_one_that_is_no_xml_are_faults_and_not_errors() -> None:
    assert faults("")[0].message == "the file is empty"
    assert faults("{}")
    assert faults(b"\xff\xfe\x00")


def test_a_file_with_entities_of_its_own_is_refused() -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaa">]><rss><channel><item/></channel></rss>'
    assert not posts(bomb)
    assert "document type" in faults(bomb)[0].message


def test_a_foreign_namespace_never_passes_for_wordpress() -> None:
    (post,) = posts(export(item(5).replace("<item>", '<item xmlns:wp="http://malicious.example/">')))
    assert (post.id, post.slug) == (0, "")


def test_memory_stays_flat_whatever_the_size() -> None:
    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            self.parts: Iterator[bytes] = iter(
                [HEAD.encode(), *[item(n, body="x" * 10_000).encode() for n in range(1, 1500)], TAIL.encode()]
            )

        def read(self, _size: int = -1) -> bytes:
            return next(self.parts, b"")

    source = Endless()
    tracemalloc.start()
    count = sum(isinstance(entry, wxr.Post) for entry in wxr.read(source))  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 1499
    assert peak < 3_000_000 + 0  # 15 MB went through
