"""Hostile requests to everything that writers and voters can do; each case by its number in research of attacks."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone

from articles.models import Article
from comments import urls
from comments.models import Comment, CommentRevision, Flag, Vote
from newsroom.accounts.models import User
from tests.make import make_article, make_author, make_comment, make_reader

NOOR = {"text": "I cross twice a day.", "name": "Noor B.", "email": "noor.b@example.com"}
#: Addresses of comments that only read, and those whose token is the authority.
READ_ONLY = {"comments_on", "comment", "comment_history", "comments_news"}


def post_url(article: Article) -> str:
    return f"/comments/on/{article.pk}/post/"


def written_by(client: Any, article: Article, text: str = NOOR["text"], **over: Any) -> Comment:
    assert client.post(post_url(article), NOOR | {"text": text} | over).status_code == 303
    return Comment.objects.latest("id")


# A1, A2: objects and parents.


NO_IDS = ["0", "-1", "9223372036854775807", "9223372036854775808", "1e3", "NaN", "1.5", "%00", "٣"]


@pytest.mark.parametrize("what", ["reply", "vote", "flag", "edit", "delete", "history"])
def test_a2_ids_that_are_no_ids_find_nothing(client: Any, article: Article, what: str) -> None:
    written_by(client, article)
    for pk in NO_IDS:
        assert client.get(f"/comments/{pk}/{what}/").status_code == 404
        assert client.post(f"/comments/{pk}/{what}/", NOOR | {"vote": "1"}).status_code in {404, 405}
    assert Comment.objects.count() == 1


def test_a2_asking_to_answer_what_is_no_id_shows_the_page(client: Any, article: Article) -> None:
    for pk in NO_IDS:
        assert client.get(f"/comments/on/{article.pk}/?reply={pk}").status_code == 200


def test_a2_a_closed_thread_takes_no_answer_and_offers_none(client: Any, moderator: User, article: Article) -> None:
    root = make_comment(article)
    answer = make_comment(article, root)
    root.close_thread(by=moderator)
    page = client.get(f"/comments/on/{article.pk}/").content.decode()
    assert "Thread closed" in page
    assert "data-action" not in page
    for comment in (root, answer):
        assert (
            f'action="/comments/{comment.pk}/reply/"'
            not in client.get(f"/comments/on/{article.pk}/?reply={comment.pk}").content.decode()
        )
        refused = client.post(f"/comments/{comment.pk}/reply/", NOOR)
        assert refused.status_code == 403
        assert "This thread is closed." in refused.content.decode()
        assert NOOR["text"] in refused.content.decode()
    Comment.objects.get(pk=root.pk).open_thread(by=moderator)
    assert client.post(f"/comments/{answer.pk}/reply/", NOOR).status_code == 303


def test_a2_the_body_names_no_other_parent_and_no_other_article(client: Any, article: Article) -> None:
    root, elsewhere = make_comment(article), make_comment(make_article())
    stolen = {"parent": elsewhere.pk, "root": elsewhere.pk, "article_id": elsewhere.article_id, "status": "published"}
    client.post(f"/comments/{root.pk}/reply/", NOOR | stolen | {"badge": "staff", "reader": elsewhere.reader_id})
    reply = Comment.objects.latest("id")
    assert (reply.parent_id, reply.root_id, reply.article_id, reply.badge) == (root.pk, root.pk, article.pk, "")


# A5: scripts in every place that takes words.


@pytest.mark.once
@pytest.mark.real_data
def test_a5_known_attacks_stay_words_wherever_they_are_typed(client: Any, real_data: Path, article: Article) -> None:
    vectors = (real_data / "xss" / "h5sc-vectors.txt").read_text("utf-8", "replace").splitlines()
    naughty = [str(word) for word in json.loads((real_data / "naughty" / "blns-half.json").read_text("utf-8"))]
    comment = written_by(client, article)
    make_comment(article, comment)
    for vector in [*vectors[::4], *naughty[::4]]:
        typed = {"text": f"{vector}\n> {vector}", "name": vector, "email": "a@example.com", "notify": ["all"]}
        pages = [
            client.post(post_url(article), typed | {"preview": "1"}),
            client.post(post_url(article), typed | {"email": ""}),
            client.post("/comments/preview/", typed),
            client.post(f"/comments/{comment.pk}/edit/", {"text": vector[:2500], "version": "7", "adds": "1"}),
            client.post(f"/comments/{comment.pk}/flag/", {"note": vector}),
        ]
        for page in pages:
            assert page.status_code in {200, 303, 403, 422}, page.status_code
            harmless(page.content.decode())


def harmless(page: str) -> None:
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(page)
    for node in tree.css("script"):
        assert node.attributes.get("src", "").startswith("/static/") or node.attributes.get("type", "").endswith("json")
    for node in tree.css("*"):
        for name, value in node.attributes.items():
            assert not name.startswith("on"), (node.tag, name)
            if name in {"href", "src", "action", "formaction", "xlink:href"}:
                assert not (value or "").strip().lower().startswith(("javascript:", "data:", "vbscript:")), value
    assert not tree.css("iframe, object, embed, svg script, math, style, base, meta[http-equiv]")


@pytest.mark.parametrize(
    "vector", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}{% now %}"]
)
def test_a5_earlier_words_names_and_notes_stay_words(
    client: Any, client_of: Any, moderator: User, article: Article, vector: str
) -> None:
    comment = written_by(client, article, f"before {vector}", name=f"Noor {vector}"[:50])
    client.post(f"/comments/{comment.pk}/edit/", {"text": f"after {vector} more", "version": 1})
    pages = [client.get(f"/comments/{comment.pk}/history/"), client.get(f"/comments/{comment.pk}/delete/")]
    pages += [client.get(f"/comments/{comment.pk}/flag/"), client.get(f"/comments/{comment.pk}/?reply={comment.pk}")]
    pages.append(client_of(moderator).get(f"/admin/comments/comment/{comment.pk}/change/"))
    for page in pages:
        assert page.status_code == 200
        text = page.content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "49" not in text.replace("449", "") or "{{ 7*7 }}" in text or vector[0] != "{"


# A17: other sites.


def _mutating() -> list[str]:
    named = [pattern for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)]
    tokens = {"comments_confirm", "comments_unsubscribe"}
    return sorted({str(p.name) for p in named} - READ_ONLY - tokens)


@pytest.mark.once
@pytest.mark.parametrize("name", _mutating())
def test_a17_no_other_site_posts_to_any_address_of_comments(client: Any, article: Article, name: str) -> None:
    from django.urls import NoReverseMatch, reverse

    comment = written_by(client, article)
    device = client.cookies["device"].value
    url = None
    for arguments in ([], [comment.pk], ["x" * 20]):
        try:
            url = reverse(name, args=arguments)
            break
        except NoReverseMatch:
            continue
    assert url, f"Say in this test what {name} takes."
    before = (comment.text, Comment.objects.count(), Vote.objects.count(), Flag.objects.count())
    body = NOOR | {"vote": "1", "reason": "spam", "version": "1", "text": "Forged words."}
    attempts = [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {},
    ]
    for headers in attempts:
        foreign = Client(headers=headers)
        foreign.cookies["device"] = device
        answer = foreign.post(url, body)
        assert answer.status_code in {200, 403, 404, 405}, (headers, answer.status_code)
        if answer.status_code == 200:
            assert "csrfmiddlewaretoken" in answer.content.decode()
        comment.refresh_from_db()
        assert before == (comment.text, Comment.objects.count(), Vote.objects.count(), Flag.objects.count())


# A18: odd characters and sizes.


@pytest.mark.parametrize(
    "text",
    [
        "zero\u200bwidth\u200b\u200c\u200d words",
        "\u202eover\u202dride",
        "\u2067\u2067\u2067isolates never closed",
        "a" + "\u0301" * 1000,
        "\ufeff\ufffe\uffff odd",
        "\U000e0041\U000e0042 tags",
        "x\x07y\x08z",
        "\r\n\r\nlines\r",
    ],
)
def test_a18_odd_characters_are_stored_harmlessly_and_shown(client: Any, article: Article, text: str) -> None:
    comment = written_by(client, article, text)
    assert not set(comment.text) & set("\x00\x08\u202e\u202d\r")
    assert client.get(f"/comments/{comment.pk}/").status_code == 200
    edited = client.post(f"/comments/{comment.pk}/edit/", {"text": text + " again", "version": 1})
    assert edited.status_code == 303
    assert client.get(f"/comments/{comment.pk}/history/").status_code == 200


@pytest.mark.parametrize("what", ["post", "edit", "preview", "flag"])
def test_a18_half_a_megabyte_is_refused_at_once_everywhere(client: Any, article: Article, what: str) -> None:
    comment = written_by(client, article)
    url = {"post": post_url(article), "preview": "/comments/preview/"}.get(what, f"/comments/{comment.pk}/{what}/")
    huge = "> *[" * 125_000
    answer = client.post(url, NOOR | {"text": huge, "note": huge, "reason": "spam", "version": "1"})
    assert answer.status_code in {200, 422}
    assert Comment.objects.get().text == NOOR["text"]
    assert not Flag.objects.exists()


@pytest.mark.parametrize("version", ["", "0", "-1", "1e9", "NaN", "99999999999999999999", "1\x00"])
def test_a18_a_version_that_is_none_changes_nothing(client: Any, article: Article, version: str) -> None:
    comment = written_by(client, article)
    answer = client.post(f"/comments/{comment.pk}/edit/", {"text": "Other words.", "version": version})
    assert answer.status_code == 422
    assert not CommentRevision.objects.exists()


# A21: no uploads.


@pytest.mark.parametrize("what", ["post", "reply", "edit", "flag", "preview"])
def test_a21_files_are_ignored(client: Any, article: Article, settings: Any, what: str) -> None:
    comment = written_by(client, article)
    before = list(Path(settings.MEDIA_ROOT).rglob("*")) if Path(settings.MEDIA_ROOT).exists() else []
    url = {"post": post_url(article), "preview": "/comments/preview/"}.get(what, f"/comments/{comment.pk}/{what}/")
    file = SimpleUploadedFile("shell.php", b"<?php system($_GET[0]);", content_type="image/png")
    answer = client.post(
        url, NOOR | {"text": "With a file.", "version": "1", "reason": "spam", "file": file, "image": file}
    )
    assert answer.status_code in {200, 303, 403}
    assert (list(Path(settings.MEDIA_ROOT).rglob("*")) if Path(settings.MEDIA_ROOT).exists() else []) == before
    assert "shell.php" not in client.get(f"/comments/on/{article.pk}/").content.decode()


# A22: badges.


def test_a22_a_badge_comes_from_the_account_and_from_nothing_else(client: Any, article: Article, editor: User) -> None:
    make_author("Ines Halloran")
    tricks = {"badge": "staff", "is_staff": "1", "reader": "1", "user": str(editor.pk)}
    assert written_by(client, article, **tricks).badge == ""


@pytest.mark.parametrize(
    "name",
    [
        "Ines Halloran",
        "I\u200bnes Hallor\u2060an",
        "\u0406nes Hall\u043er\u0430n",
        "\uff29\uff4e\uff45\uff53 Halloran",
        "Inés  HALLORÁN",
        "I n e s Halloran",
        "Ines Hallo\u00adran",
        "\U0001d408nes Halloran",
    ],
)
def test_a22_a_name_that_looks_like_one_of_the_newsrooms_waits(
    client: Any, article: Article, reporter: User, name: str
) -> None:
    comment = written_by(client, article, name=name)
    assert (comment.status, comment.reason) == ("pending", "impersonation")


@pytest.mark.parametrize("who", [{"name": "noor b."}, {"email": "NOOR@example.com"}])
def test_a22_a_guest_who_uses_a_members_name_or_address_waits(
    client: Any, article: Article, member: User, who: dict[str, str]
) -> None:
    comment = written_by(client, article, **{"name": "Somebody", "email": "other@example.com"} | who)
    assert (comment.status, comment.reason) == ("pending", "impersonation")


def test_a22_members_and_staff_write_under_their_own_names(
    client_of: Any, client: Any, article: Article, member: User, reporter: User
) -> None:
    for user in (member, reporter):
        client_of(user).post(post_url(article), {"text": f"As myself, {user.name}."})
    assert set(Comment.objects.values_list("status", flat=True)) == {"published"}
    assert written_by(client, article, name="Nobody in particular").status == "published"


def test_a22_asking_whose_a_name_is_costs_no_scan(member: User) -> None:
    from django.db import connection

    from comments.names import _members_known_as

    plan = _members_known_as.__wrapped__("noor b.", "noor@example.com").explain()
    if connection.vendor == "sqlite":
        assert "user_name" in plan
        assert "SCAN accounts_user" not in plan


# A27: where answers lead.


@pytest.mark.parametrize("next_", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_a27_no_answer_leads_to_another_site(client: Any, article: Article, next_: str) -> None:
    comment = make_comment(article)
    evil = {"next": next_, "return": next_, "url": next_}
    answers = [
        client.post(post_url(article), NOOR | evil),
        client.post(f"/comments/{comment.pk}/vote/?next={next_}", {"vote": "1"} | evil, headers={"Referer": next_}),
        client.post("/comments/forget/", evil),
    ]
    for answer in answers:
        assert answer.status_code == 303
        assert answer["Location"].startswith("/")
        assert not answer["Location"].startswith(("//", "/\\"))


# A30: reporting and answering.


def test_a30_who_reported_a_comment_leaves_answering_to_others(
    client: Any, other_client: Any, article: Article
) -> None:
    comment = make_comment(article)
    client.post(f"/comments/{comment.pk}/flag/", {"reason": "abusive"})
    answer = client.post(f"/comments/{comment.pk}/reply/", NOOR)
    assert answer.status_code == 403
    assert "You reported this comment" in answer.content.decode()
    assert NOOR["text"] in answer.content.decode()
    assert Comment.objects.count() == 1
    # Others answer it, and its reporter answers others.
    assert other_client.post(f"/comments/{comment.pk}/reply/", NOOR).status_code == 303
    other = make_comment(article, reader=make_reader("Piet", created_at=timezone.now()))
    assert client.post(f"/comments/{other.pk}/reply/", NOOR).status_code == 303


def test_a30_who_answered_a_comment_leaves_reporting_to_others(client: Any, article: Article) -> None:
    comment = make_comment(article)
    client.post(f"/comments/{comment.pk}/reply/", NOOR)
    assert client.post(f"/comments/{comment.pk}/flag/", {"reason": "abusive"}).status_code == 403
    assert not Flag.objects.exists()
