"""Reporters post to a live page, change what stands there, and cannot lose a word."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import PIL.Image
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from articles.live_text import html_of
from articles.models import Article, Image, LiveUpdate, Section
from newsroom.accounts.models import User
from tests.make import make_article, make_author, make_draft, make_image, make_user

pytestmark = pytest.mark.django_db

SCRIPTS = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) <svg onload=alert(1)>"
    ' [click"onmouseover="alert(1)](https://a.example/"onmouseover="alert(1)) </textarea><script>alert(2)</script>'
)


@pytest.fixture
def live(section: Section) -> Article:
    return make_article("Bridge closure", section=section, kind="live", body="")


@pytest.fixture
def desk(client_of: Any, reporter: User) -> Any:
    return client_of(reporter)


def address(article: Article, *rest: Any) -> str:
    return "/".join(["/admin/articles/article", str(article.pk), "live", *map(str, rest), ""])


def posted(article: Article, by: User, text: str = "Words of a post.", **over: Any) -> LiveUpdate:
    entry = LiveUpdate(article=article, text=text, **over)
    entry.post(by=by)
    return entry


def picture(name: str = "quay.jpg") -> SimpleUploadedFile:
    data = BytesIO()
    PIL.Image.new("RGB", (64, 48), "navy").save(data, "JPEG")
    return SimpleUploadedFile(name, data.getvalue(), "image/jpeg")


def test_a_reporter_posts_and_readers_have_it_at_once(desk: Any, client: Any, live: Article, reporter: User):
    before = client.get(live.get_absolute_url()).content.decode()
    assert "first post will stand here" in before
    answer = desk.post(address(live), {"text": "The *second* ferry sails.", "headline": "Ferry", "key_event": "on"})
    assert answer.status_code == 303
    assert answer["Location"] == address(live)
    assert "Posted." in desk.get(address(live)).content.decode()
    entry = LiveUpdate.objects.get()
    assert (entry.user, entry.key_event, entry.seq) == (reporter, True, 1)
    html = client.get(live.get_absolute_url()).content.decode()
    assert "The <em>second</em> ferry sails." in html
    assert "Ferry</h2>" in html
    assert "Ines Halloran" in html


def test_a_script_gets_the_list_and_errors_get_the_form(desk: Any, live: Article):
    part = desk.post(address(live), {"text": "Short."}, headers={"X-Fragment": "1"})
    assert part.status_code == 200
    assert 'id="live-list"' in part.content.decode()
    assert "<html" not in part.content.decode()
    refused = desk.post(address(live), {"text": " "}, headers={"X-Fragment": "1"})
    assert refused.status_code == 422
    assert "Nothing is written yet" in refused.content.decode()


def test_a_pasted_address_alone_on_its_line_is_a_box_behind_a_click(desk: Any, client: Any, live: Article):
    desk.post(address(live), {"text": "See:\nhttps://www.youtube.com/watch?v=dQw4w9WgXcQ\nhttps://a.example/story"})
    html = client.get(live.get_absolute_url()).content.decode()
    assert 'data-player="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ' in html
    assert "<iframe" not in html
    assert '<a href="https://a.example/story"' in html


@pytest.mark.parametrize("field", ["upload", "camera"])
def test_a_picture_goes_into_the_library_and_the_post(desk: Any, client: Any, live: Article, field: str):
    desk.post(address(live), {"text": "Seen from the quay.", field: picture(), "alt": "A ferry"})
    image = Image.objects.get()
    assert (image.alt, image.width) == ("A ferry", 64)
    assert image.file.url in client.get(live.get_absolute_url()).content.decode()
    desk.post(address(live), {"image": image.pk})
    assert LiveUpdate.objects.filter(image=image).count() == 2


def test_a_picture_that_is_none_is_refused_and_the_text_stays(desk: Any, live: Article):
    answer = desk.post(address(live), {"text": "Kept words", "upload": SimpleUploadedFile("x.jpg", b"plain words")})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "no picture that we can read" in html
    assert "Kept words" in html
    answer = desk.post(address(live), {"text": "Kept words", "image": "999999"})
    assert "The library has no picture of that number." in answer.content.decode()
    assert not LiveUpdate.objects.exists()


def test_a_post_of_100_kb_is_refused_with_its_length_and_stays_in_the_field(desk: Any, live: Article):
    answer = desk.post(address(live), {"text": "wörd " * 20_000})
    assert answer.status_code == 422
    assert "20000 characters at the most; this one has 99999" in answer.content.decode()
    assert answer.content.decode().count("wörd") == 20_000
    answer = desk.post(address(live), {"text": "x", "headline": "h" * 300})
    assert answer.status_code == 422
    assert "h" * 300 in answer.content.decode()


def test_a31_scripts_in_every_corner_run_nowhere(desk: Any, client: Any, live: Article):
    """In the page, in the poll, in the list and in the forms."""
    desk.post(address(live), {"text": SCRIPTS, "headline": SCRIPTS[:190], "alt": SCRIPTS, "upload": picture(SCRIPTS)})
    entry = LiveUpdate.objects.get()
    pages = [client.get(live.get_absolute_url()), desk.get(address(live)), desk.get(address(live, entry.pk))]
    poll = client.get(f"/live/{live.pk}/since/0.json").json()
    for html in [*(page.content.decode() for page in pages), poll["posts"][0]["html"], poll["keys"]]:
        nodes = LexborHTMLParser(html).css("*")
        assert not [node.html for node in nodes for name in node.attributes if name.startswith("on")]
        assert not [node.html for node in nodes if node.tag == "script" and "alert(" in node.text()[:20]]
        assert 'href="javascript' not in html


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("- a\n- b\nc", "<ul><li>a</li><li>b</li></ul><p>c</p>"),
        ("> said\n> twice", "<blockquote><p>said<br>twice</p></blockquote>"),
        ("**b** and *i* 2*3*4 * x", "<p><strong>b</strong> and <em>i</em> 2<em>3</em>4 * x</p>"),
        ("at https://a.example/x. Then", '<p>at <a href="https://a.example/x">https://a.example/x</a>. Then</p>'),
        ("[the *report*](https://a.example/)", '<p><a href="https://a.example/">the *report*</a></p>'),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
    ],
)
def test_what_is_typed_becomes(typed: str, html: str):
    assert html_of(typed) == html


def test_the_same_form_sent_twice_makes_one_post(desk: Any, live: Article):
    form = {"text": "Once.", "token": "a" * 32}
    assert desk.post(address(live), form).status_code == 303
    assert desk.post(address(live), form).status_code == 303
    assert desk.post(address(live), form | {"upload": ""}).status_code == 303
    assert LiveUpdate.objects.count() == 1


def test_a_form_sent_again_with_other_words_says_so_and_posts_at_the_next_press(desk: Any, live: Article):
    desk.post(address(live), {"text": "Once.", "token": "a" * 32})
    answer = desk.post(address(live), {"text": "Something else.", "token": "a" * 32})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "This form was sent before" in html
    assert re.search(r"<textarea[^>]*>\s*Something else.</textarea>", html)
    token = re.search(r'name="token" value="(\w+)"', html)[1]  # type: ignore[index]
    assert token != "a" * 32
    assert desk.post(address(live), {"text": "Something else.", "token": token}).status_code == 303
    assert LiveUpdate.objects.count() == 2


def test_a_token_of_another_page_or_of_nonsense_is_no_obstacle(desk: Any, live: Article, section: Section):
    other = make_article(section=section, kind="live")
    desk.post(address(other), {"text": "There.", "token": "a" * 32})
    assert desk.post(address(live), {"text": "Here.", "token": "a" * 32}).status_code == 303
    assert desk.post(address(live), {"text": "Here.", "token": "<x>"}).status_code == 422
    assert live.live_updates.count() == 1


def test_after_the_end_a_post_is_refused_with_its_text_and_a_repeated_one_is_not(
    desk: Any, client_of: Any, editor: User, live: Article
):
    desk.post(address(live), {"text": "In time.", "token": "a" * 32})
    boss = client_of(editor)
    assert boss.post(address(live, "finish"), {"step": "end"}).status_code == 303
    answer = desk.post(address(live), {"text": "Too late."})
    assert answer.status_code == 422
    assert "coverage has ended: nothing was posted" in answer.content.decode()
    assert "Too late." in answer.content.decode()
    assert desk.post(address(live), {"text": "In time.", "token": "a" * 32}).status_code == 303
    again = boss.post(address(live, "finish"), {"step": "end"}, follow=True)
    assert "had ended before" in again.content.decode()
    boss.post(address(live, "finish"), {"step": "resume"})
    assert desk.post(address(live), {"text": "On again."}).status_code == 303
    assert [row.action for row in live.transitions.order_by("id")] == ["end_live", "resume_live"]


def test_the_second_of_two_reporters_sees_both_texts_and_the_next_press_stores(
    desk: Any, client_of: Any, live: Article, reporter: User, editor: User
):
    entry = posted(live, reporter, "As it was.")
    base = {"base": entry.seq}
    assert client_of(editor).post(address(live, entry.pk), {"text": "The editor’s words.", **base}).status_code == 303
    answer = desk.post(address(live, entry.pk), {"text": "The reporter’s words.", **base})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "Oskar Lind changed this post" in html
    assert "The editor’s words." in html
    assert re.search(r"<textarea[^>]*>\s*The reporter’s words.</textarea>", html)
    entry.refresh_from_db()
    assert entry.text == "The editor’s words."
    newer = re.search(r'name="base" value="(\d+)"', html)[1]  # type: ignore[index]
    assert desk.post(address(live, entry.pk), {"text": "Both, merged.", "base": newer}).status_code == 303
    entry.refresh_from_db()
    assert (entry.text, entry.edited_by) == ("Both, merged.", reporter)


@pytest.mark.parametrize("forged", ["", "0", "-5", "x", "99999999999999999999", "1.5"])
def test_a_forged_base_stores_nothing_and_keeps_the_text(desk: Any, live: Article, reporter: User, forged: str):
    entry = posted(live, reporter, "As it was.")
    answer = desk.post(address(live, entry.pk), {"text": "Mine.", "base": forged})
    assert answer.status_code == 422
    assert "Mine." in answer.content.decode()
    entry.refresh_from_db()
    assert entry.text == "As it was."


def test_a_mistake_in_the_form_does_not_move_its_base(desk: Any, live: Article, reporter: User, editor: User):
    entry = posted(live, reporter, "As it was.")
    first = entry.seq
    entry.text = "Newer."
    entry.rewrite(base=first, by=editor)
    answer = desk.post(address(live, entry.pk), {"text": "", "base": first})
    assert f'name="base" value="{first}"' in answer.content.decode()


def test_deleting_twice_and_editing_what_was_deleted_are_told(desk: Any, live: Article, reporter: User):
    entry = posted(live, reporter)
    assert "Taken off the page." in desk.post(address(live, entry.pk, "remove"), follow=True).content.decode()
    assert "had been taken off before" in desk.post(address(live, entry.pk, "remove"), follow=True).content.decode()
    answer = desk.post(address(live, entry.pk), {"text": "Mine.", "base": entry.seq + 1})
    assert answer.status_code == 422
    assert "taken off the page at" in answer.content.decode()
    assert "Mine." in answer.content.decode()
    marked = desk.post(address(live, entry.pk, "mark"), {"pinned": "1"}, follow=True)
    assert "had been taken off before" in marked.content.decode()
    desk.post(address(live, entry.pk, "restore"))
    entry.refresh_from_db()
    assert (entry.deleted_at, entry.pinned, entry.text) == (None, False, "Words of a post.")


def test_one_post_is_pinned_and_open_pages_hear_of_both(desk: Any, client: Any, live: Article, reporter: User):
    first, second = posted(live, reporter, pinned=True), posted(live, reporter)
    known = second.seq
    desk.post(address(live, second.pk, "mark"), {"pinned": "1"})
    assert [entry.pk for entry in LiveUpdate.objects.filter(pinned=True)] == [second.pk]
    said = client.get(f"/live/{live.pk}/since/{known}.json").json()
    assert {change["id"] for change in said["posts"]} == {first.pk, second.pk}
    broken = desk.post(address(live, second.pk, "mark"), {"pinned": "yes"}, follow=True)
    assert "the form was damaged" in broken.content.decode()


def test_a_post_written_as_html_is_edited_as_html_and_keeps_what_plain_text_would_lose(
    desk: Any, client_of: Any, editor: User, live: Article
):
    table = "<table><tbody><tr><td>1</td></tr></tbody></table>"
    entry = LiveUpdate(article=live, body=table)
    entry.post(by=editor)
    boss = client_of(editor)
    page = boss.get(address(live, entry.pk))
    assert 'name="body"' in page.content.decode()
    assert boss.post(address(live, entry.pk), {"body": table + "<p>More</p>", "base": entry.seq}).status_code == 303
    entry.refresh_from_db()
    assert "<td>1</td>" in entry.body
    assert entry.text is None


def test_who_may_report(client_of: Any, client: Any, live: Article, reporter: User, editor: User, moderator: User):
    own, other = posted(live, reporter), posted(live, editor)
    desk, boss = client_of(reporter), client_of(editor)
    assert client.get(address(live)).status_code == 302
    for stranger in (client_of(moderator), client_of(make_user())):
        assert stranger.get(address(live)).status_code in {302, 403}
        assert stranger.post(address(live), {"text": "x"}).status_code in {302, 403}
        assert stranger.post(address(live, own.pk, "remove")).status_code in {302, 403}
    assert desk.get(address(live, own.pk)).status_code == 200
    assert desk.get(address(live, other.pk)).status_code == 403
    assert desk.post(address(live, other.pk, "remove")).status_code == 403
    assert desk.post(address(live, other.pk, "mark"), {"pinned": "1"}).status_code == 403
    assert desk.post(address(live, "finish"), {"step": "end"}).status_code == 403
    assert boss.post(address(live, own.pk, "mark"), {"pinned": "1"}).status_code == 303
    assert boss.post(address(live, "finish"), {"step": "nonsense"}).status_code == 404
    listed = desk.get(address(live)).content.decode()
    assert address(live, own.pk, "remove") in listed
    assert address(live, other.pk, "remove") not in listed


def test_forged_numbers_lead_nowhere(desk: Any, live: Article, article: Article, reporter: User, section: Section):
    elsewhere = posted(make_article(section=section, kind="live"), reporter)
    assert desk.get(address(article)).status_code == 404  # no live page
    assert desk.get(address(live, elsewhere.pk)).status_code == 404
    assert desk.post(address(live, elsewhere.pk, "remove")).status_code == 404
    assert desk.get(address(live, 10**30)).status_code == 404
    assert desk.get(f"/admin/articles/article/{10**30}/live/").status_code == 404
    assert desk.get(address(live, elsewhere.pk, "remove")).status_code == 405
    assert desk.get(address(live) + "?before=x").status_code == 200
    elsewhere.refresh_from_db()
    assert elsewhere.deleted_at is None


def test_a_reporter_prepares_an_own_draft_and_no_other(desk: Any, client: Any, reporter: User, section: Section):
    draft = make_draft("Tomorrow", section=section, kind="live", authors=[make_author("Ines", user=reporter)])
    assert desk.post(address(draft), {"text": "Prepared."}).status_code == 303
    assert "Readers do not see this story yet" in desk.get(address(draft)).content.decode()
    assert client.get(f"/live/{draft.pk}/since/0.json").status_code == 404
    assert desk.get(address(make_draft(section=section, kind="live"))).status_code == 403


def test_a_scheduled_live_page_has_no_link_to_what_readers_do_not_see_yet(desk: Any, section: Section):
    due = make_article(section=section, kind="live", body="", publish_at=timezone.now() + timedelta(days=1))
    html = desk.get(address(due)).content.decode()
    assert "Readers do not see this story yet: Scheduled." in html
    assert f'href="{due.get_absolute_url()}"' not in html


def test_the_composer_costs_the_same_with_many_posts(
    desk: Any, live: Article, reporter: User, editor: User, django_assert_max_num_queries: Any
):
    image = make_image()
    for n in range(35):
        posted(live, editor if n % 2 else reporter, image=image)
    desk.get(address(live))
    with django_assert_max_num_queries(14):
        html = desk.get(address(live)).content.decode()
    older = re.search(r'href="(\?before=\d+)"', html)
    assert older
    assert html.count('class="reporting__post') == 30
    assert desk.get(address(live) + older[1]).content.decode().count('class="reporting__post') == 5
    with django_assert_max_num_queries(22):
        desk.post(address(live), {"text": "Quick."})


def test_the_admins_own_list_leads_to_the_storys_page(client_of: Any, admin_user: User, live: Article):
    entry = posted(live, admin_user)
    boss = client_of(admin_user)
    assert boss.get("/admin/articles/liveupdate/").status_code == 200
    answer = boss.get(f"/admin/articles/liveupdate/{entry.pk}/change/")
    assert answer["Location"] == address(live, entry.pk)
    assert boss.get("/admin/articles/liveupdate/add/").status_code == 403


def test_the_storys_form_leads_to_its_live_page(client_of: Any, editor: User, live: Article, article: Article):
    boss = client_of(editor)
    assert address(live) in boss.get(f"/admin/articles/article/{live.pk}/change/").content.decode()
    assert address(article) not in boss.get(f"/admin/articles/article/{article.pk}/change/").content.decode()
