"""Following a discussion, with an address that is asked first: double opt-in that tells nobody who is known here."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.utils import timezone

from articles.models import Article
from comments.models import Comment, ConfirmationLetter, Subscription
from newsroom.accounts.models import Reader, Suppression
from newsroom.lib.ratelimit import hit, mailbox, network
from newsroom.lib.signing import sign, unsign

#: How long the link of a confirmation letter works. An unsubscribe link never expires.
CONFIRM_WITHIN: Final = timedelta(days=30)
LETTERS_A_DAY: Final = 3
#: A network starts so many subscriptions of unknown addresses an hour.
NETWORK_HOUR: Final = 20


def follow(
    request: HttpRequest, reader: Reader, article: Article, kinds: list[str], *, thread: Comment | None = None
) -> bool:
    """Follow in these ways (`thread`: the first comment of one, for that kind); False where a letter must be answered
    first, whether or not one was really sent."""
    for kind in kinds:
        Subscription.objects.follow(reader, article, kind, comment=thread)
    if reader.has_confirmed_address:
        return True
    if kinds:
        ask(request, reader, article)
    return False


def offer(request: HttpRequest, comment: Comment) -> None:
    """A stranger's comment waits, for whatever reason, and the address typed with it has a record here: one letter to its
    owner.

    Whoever confirms it is the person of that record, whose comments need not wait as a stranger's do. The reader who
    posts is told the same whether or not there is one.
    """
    reader = comment.reader
    if comment.is_waiting and not reader.has_confirmed_address and has_record(reader.email):
        ask(request, reader, comment.article, about_record=True)


def has_record(address: str) -> bool:
    """Whether comments are published under an address: its owner's, or such as were brought here with it."""
    readers = Reader.objects.annotate(lower=Lower("email")).filter(lower=address.lower(), user=None).values("pk")
    theirs = Comment.objects.filter(reader__in=readers, status=Comment.Status.PUBLISHED)
    return bool(address) and theirs.filter(Q(reader__verified_at__isnull=False) | ~Q(legacy_id="")).exists()


def ask(request: HttpRequest, reader: Reader, article: Article | None, *, about_record: bool = False) -> None:
    """One letter to the address, unless it wants none, has one waiting, or somebody is flooding it."""
    address = reader.address
    if not address or ConfirmationLetter.objects.waiting().filter(reader=reader, to=address).exists():
        return
    if may_write(request, address, "confirm"):
        ConfirmationLetter.objects.create(reader=reader, to=address, article=article, about_record=about_record)


def may_write(request: HttpRequest, address: str, about: str) -> bool:
    """Whether one more letter that nobody confirmed to want may go to the address: it has not asked for none, and
    neither its day nor this network's hour is full. The answer must not show."""
    if Suppression.holds(address):
        return False
    if not settings.NEWSROOM_LIMITS:
        return True
    mine = hit(f"{about}:{mailbox(address)}", limit=LETTERS_A_DAY, seconds=86400)
    return mine and hit(f"{about}-network:{network(request)}", limit=NETWORK_HOUR, seconds=3600)


def confirm_token(reader: Reader) -> str:
    return sign("comments.confirm", [reader.pk, reader.email])


def reader_to_confirm(token: str) -> tuple[Reader, str]:
    """Whom a confirmation link names, and the address. Raises BadToken; Reader.DoesNotExist where it is all gone."""
    pk, address = unsign("comments.confirm", token, within=CONFIRM_WITHIN)
    reader = Reader.objects.select_related("user", "merged_into").get(pk=pk)
    if reader.email.lower() != address.lower() and reader.survivor.email.lower() != address.lower():
        raise Reader.DoesNotExist
    return reader, address


def confirm(reader: Reader, address: str, *, at_device_of: Reader | None) -> Reader:
    """The owner of `address` has agreed; whose identity the address proves from now on.

    Where the link was opened at the device that asked, that device's reader is confirmed, or joined to the reader whom
    the address had confirmed before. Where it was opened elsewhere, the device that asked gains nothing but its answers:
    somebody who types another person's address and waits for the click must not become that person.
    """
    with transaction.atomic():
        if reader.survivor.verified_at and reader.survivor.email.lower() == address.lower():
            return reader.survivor
        owner = Reader.objects.select_for_update(no_key=True).filter(email__iexact=address).verified().first()
        same_device = at_device_of is not None and at_device_of.pk == reader.pk
        if owner is None and same_device:
            reader.email, reader.verified_at = address, timezone.now()
            reader.save(update_fields=["email", "verified_at"])
            _join_imported(reader)
            return reader
        if owner is None:
            owner = Reader.objects.create(name=reader.name, email=address, verified_at=timezone.now())
        _hand_over(reader, owner)
        if same_device:
            reader.merged_into = owner
            reader.save(update_fields=["merged_into"])
        _join_imported(owner)
    return owner


def _join_imported(owner: Reader) -> None:
    """What was brought from elsewhere under the address is its owner's. What was typed here on other devices is not.

    What its owner gave on several devices counts once.
    """
    said = Comment.objects.filter(reader=OuterRef("pk"))
    brought = Reader.objects.annotate(lower=Lower("email")).filter(
        lower=owner.email.lower(), user=None, verified_at=None
    )
    brought = brought.filter(Exists(said.exclude(legacy_id="")), ~Exists(said.filter(legacy_id="")), merged_into=None)
    brought.exclude(pk=owner.pk).update(merged_into=owner)
    owner.unite()


def _hand_over(reader: Reader, owner: Reader) -> None:
    """Give what was written and followed under the address to the reader whom the address proves."""
    for subscription in reader.subscriptions.running().select_related("article", "comment"):
        Subscription.objects.follow(owner, subscription.article, subscription.kind, comment=subscription.comment)
    reader.subscriptions.end()
    Comment.objects.filter(reader=reader).update(reader=owner)


def unsubscribe_token(reader: Reader, article: Article | None, thread: int = 0) -> str:
    """For one thread (the id of its first comment), one article, or every letter about comments. It never expires."""
    return sign("comments.unsubscribe", [reader.pk, article.pk if article else 0, *([thread] if thread else [])])


def subscriptions_of(token: str) -> tuple["Reader", Article | None, int]:
    """Whose subscriptions a link ends, and where: article and thread. Raises BadToken, Reader.DoesNotExist."""
    pk, article, *threads = unsign("comments.unsubscribe", token)
    reader = Reader.objects.select_related("merged_into").get(pk=pk)
    found = Article.objects.filter(pk=article).first() if article else None
    return reader.survivor, found, sum(threads)


def unsubscribe(reader: Reader, article: Article | None, thread: int = 0) -> int:
    """Idempotent; how many subscriptions ended."""
    mine = Subscription.objects.filter(reader__in=reader.identities)
    if thread:
        return mine.filter(Q(comment=thread) | Q(comment__root=thread)).end()
    return (mine.filter(article=article) if article else mine).end()
