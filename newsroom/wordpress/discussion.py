"""The comments of one post: who wrote them, in which state, and what answers what."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import unescape
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from articles.models import Article
from comments import markup
from comments.models import Comment, InlineAnchor, Loaded, NoSuchParent
from newsroom.accounts.models import Reader
from newsroom.lib.html import COMMENT_MAX, TooMuchHTML, clean_comment
from newsroom.lib.models import Stamp
from newsroom.lib.text import one_line
from newsroom.wordpress import wxr
from newsroom.wordpress.autop import paragraphs
from newsroom.wordpress.html import without_comments
from newsroom.wordpress.report import Report
from newsroom.wordpress.survey import Survey

STATES: Final = {
    "1": Comment.Status.PUBLISHED,
    "approve": Comment.Status.PUBLISHED,
    "0": Comment.Status.PENDING,
    "hold": Comment.Status.PENDING,
    "spam": Comment.Status.SPAM,
    "trash": Comment.Status.REMOVED,
    "post-trashed": Comment.Status.REMOVED,
}
_LINK = re.compile(r"""<a\b[^>]*?href\s*=\s*["']([^"']*)["'][^>]*>(.*?)</a>""", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|blockquote|h[1-6])>", re.IGNORECASE)
_QUOTE = re.compile(r"<blockquote\b[^>]*>(.*?)</blockquote>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


class Discussions:
    def __init__(self, survey: Survey, report: Report) -> None:
        self._survey = survey
        self._report = report
        self._readers: dict[tuple[str, str], Reader] = {}
        self._staff = {author.id: author.login.lower() for author in survey.authors.values() if author.id}

    def forget(self) -> None:
        """Rows that were made in a transaction that was taken back are looked up anew."""
        self._readers = {}

    def store(self, article: Article, post: wxr.Post) -> None:
        """Every comment of the post that is not here yet; the ones that are stay as moderators left them."""
        wanted = self._acceptable(post)
        if wanted:
            self._store(article, post, wanted)
        if article.questions or InlineAnchor.objects.filter(article=article).exists():
            InlineAnchor.objects.fit(article.pk)
        self._place_answers(article, post, [comment for comment in wanted if comment.feedback])

    def _place_answers(self, article: Article, post: wxr.Post, answers: list[wxr.Comment]) -> None:
        """Answers of wpDiscuz to the question that the text asks. Which of several, an export does not say."""
        if not answers:
            return
        asked = list(InlineAnchor.objects.filter(article=article, in_text=True)[:2])
        if len(asked) != 1:
            subject = f"{len(answers)} inline comments on “{post.title}”"
            self._report.note(
                subject, "kept without their passage", "the export does not say which question they answer"
            )
            return
        keys = [self._survey.key(comment.id) for comment in answers]
        found = Comment.objects.filter(article=article, legacy_id__in=keys, root=None, anchor=None)
        found.update(anchor=asked[0])
        Stamp.objects.bump(Stamp.article(article.pk))

    def _store(self, article: Article, post: wxr.Post, wanted: list[wxr.Comment]) -> None:
        keys = {self._survey.key(comment.id): comment.id for comment in wanted}
        rows = Comment.objects.filter(article=article).exclude(legacy_id="")
        here = {keys[row.legacy_id]: row for row in rows if row.legacy_id in keys}
        self._report.unchanged["comments"] += len(here)
        new = self._rows([comment for comment in wanted if comment.id not in here], post, set(here))
        later = self._descends_from(here, new)
        Comment.objects.load(article, [row for row in new if row.key not in later])
        for row in sorted((row for row in new if row.key in later), key=lambda row: row.created_at):
            self._answer(article, row, here)
        self._report.new["comments"] += len(new)

    def _acceptable(self, post: wxr.Post) -> list[wxr.Comment]:
        seen: dict[int, wxr.Comment] = {}
        for comment in post.comments:
            subject = f"comment {comment.id} on “{post.title}”"
            if comment.kind in {"pingback", "trackback"}:
                self._report.refuse("pingbacks", subject, f"a {comment.kind}, not a comment")
            elif comment.kind not in {"comment", "note", "review"}:
                self._report.refuse("comments", subject, f"of the type “{comment.kind}”, which readers never see")
            elif not comment.id or comment.id in seen:
                self._report.refuse("comments", subject, "its number is missing or taken")
            elif not as_text(comment.content):
                self._report.refuse("comments", subject, "it says nothing")
            else:
                seen[comment.id] = comment
        return list(seen.values())

    def _rows(self, new: list[wxr.Comment], post: wxr.Post, here: set[int]) -> list[Loaded]:
        parents = {comment.id: comment.parent for comment in new}
        rows = []
        for comment in new:
            subject = f"comment {comment.id} on “{post.title}”"
            parent = comment.parent
            if parent and parent not in parents and parent not in here:
                self._report.note(subject, "starts a thread of its own", f"what it answers ({parent}) is not there")
                parent = 0
            elif parent and _is_circle(comment.id, parents):
                self._report.note(subject, "starts a thread of its own", "it answers itself, by way of others")
                parent = 0
            rows.append(self._row(comment, parent, post, subject))
        return rows

    def _row(self, comment: wxr.Comment, parent: int, post: wxr.Post, subject: str) -> Loaded:
        status = STATES.get(comment.approved)
        if status is None:
            self._report.note(subject, "waits for a moderator", f"its state “{comment.approved}” is unknown")
            status = Comment.Status.PENDING
        created = comment.date or post.date or timezone.now()
        login = self._staff.get(comment.user_id)
        badge = "" if not login else "author" if login == post.creator.lower() else "staff"
        return Loaded(
            key=comment.id,
            reader=self._reader(comment, subject),
            name=one_line(comment.author, longest=80) or gettext("A reader"),
            text=as_text(comment.content),
            html=as_html(comment.content),
            created_at=created if created.year > 1 else datetime(1970, 1, 1, tzinfo=UTC),
            parent=parent or None,
            status=str(status),
            badge=badge,
            legacy_id=self._survey.key(comment.id),
        )

    def _reader(self, comment: wxr.Comment, subject: str) -> Reader:
        """One guest per typed address and name. Nobody's confirmed address, and no member, gets words by an import."""
        email = comment.email.strip()
        name = one_line(comment.author, longest=80)
        try:
            validate_email(email)
        except ValidationError:
            if email:
                self._report.note(subject, "without its e-mail address", "it is no address")
            email = ""
        key = (email.lower(), name)
        if key not in self._readers:
            guests = Reader.objects.filter(
                user=None, verified_at=None, email__iexact=email, name=name, merged_into=None
            )
            found = guests.filter(comments__legacy_id__startswith=self._survey.key("")).first()
            self._readers[key] = found or Reader.objects.create(name=name, email=email[:254])
        return self._readers[key]

    def _descends_from(self, here: dict[int, Comment], rows: list[Loaded]) -> set[object]:
        """New comments that answer, at whatever distance, one that an earlier import stored."""
        below: set[object] = set(here)
        found: set[object] = set()
        grew = bool(below)
        while grew:
            more = {row.key for row in rows if row.parent in below and row.key not in found}
            found |= more
            below = more
            grew = bool(more)
        return found

    def _answer(self, article: Article, row: Loaded, here: dict[int, Comment]) -> None:
        """A reply to what is in the database already. No letters: its own moment has passed."""
        parent = here.get(row.parent) if isinstance(row.parent, int) else None
        with transaction.atomic():
            try:
                comment = self._post(article, parent, row)
            except NoSuchParent:  # what it answers is not public here any more
                comment = self._post(article, None, row)
            published = row.created_at if row.status == "published" else None
            marks = {"legacy_id": row.legacy_id, "notified_at": row.created_at, "published_at": published}
            Comment.objects.filter(pk=comment.pk).update(**marks, html=row.html or comment.html)
        if isinstance(row.key, int):
            here[row.key] = comment

    def _post(self, article: Article, parent: Comment | None, row: Loaded) -> Comment:
        return Comment.objects.post(
            article, parent, row.reader, row.text,
            status=row.status, name=row.name, badge=row.badge, created_at=row.created_at,
        )  # fmt: skip


