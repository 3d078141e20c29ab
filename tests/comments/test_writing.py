"""A reader writes a comment or a reply, with the form as it stands in the page."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from articles.models import Article, SiteSettings
from comments.models import Comment, Subscription
from newsroom.accounts.models import Reader, User
from newsroom.lib import stamps
from tests.make import make_article, make_author, make_comment, make_reader

NOOR = {"text": "I cross twice a day.", "name": "Noor B.", "email": "noor.b@example.com"}


def post_url(article: Article) -> str:
    return f"/comments/on/{article.pk}/post/"


def set_site(site: SiteSettings, **values: Any) -> None:
    SiteSettings.objects.filter(pk=1).update(**values)
    stamps.drop_kept()


def test_a_guest_comments_and_is_led_back_to_the_comment(client: Any, article: Article) -> None:
    answer = client.post(post_url(article), NOOR)
    comment = Comment.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == f"{article.get_absolute_url()}#c{comment.pk}"
    assert (comment.name, comment.status, comment.html) == ("Noor B.", "published", "<p>I cross twice a day.</p>")
    assert comment.reader.email == "noor.b@example.com"
    assert comment.reader.verified_at is None


def test_the_next_comment_needs_neither_name_nor_address(client: Any, article: Article) -> None:
    client.post(post_url(article), NOOR)
    client.post(post_url(article), {"text": "And twice back."})
    first, second = Comment.objects.order_by("id")
    assert second.reader_id == first.reader_id
    assert second.name == "Noor B."


def test_not_you_forgets_the_guest(client: Any, article: Article) -> None:
    client.post(post_url(article), NOOR)
    answer = client.post("/comments/forget/", {"next": article.get_absolute_url()})
    assert answer["Location"] == article.get_absolute_url()
    assert client.post(post_url(article), {"text": "Who am I now?"}).status_code == 422


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_not_you_leads_nowhere_else(client: Any, site: SiteSettings, where: str) -> None:
    assert client.post("/comments/forget/", {"next": where})["Location"] == "/"


def test_another_typed_address_is_another_person(client: Any, article: Article) -> None:
    client.post(post_url(article), NOOR)
    client.post(post_url(article), NOOR | {"email": "other@example.com", "text": "Somebody else."})
    first, second = Comment.objects.order_by("id")
    assert first.reader_id != second.reader_id


def test_typing_a_known_address_does_not_make_one_its_owner(client: Any, article: Article) -> None:
    owner = make_reader("Noor B.", email="noor.b@example.com", verified_at=timezone.now())
    client.post(post_url(article), NOOR)
    assert Comment.objects.get().reader_id != owner.pk


def test_a_member_comments_without_typing_who(client_of: Any, member: User, article: Article) -> None:
    client_of(member).post(post_url(article), {"text": "As myself.", "name": "Somebody Else", "email": "x@example.com"})
    comment = Comment.objects.get()
    assert comment.name == "Noor B."
    assert comment.reader.user == member


def test_staff_get_their_badge_from_the_account(client_of: Any, reporter: User, article: Article) -> None:
    client_of(reporter).post(post_url(article), {"text": "From the newsroom."})
    assert Comment.objects.get().badge == "staff"


def test_a_reply_takes_its_place_below(client: Any, article: Article) -> None:
    root = make_comment(article)
    client.post(f"/comments/{root.pk}/reply/", NOOR)
    assert Comment.objects.exclude(pk=root.pk).get().parent_id == root.pk


def test_the_reply_form_stands_where_the_address_asks_for_it(client: Any, article: Article) -> None:
    root = make_comment(article, reader=make_reader("Old Ferryman"))
    page = client.get(f"/comments/on/{article.pk}/?reply={root.pk}").content.decode()
    assert f'action="/comments/{root.pk}/reply/"' in page
    assert "Reply to Old Ferryman" in page
    assert f'action="{post_url(article)}"' not in page


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"text": ""}, "text", "Write what you want to say"),
        ({"text": "   \n "}, "text", "Write what you want to say"),
        ({"text": "x"}, "text", "at least 2"),
        ({"text": "x" * 3001}, "text", "at most 3000"),
        ({"name": ""}, "name", "Write the name"),
        ({"name": "\u200b\u200b\u200b"}, "name", "letters in it"),
        ({"name": "n" * 51}, "name", "at most 50"),
        ({"email": ""}, "email", "Write your e-mail address"),
        ({"email": "nobody"}, "email", "valid email"),
        ({"email": "a@example.com\r\nBcc: b@example.com"}, "email", "valid email"),
    ],
)
def test_an_error_stands_beside_its_field_and_every_word_is_kept(
    client: Any, article: Article, change: dict[str, str], field: str, says: str
) -> None:
    sent = NOOR | {"notify": ["all"]} | change
    answer = client.post(post_url(article), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert f'id="comment-{field}_error"' in page
    assert 'aria-invalid="true"' in page
    assert re.search(rf'aria-describedby="[^"]*comment-{field}_error', page)
    assert "autofocus" in page
    assert article.headline in page
    assert 'value="all" checked' in page
    for name in {"text", "name"} - {field}:
        assert sent[name] in page
    assert not Comment.objects.exists()
    assert not Reader.objects.exists()


def test_nothing_is_ticked_beforehand(client: Any, article: Article) -> None:
    page = client.get(f"/comments/on/{article.pk}/").content.decode()
    assert page.count('type="checkbox"') == 2
    assert not re.search(r'type="checkbox"[^>]*checked', page)


def test_sending_twice_stores_once(client: Any, article: Article) -> None:
    answers = [client.post(post_url(article), NOOR) for _ in range(3)]
    other_tab = Client(headers={"sec-fetch-site": "same-origin"}).post(post_url(article), NOOR)
    assert Comment.objects.count() == 1
    assert {a["Location"] for a in [*answers, other_tab]} == {answers[0]["Location"]}


def test_a_double_click_is_not_too_fast(client: Any, article: Article, settings: Any) -> None:
    settings.NEWSROOM_LIMITS = True
    assert [client.post(post_url(article), NOOR).status_code for _ in range(3)] == [303, 303, 303]
    assert Comment.objects.count() == 1


def test_a10_a_flood_is_refused_with_the_seconds_and_the_words_kept(
    client: Any, article: Article, settings: Any
) -> None:
    settings.NEWSROOM_LIMITS = True
    client.post(post_url(article), NOOR)
    answer = client.post(post_url(article), {"text": "And one more thing."}, headers={"User-Agent": "Another/1.0"})
    assert answer.status_code == 429
    assert "second" in answer.content.decode()
    assert "And one more thing." in answer.content.decode()
    assert Comment.objects.count() == 1


def test_a10_a_forwarded_address_that_no_proxy_vouches_for_changes_nothing(
    client: Any, article: Article, settings: Any
) -> None:
    settings.NEWSROOM_LIMITS = True
    for n in range(3):
        other = Client(headers={"sec-fetch-site": "same-origin", "x-forwarded-for": f"203.0.{n}.9"})
        other.post(post_url(article), NOOR | {"email": f"p{n}@example.com", "text": f"Comment number {n}"})
    assert [c.reason for c in Comment.objects.order_by("id")] == ["", "", "network"]


def test_closed_comments_say_why_and_store_nothing(client: Any, article: Article, site: SiteSettings) -> None:
    Article.objects.filter(pk=article.pk).update(comments_mode="closed")
    answer = client.post(post_url(article), NOOR)
    assert answer.status_code == 403
    assert "Comments on this story are closed." in answer.content.decode()
    assert NOOR["text"] in answer.content.decode()
    assert not Comment.objects.exists()


def test_a_site_that_closed_comments_says_so(client: Any, article: Article, site: SiteSettings) -> None:
    set_site(site, comments_open=False)
    assert "closed on this site" in client.get(f"/comments/on/{article.pk}/").content.decode()
    assert client.post(post_url(article), NOOR).status_code == 403


def test_an_old_story_takes_no_more_comments(client: Any, article: Article, site: SiteSettings) -> None:
    set_site(site, comments_close_after_days=2)
    then = timezone.now() - timedelta(days=3)
    Article.objects.filter(pk=article.pk).update(publish_at=then)
    page = client.get(f"/comments/on/{article.pk}/").content.decode()
    assert "stays open for 2 days" in page
    assert "<textarea" not in page
    assert client.post(post_url(article), NOOR).status_code == 403


@pytest.mark.parametrize(
    "over",
    [
        {"status": "draft"},
        {"status": "review"},
        {"comments_mode": "hidden"},
        {"publish_at": timezone.now() + timedelta(days=1)},
    ],
)
def test_a1_a_story_that_is_not_shown_takes_nothing(client: Any, article: Article, over: dict[str, Any]) -> None:
    comment = make_comment(article)
    Article.objects.filter(pk=article.pk).update(**over)
    assert client.post(post_url(article), NOOR).status_code == 404
    for what in ("reply", "vote", "flag"):
        assert client.post(f"/comments/{comment.pk}/{what}/", NOOR | {"vote": "1"}).status_code == 404
    assert client.post(f"/comments/on/{article.pk}/follow/", {"email": "x@example.com"}).status_code == 404
    assert Comment.objects.count() == 1


@pytest.mark.parametrize("status", ["pending", "spam", "rejected", "removed"])
def test_a1_nobody_answers_votes_on_or_reports_what_is_not_shown(client: Any, article: Article, status: str) -> None:
    hidden = make_comment(article, status=status)
    for what in ("reply", "vote", "flag"):
        assert client.post(f"/comments/{hidden.pk}/{what}/", NOOR | {"vote": "1", "reason": "spam"}).status_code == 404


def test_a2_the_parent_is_the_one_in_the_address(client: Any, article: Article) -> None:
    root, elsewhere = make_comment(article), make_comment(make_article())
    client.post(f"/comments/{root.pk}/reply/", NOOR | {"parent": elsewhere.pk, "article": elsewhere.article_id})
    reply = Comment.objects.get(name="Noor B.")
    assert (reply.parent_id, reply.article_id) == (root.pk, article.pk)


def test_the_first_comments_of_a_guest_wait(client: Any, article: Article, site: SiteSettings) -> None:
    set_site(site, guests_held=2)
    client.post(post_url(article), NOOR)
    first = Comment.objects.get()
    assert (first.status, first.reason) == ("pending", "first")
    first.approve(by=None)
    client.post(post_url(article), {"text": "The second."})
    Comment.objects.get(text="The second.").approve(by=None)
    client.post(post_url(article), {"text": "The third."})
    assert Comment.objects.get(text="The third.").status == "published"


def test_only_its_writer_sees_a_comment_that_waits(
    client: Any, other_client: Any, article: Article, site: SiteSettings
) -> None:
    set_site(site, guests_held=1)
    client.post(post_url(article), NOOR)
    comment = Comment.objects.get()
    for url in (f"/comments/on/{article.pk}/", f"/comments/{comment.pk}/"):
        mine = client.get(url)
        assert "Awaiting approval" in mine.content.decode()
        assert NOOR["text"] in mine.content.decode()
        assert mine["Cache-Control"] == "private, no-store"
        assert NOOR["text"] not in other_client.get(url).content.decode()


def test_a4_an_address_cookie_opens_nothing(
    client: Any, other_client: Any, article: Article, site: SiteSettings
) -> None:
    set_site(site, guests_held=1)
    client.post(post_url(article), NOOR)
    for name in ("guest", "email", "device", "comment_author_email"):
        other_client.cookies[name] = NOOR["email"]
    other_client.cookies["mine"] = "1"
    assert NOOR["text"] not in other_client.get(f"/comments/on/{article.pk}/").content.decode()


def test_the_form_says_who_is_posting(client: Any, article: Article) -> None:
    client.post(post_url(article), NOOR)
    page = client.get(f"/comments/on/{article.pk}/").content.decode()
    assert "Not you?" in page
    assert NOOR["email"] not in page


@pytest.mark.parametrize("held", ["site", "section", "article"])
def test_held_by_site_section_or_story(client: Any, article: Article, site: SiteSettings, held: str) -> None:
    if held == "site":
        set_site(site, comments_premoderated=True)
    elif held == "section":
        type(article.section).objects.filter(pk=article.section_id).update(comments_premoderated=True)
    else:
        Article.objects.filter(pk=article.pk).update(comments_mode="held")
    client.post(post_url(article), NOOR)
    assert (Comment.objects.get().status, Comment.objects.get().reason) == ("pending", held)


def test_two_links_wait_and_one_does_not(client: Any, article: Article) -> None:
    client.post(post_url(article), NOOR)
    client.post(post_url(article), NOOR | {"text": "See https://one.example/"})
    client.post(post_url(article), NOOR | {"text": "See https://one.example/ and http://two.example/"})
    decided = [(c.status, c.reason) for c in Comment.objects.order_by("id")]
    assert decided == [("published", ""), ("published", ""), ("pending", "links")]


@pytest.mark.parametrize("link", ["https://one.example/", "www.one.example"])
def test_any_link_of_a_new_guest_waits(client: Any, article: Article, link: str) -> None:
    client.post(post_url(article), NOOR | {"text": f"See {link} for more."})
    assert (Comment.objects.get().status, Comment.objects.get().reason) == ("pending", "links")


def test_what_fills_the_hidden_field_is_kept_as_spam(client: Any, article: Article) -> None:
    assert client.post(post_url(article), NOOR | {"homepage": "https://spam.example/"}).status_code == 303
    assert (Comment.objects.get().status, Comment.objects.get().reason) == ("spam", "honeypot")
    assert "Awaiting approval" in client.get(f"/comments/on/{article.pk}/").content.decode()


@pytest.mark.parametrize(
    "who",
    [
        {"name": "Ines Halloran"},
        {"name": "ines  halloran\u200b"},
        {"email": "INES@example.com"},
        {"name": "Famous Author"},
    ],
)
def test_a22_using_a_name_or_address_of_the_staff_waits(
    client: Any, article: Article, reporter: User, who: dict[str, str]
) -> None:
    make_author("Famous Author")
    client.post(post_url(article), NOOR | who)
    assert (Comment.objects.get().status, Comment.objects.get().reason) == ("pending", "impersonation")


def test_a9_the_same_words_of_many_people_are_looked_at(article: Article, settings: Any) -> None:
    settings.NEWSROOM_LIMITS = True
    for n in range(4):
        guest = Client(headers={"sec-fetch-site": "same-origin"}, REMOTE_ADDR=f"198.51.{n}.7")
        guest.post(
            post_url(article),
            NOOR | {"email": f"g{n}@example.com", "text": "Buy the best ropes of the whole Sound here."},
        )
    assert [c.reason for c in Comment.objects.order_by("id")] == ["", "", "echo", "echo"]


def test_a17_other_sites_cannot_post(article: Article) -> None:
    comment = make_comment(article)
    foreign = Client(headers={"sec-fetch-site": "cross-site"})
    urls = [post_url(article), f"/comments/{comment.pk}/reply/", f"/comments/{comment.pk}/vote/", "/comments/mine/"]
    urls += [f"/comments/{comment.pk}/flag/", f"/comments/on/{article.pk}/follow/", "/comments/forget/"]
    for url in urls:
        assert foreign.post(url, NOOR | {"vote": "1"}).status_code == 403, url
    assert Comment.objects.count() == 1


def test_reading_addresses_of_forms_changes_nothing(client: Any, article: Article) -> None:
    comment = make_comment(article)
    for url in (post_url(article), f"/comments/{comment.pk}/reply/", f"/comments/{comment.pk}/vote/?vote=1"):
        assert client.get(url).status_code == 302
        assert client.head(url).status_code == 302
    assert Comment.objects.get().up == 0


def test_the_reader_follows_what_was_ticked(client_of: Any, member: User, article: Article) -> None:
    client_of(member).post(post_url(article), {"text": "Tell me more.", "notify": ["all", "replies"]})
    assert set(Subscription.objects.values_list("kind", flat=True)) == {"all", "replies"}


def test_a_post_costs_little(client: Any, article: Article, django_assert_max_num_queries: Any) -> None:
    root = make_comment(article)
    client.post(post_url(article), NOOR)
    with django_assert_max_num_queries(30):
        client.post(f"/comments/{root.pk}/reply/", {"text": "A second thought."})


@pytest.mark.parametrize(
    "text", ["\x00\x00 NUL", "lone \ud800 surrogate", "a\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301 b"]
)
def test_a18_odd_characters_do_no_harm(client: Any, article: Article, text: str) -> None:
    body = f"text={text.encode('utf-8', 'surrogatepass').hex(' ').upper().replace(' ', '%')}"
    body = body.replace("text=", "text=%") + "&name=Noor&email=n%40example.com"
    answer = client.generic("POST", post_url(article), body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in {303, 422}


def test_a18_half_a_megabyte_is_refused_at_once(client: Any, article: Article) -> None:
    assert client.post(post_url(article), NOOR | {"text": "> *" * 170_000}).status_code == 422
