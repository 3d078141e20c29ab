"""Every outcome of writing and reporting: what the reader then reads, with a script and without one."""

from typing import Any

import pytest

from articles.models import Article, SiteSettings
from comments.models import Comment, Flag, Phrase
from newsroom.accounts.models import User
from newsroom.lib import stamps
from tests.make import make_comment, make_reader, make_user

NOOR = {"text": "I cross twice a day.", "name": "Noor B.", "email": "noor.b@example.com"}
PART = {"X-Fragment": "1"}


def set_site(**values: Any) -> None:
    SiteSettings.objects.filter(pk=1).update(**values)
    stamps.drop_kept()


@pytest.fixture
def banned(site: SiteSettings) -> None:
    set_site(banned_words="rejected")
    Phrase.objects.replace("banned", ["twice"], by=make_user("Admin"))


def send(client: Any, article: Article, *, script: bool, **over: str) -> str:
    """What the reader sees next."""
    headers = PART if script else {}
    answer = client.post(f"/comments/on/{article.pk}/post/", NOOR | over, headers=headers)
    if answer.status_code == 303:
        answer = client.get(answer["Location"])
    return answer.content.decode()


@pytest.mark.parametrize("script", [True, False])
def test_who_waits_for_the_first_time_is_told_once_however_many_wait(
    client: Any, article: Article, script: bool
) -> None:
    set_site(guests_held=3)
    told = "If you commented here before under this address, a letter with a link is on its way"
    assert send(client, article, script=script).count("Only you see it until a moderator has read it.") == 1
    page = send(client, article, script=script, text="And once more.")
    assert f'<p class="note" data-told>Your comment waits for a moderator. Only you see it until then. {told}' in page
    assert client.get(article.get_absolute_url()).content.decode().count(told) == 1


@pytest.mark.parametrize("script", [True, False])
def test_banned_words_are_asked_about_and_then_refused_in_words(
    client: Any, article: Article, banned: None, script: bool
) -> None:
    first = send(client, article, script=script)
    assert "This is not posted yet" in first
    assert "I cross twice a day." in first
    assert not Comment.objects.exists()
    second = send(client, article, script=script)
    assert "This breaks our rules. Readers do not see it." in second
    assert Comment.objects.get().status == "rejected"


def test_what_was_refused_is_told_at_the_top_of_the_page_and_once(client: Any, article: Article, banned: None) -> None:
    client.post(f"/comments/on/{article.pk}/post/", NOOR)
    answer = client.post(f"/comments/on/{article.pk}/post/", NOOR)
    assert answer["Location"] == article.get_absolute_url()
    assert "This breaks our rules." in client.get(answer["Location"]).content.decode()
    assert "This breaks our rules." not in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("script", [True, False])
def test_a_report_is_thanked_for_once_or_twice(client: Any, article: Article, script: bool) -> None:
    comment = make_comment(article)
    for _ in range(2):
        answer = client.post(f"/comments/{comment.pk}/flag/", {"reason": "abusive"}, headers=PART if script else {})
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "Thank you: a moderator will look at the comment." in page
        assert ("<html" in page) is not script
    assert Flag.objects.count() == 1


@pytest.mark.parametrize("script", [True, False])
def test_a_report_without_a_reason_keeps_its_note(client: Any, article: Article, script: bool) -> None:
    comment = make_comment(article)
    data = {"note": "Look at the last line"}
    answer = client.post(f"/comments/{comment.pk}/flag/", data, headers=PART if script else {})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose what is wrong with it." in page
    assert "Look at the last line" in page
    assert ("<html" in page) is not script


def test_who_answered_a_comment_is_told_why_it_is_for_others_to_report(
    client_of: Any, member: User, article: Article
) -> None:
    comment, browser = make_comment(article), client_of(member)
    browser.post(f"/comments/{comment.pk}/reply/", {"text": "I do not think so."})
    answer = browser.post(f"/comments/{comment.pk}/flag/", {"reason": "abusive"}, headers=PART)
    assert answer.status_code == 403
    assert "it is for others to report it" in answer.content.decode()


def test_the_count_in_the_head_of_the_admin_is_there_for_moderators_alone(
    client_of: Any, moderator: User, editor: User, article: Article, django_assert_max_num_queries: Any
) -> None:
    for _ in range(2):
        make_comment(article, status="pending")
    Flag.objects.raise_for(make_comment(article), make_reader(), "abusive")
    page = client_of(moderator).get("/admin/").content.decode()
    assert '<a class="moderation" href="/admin/moderation/">' in page
    head = page[page.index('class="moderation"') :][:300]
    assert "<b>2</b>" in head
    assert "reported:</span> 1" in head
    assert 'class="moderation"' not in client_of(editor).get("/admin/").content.decode()
