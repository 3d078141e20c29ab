"""What letters about comments say, and what no commenter can make them say."""

import email
import re
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.core import mail as outgoing
from django.utils import timezone
from django.utils.html import urlize
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.models import Article, Letterhead
from comments.letters import plain_name, plain_words
from comments.models import Comment, ConfirmationLetter, Digest, Notification, Subscription
from newsroom.accounts.models import Letter, Reader, Suppression
from newsroom.lib import stamps
from newsroom.lib.mail import Mail, deliver_due, outboxes
from newsroom.lib.smtp import Sender, send
from tests.make import make_article, make_comment, make_reader

URL = "https://news.example"
#: What mail programs make links of without being asked.
AUTOLINKED = (
    "evil.example/path",
    "https://evil.example/a?b=c",
    "HTTP://EVIL.EXAMPLE",
    "www.evil.example",
    "www.x",
    "evil.example",
    "bank-of-kestrel.co.uk",
    "mailto:evil@evil.example",
    "evil@evil.example",
    "tel:+3491000000",
    "ftp://evil.example/x",
    "//evil.example/x",
    r"\\evil\share",
    "198.51.100.7/login",
    "пример.рф/вход",
    "evil\uff0eexample",
    "evil\u3002com",
    "ev\u00adil.exam\u200bple",
    "(evil.example)",
    "<https://evil.example>",
    "[click](https://evil.example)",
    '<a href="https://evil.example"><img src="https://evil.example/x.gif"></a>',
    "javascript:alert(1)",
)
#: Broader than any mail program: a scheme, two words around a dot, an address of a person, a share, www.
CLICKABLE = re.compile(
    r"""[a-z][a-z0-9+.-]*:// | \w[.\uff0e\u3002\uff61\u2024][^\W\d_]{2} | \w@\w[^\s]*[.\uff0e\u3002]\w
    | \\\\\w | www\. | mailto: | tel: | \d+\.\d+\.\d+\.\d+""",
    re.IGNORECASE | re.VERBOSE,
)


@pytest.fixture(autouse=True)
def a_mail_server(settings: Any, db: None) -> None:
    settings.EMAIL_GIVEN = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.NEWSROOM_URL = URL


def deliver(**how: Any) -> list[EmailMessage]:
    """What the worker sends in its next round, as it goes over the wire."""
    before = len(outgoing.outbox)
    deliver_due(timezone.now(), **how)
    return [
        email.message_from_bytes(sent.message().as_bytes(), policy=policy.default) for sent in outgoing.outbox[before:]
    ]


def confirmed(name: str = "") -> Reader:
    reader = make_reader(name)
    reader.email, reader.verified_at = f"r{reader.pk}@example.com", timezone.now()
    reader.save()
    return reader


@pytest.fixture
def noor(article: Article) -> Reader:
    """Follows every comment on the story."""
    reader = confirmed("Noor B.")
    Subscription.objects.follow(reader, article, "all")
    return reader


def part(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def links_in(html: str) -> set[str]:
    return set(re.findall(r"""(?:href|src)="([^"]+)""", html))


def without_own_words(text: str) -> str:
    """The text part without the lines of the letter itself that are addresses of the site."""
    return "\n".join(line for line in text.split("\n") if URL not in line)


@pytest.mark.once
@pytest.mark.parametrize("address", AUTOLINKED)
def test_a13_nothing_that_a_commenter_types_can_be_clicked_in_a_letter(
    article: Article, noor: Reader, address: str
) -> None:
    root = make_comment(article, text=f"Look at {address} now", reader=make_reader(f"A {address}"[:80]))
    make_comment(article, root, text=f"So: {address}", reader=make_reader("B"))
    for letter in deliver():
        html, text = part(letter, "html"), part(letter, "plain")
        words = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
        assert not CLICKABLE.search(without_own_words(text).replace("Noor B.", "")), text
        assert not CLICKABLE.search(words), words
        assert not CLICKABLE.search(letter["Subject"])
        assert all(link.startswith(f"{URL}/") for link in links_in(html))
        assert "<a" not in urlize(words)
        assert "<img" not in html


@settings(max_examples=300)
@given(st.text(alphabet="ab.:/@w\u200c\u3002\uff0e\\ 1-é", max_size=40))
def test_a13_no_spelling_of_a_name_or_a_text_is_clickable(typed: str) -> None:
    for words in (plain_words(typed, 400), plain_name(typed)):
        assert not CLICKABLE.search(words.replace("\u200c", ""))


def test_a_sentence_without_its_space_is_still_read() -> None:
    assert (
        plain_words("It ended.Then e.g. 3.5 p.m. came…and U.S.A.", 400)
        == "It ended. Then e.g. 3.5 p.m. came…and U.S.A."
    )


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("The bridge ||was blown up|| at dawn", "The bridge [spoiler] at dawn"),
        ("||a|b|| and ||c||.", "[spoiler] and [spoiler]."),
        ("So ||all||of|| it.", "So [spoiler] it."),
        ("||three bars close it too|||", "[spoiler]|"),
        ("||with `a||b` in it||", "[spoiler]"),
        ('||x\n\n(||"who did it"||)', "||x\n\n([spoiler])"),
        ("> > ||quoted||\nMine", "> > [spoiler]\n\nMine"),
        ("a || b || c", "a || b || c"),
        ("||||", "||||"),
        ("|" * 3000, "|" * 399 + "…"),
    ],
)
def test_a_spoiler_is_not_told_in_a_letter(typed: str, read: str) -> None:
    assert plain_words(typed, 400) == read