def _is_circle(start: int, parents: dict[int, int]) -> bool:
    seen, at = {start}, parents.get(start, 0)
    while at in parents:
        if at == start:
            return True
        if at in seen:
            return False
        seen.add(at)
        at = parents[at]
    return False


def as_html(content: str) -> str | None:
    """WordPress lets comments hold a little HTML: the same little as here. None: make it from the text."""
    try:
        return clean_comment(paragraphs(without_comments(content))) if len(content) < COMMENT_MAX else None
    except TooMuchHTML:
        return None


def as_text(content: str) -> str:
    """The comment as somebody would type it here: quotes by >, addresses behind the words that were linked."""
    text = _QUOTE.sub(lambda quote: "\n" + _quoted(quote[1]) + "\n\n", without_comments(content))
    text = _LINK.sub(lambda link: _link(link[1], _TAG.sub("", link[2])), text)
    text = unescape(_TAG.sub("", _BREAK.sub("\n", text)))
    return re.sub(r"\n{3,}", "\n\n", markup.tidy(text))


def _quoted(inner: str) -> str:
    lines: Iterable[str] = _TAG.sub("", _BREAK.sub("\n", _LINK.sub(r"\2", inner))).strip().split("\n")
    return "\n".join(f"> {line.strip()}" for line in lines if line.strip())


def _link(address: str, words: str) -> str:
    words = words.strip()
    return (
        words if not address.startswith(("http://", "https://")) or address in words else f"{words} ({address})".strip()
    )
