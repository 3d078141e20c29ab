"""Small WordPress exports, written for these tests."""

from pathlib import Path
from typing import Any

from comments.models import Comment, CommentStats
from newsroom.lib import stamps
from newsroom.wordpress.importer import import_export
from newsroom.wordpress.report import Report

HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0"
  xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
<title>The Old Paper</title>
<link>https://old.example</link>
<wp:wxr_version>1.2</wp:wxr_version>
<wp:base_blog_url>https://old.example</wp:base_blog_url>
"""
AUTHOR = """<wp:author><wp:author_id>1</wp:author_id><wp:author_login>ines</wp:author_login>
<wp:author_email>ines@old.example</wp:author_email><wp:author_display_name><![CDATA[Ines Halloran]]></wp:author_display_name>
</wp:author>
"""
TAIL = "</channel>\n</rss>\n"


def category(slug: str, name: str, parent: str = "", number: int = 1) -> str:
    return (
        f"<wp:category><wp:term_id>{number}</wp:term_id><wp:category_nicename>{slug}</wp:category_nicename>"
        f"<wp:category_parent>{parent}</wp:category_parent><wp:cat_name><![CDATA[{name}]]></wp:cat_name></wp:category>\n"
    )


def comment(number: int, text: str = "I was there.", **over: Any) -> str:
    fields = {
        "comment_author": "Noor B.",
        "comment_author_email": "noor@example.com",
        "comment_date_gmt": f"2012-03-0{number % 9 + 1} 10:00:00",
        "comment_approved": "1",
        "comment_type": "",
        "comment_parent": 0,
        "comment_user_id": 0,
    } | over
    inner = "".join(f"<wp:{name}><![CDATA[{value}]]></wp:{name}>" for name, value in fields.items())
    return (
        f"<wp:comment><wp:comment_id>{number}</wp:comment_id>{inner}"
        f"<wp:comment_content><![CDATA[{text}]]></wp:comment_content></wp:comment>\n"
    )


def item(
    number: int, title: str = "A quiet day", body: str = "Nothing happened.", inside: str = "", **over: Any
) -> str:
    slug = over.pop("slug", f"story-{number}")
    fields = {
        "post_id": number,
        "post_date_gmt": "2012-03-01 09:30:00",
        "post_name": slug,
        "status": "publish",
        "post_type": "post",
        "comment_status": "open",
    } | over
    link = f"https://old.example/2012/03/{slug}/" if fields["post_type"] == "post" else f"https://old.example/{slug}/"
    rows = "".join(f"<wp:{name}>{value}</wp:{name}>\n" for name, value in fields.items())
    return (
        f"<item>\n<title><![CDATA[{title}]]></title>\n<link>{link}</link>\n<dc:creator>ines</dc:creator>\n"
        f"<content:encoded><![CDATA[{body}]]></content:encoded>\n{rows}{inside}</item>\n"
    )


def meta(key: str, value: str) -> str:
    return f"<wp:postmeta><wp:meta_key>{key}</wp:meta_key><wp:meta_value><![CDATA[{value}]]></wp:meta_value></wp:postmeta>\n"


def filed(domain: str, slug: str, name: str) -> str:
    return f'<category domain="{domain}" nicename="{slug}"><![CDATA[{name}]]></category>\n'


def export(*parts: str) -> str:
    return HEAD + AUTHOR + "".join(parts) + TAIL


def written(folder: Path, *parts: str) -> Path:
    path = folder / "export.xml"
    path.write_text(export(*parts), encoding="utf-8")
    return path


def assert_counters_are_right() -> None:
    """What is kept beside the comments says the same as the comments themselves."""
    for stats in CommentStats.objects.all():
        assert stats.published == Comment.objects.filter(article=stats.article, status="published").count()
    for row in Comment.objects.all():
        assert row.reply_count == row.replies.filter(visible=True).count()
        if row.root is None:
            assert row.thread_count == row.thread.filter(visible=True).count()
            assert row.last_seq == row.thread.count()


def moved(folder: Path, *parts: str, **options: Any) -> Report:
    report = import_export(written(folder, *parts), **options)
    stamps.drop_kept()
    return report


def told(report: Report, word: str) -> list[str]:
    return [
        f"{line.subject}: {line.what} ({line.detail})" for line in report.lines if word in f"{line.what} {line.detail}"
    ]