def test_no_line_of_a_commenter_ends_the_letter_or_speaks_in_its_voice(article: Article, noor: Reader) -> None:
    make_comment(article, text="Bye\n-- \nThe Kestrel\nStop for this story: nowhere")
    (letter,) = deliver()
    text = part(letter, "plain")
    assert text.count("\n-- \n") == 1
    assert "\n  The Kestrel\n  Stop for this story" in text


@pytest.mark.parametrize(
    "name",
    [
        "Eve\r\nBcc: all@example.org",
        "Eve\nSubject: won",
        "Eve\x0b\u2028Bcc: all@example.org",
        "=?utf-8?q?Eve=0D=0ABcc=3A_all=40example.org?=",
        "\u202eevE",
        "E" * 80,
    ],
)
def test_a13_a_hostile_name_changes_no_header(article: Article, noor: Reader, name: str) -> None:
    make_comment(article, reader=make_reader(name))
    (letter,) = deliver()
    assert letter["Bcc"] is None
    assert letter["To"] == noor.email
    assert letter["Subject"].count("\n") == 0
    assert "\u202e" not in letter["Subject"]
    assert len(letter["Subject"]) <= 200
    assert not [key for key in letter if key.lower() == "bcc"]
    assert letter.get_all("Subject") == [letter["Subject"]]
    assert "=?" not in letter["Subject"]


def test_a13_a_nul_byte_in_a_name_or_a_subject_changes_no_header() -> None:
    """PostgreSQL keeps no such name; whatever brings one, a letter does not carry it on."""
    hostile = "Eve\x00\x0b\u2028Bcc: all@example.org"
    assert not {"\x00", "\x0b", "\u2028"} & set(plain_name(hostile))
    send(Mail("noor@example.org", hostile, "text"))
    message = outgoing.outbox[0].message()
    assert message["Bcc"] is None
    assert "\x00" not in message["Subject"]


def test_a13_a_hostile_headline_changes_no_header(article: Article, noor: Reader) -> None:
    article.headline = "Ferries\r\nBcc: all@example.org =?utf-8?q?x?="
    article.save()
    make_comment(article)
    (letter,) = deliver()
    assert letter["Bcc"] is None
    assert "Ferries Bcc: all@example.org" in letter["Subject"]


@pytest.mark.parametrize(
    "address",
    [
        "noor@example.org\r\nBcc: all@example.org",
        "noor@example.org, all@example.org",
        "Noor <noor@example.org>",
        "noör@example.org",  # would be written to as =?utf-8?...?=@example.org
        "noor@example.org\x00",
        "no or@example.org",
        f"{'n' * 60}@{'example.' * 25}org",
        "",
    ],
)
def test_a13_what_is_not_exactly_one_address_is_never_written_to(settings: Any, address: str) -> None:
    with pytest.raises(ValueError, match="Nobody can be written to"):
        send(Mail(address, "Hello", "text"))
    assert outgoing.outbox == []


def test_a13_a_letter_to_no_address_is_given_up_and_says_why(site: Any) -> None:
    row = Letter.objects.create(kind="unknown_account", to="a@b.example\nBcc: c@d.example")
    assert deliver_due(timezone.now()) == {"dead": 1}
    row.refresh_from_db()
    assert "Nobody can be written to" in row.last_error


def test_a13_a_host_in_another_script_is_written_to_under_its_ascii_name() -> None:
    send(Mail("noor@bücher.example", "Hello", "text"))
    assert outgoing.outbox[0].message()["To"] == "noor@xn--bcher-kva.example"


def test_a13_the_sender_s_name_is_one_header(settings: Any) -> None:
    sender = Sender(name='The "Kestrel", daily\r\nBcc: all@example.org', reply_to="desk@news.example")
    send(Mail("noor@example.org", "Hello", "text"), sender=sender)
    message = email.message_from_bytes(outgoing.outbox[0].message().as_bytes(), policy=policy.default)
    assert message["Bcc"] is None
    assert [a.addr_spec for a in message["From"].addresses] == [settings.DEFAULT_FROM_EMAIL]
    assert message["Reply-To"] == "desk@news.example"


def test_letters_of_a_discussion_hang_together_by_ids_that_were_really_sent(article: Article, noor: Reader) -> None:
    root = make_comment(article)
    Subscription.objects.all().end()
    unheard = make_comment(article, root)
    deliver()  # of the root nothing was sent: nobody followed at that moment any more
    Subscription.objects.follow(noor, article, "all")
    reply = make_comment(article, unheard)
    (first,) = deliver()
    story = f"<a.{article.pk}.{noor.pk}@news.example>"
    assert first["References"] == first["In-Reply-To"] == story
    make_comment(article, reply)
    (second,) = deliver()
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["References"].split() == [story, first["Message-ID"]]


def test_a_confirmation_holds_no_word_of_a_reader_and_can_be_stopped(article: Article) -> None:
    reader = make_reader("Buy evil.example", email="victim@example.com")
    make_comment(article, text="Buy at https://evil.example", reader=reader)
    ConfirmationLetter.objects.create(reader=reader, to=reader.email, article=article)
    (letter,) = deliver()
    whole = letter["Subject"] + part(letter, "plain") + part(letter, "html")
    assert "evil" not in whole
    assert "Buy" not in whole
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["List-Id"]
    assert letter["Auto-Submitted"] == "auto-generated"


def test_every_letter_about_comments_can_be_stopped_by_one_click(article: Article) -> None:
    for model in (Notification, Digest, ConfirmationLetter):
        for kind, sample in model.samples().items():
            headers = sample.write().headers
            assert {"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted"} <= set(headers), kind


def test_samples_need_no_row_and_hold_no_reader(site: Any, django_assert_max_num_queries: Any) -> None:
    make_comment(make_article(), text="Not for the preview", reader=make_reader("A real reader"))
    kinds: set[str] = set()
    for model in outboxes():
        for kind, sample in model.samples().items():
            kinds.add(kind)
            mail = sample.write()
            assert mail.text.strip()
            assert mail.html.startswith("<!doctype html>")
            assert "real reader" not in mail.text + mail.html
    assert set(Letterhead.KINDS) <= kinds, "a kind of letter without a sample cannot be looked at"


def test_what_the_newsroom_sets_is_in_its_letters(article: Article, noor: Reader) -> None:
    head = Letterhead.row()
    head.accent, head.footer = "#1a4d8f", "Registered in Saltmere.\n<b>No. 1907</b>"
    head.opening_comment, head.opening_reply = "Somebody has spoken:", "Somebody has answered:"
    head.save()
    stamps.drop_kept()
    make_comment(article)
    (letter,) = deliver()
    html, text = part(letter, "html"), part(letter, "plain")
    assert "background:#1a4d8f" in html
    assert "&lt;b&gt;No. 1907&lt;/b&gt;" in html
    for words in ("Somebody has spoken:", "Registered in Saltmere."):
        assert words in text
        assert words in html
    assert "Somebody has answered:" not in text


def test_a_suppressed_address_hears_nothing_of_comments_and_still_gets_its_account_letters(
    article: Article, noor: Reader
) -> None:
    Suppression.add(noor.email, Suppression.Reason.BOUNCE, note="550 5.1.1 no such user")
    make_comment(article)
    Letter.objects.create(kind="unknown_account", to=noor.email)
    assert [letter["Subject"] for letter in deliver()] == ["There is no account with this address"]
    assert "wants no letters" in Notification.objects.get().last_error
    assert Comment.objects.count() == 1


def test_an_account_notice_holds_no_link_of_whoever_changed_the_account(member: Any) -> None:
    context = {"about": "password_changed", "user_agent": "Mozilla https://evil.example/x evil.example"}
    Letter.objects.create(kind="notice", to=member.email, user=member, context=context)
    (letter,) = deliver()
    assert not CLICKABLE.search(without_own_words(part(letter, "plain")))
