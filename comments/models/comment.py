"""A comment: what a reader says under an article, and the thread it belongs to."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from comments import markup
from comments.models.authored import Authored
from comments.models.deciding import Deciding
from comments.models.forgetting import Forgetting
from comments.models.inline_anchor import InlineAnchor
from comments.models.loading import Loading
from comments.models.moderated import Moderated
from comments.models.posting import Posting
from comments.models.purging import Purging
from comments.models.rerendering import Rerendering
from comments.models.standing_out import StandingOut
from comments.wilson import UNVOTED
from newsroom.accounts.models import Reader
from newsroom.lib.text import one_line, plain

#: Levels that `path` tells apart; an answer below them becomes a neighbour of what it answers.
DEPTH_MAX = 8
#: Decimal digits of `seq` in one level of `path` (letters would misorder under some collations).
DIGITS = 6
SEQ_MAX = 10**DIGITS - 1


class CommentQuerySet(Deciding, models.QuerySet["Comment"]):
    def shown(self, now: datetime) -> Self:
        """What readers may see at `now`: published, under a live article that shows its comments."""
        return self.filter(
            Q(article__expire_at=None) | Q(article__expire_at__gt=now),
            status=Comment.Status.PUBLISHED,
            article__status=Article.Status.PUBLISHED,
            article__publish_at__lte=now,
        ).exclude(article__comments_mode=Article.Comments.HIDDEN)

    def in_place(self) -> Self:
        """What a thread of an article shows: published comments, and the places of removed ones that have answers."""
        return self.filter(visible=True)

    def roots(self, article: Article | int) -> Self:
        return self.in_place().filter(article=article, root=None)


class CommentManager(Posting, Loading, Forgetting, Rerendering, models.Manager.from_queryset(CommentQuerySet)):  # type: ignore[misc]
    """Reading and deciding is `CommentQuerySet`; writing is `post` (one) and `load` (many at once, from elsewhere)."""

    if TYPE_CHECKING:

        def filter(self, *args: Any, **kwargs: Any) -> CommentQuerySet: ...


class Comment(Authored, Moderated, StandingOut, Purging, models.Model):
    class Status(models.TextChoices):
        PUBLISHED = "published", _("published")
        PENDING = "pending", _("waiting for a moderator")
        SPAM = "spam", _("spam")
        REJECTED = "rejected", _("rejected")
        REMOVED = "removed", _("removed")

    class Badge(models.TextChoices):
        NONE = "", _("none")
        STAFF = "staff", _("Newsroom")
        AUTHOR = "author", _("Author")

    article = models.ForeignKey(
        Article, models.CASCADE, db_index=False, related_name="comments", verbose_name=_("article")
    )
    #: The first comment of the thread; empty on the first comment itself.
    root = models.ForeignKey("self", models.CASCADE, null=True, db_index=False, related_name="thread", editable=False)
    #: What this one answers, however deep.
    parent = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        db_index=False,
        related_name="replies",
        editable=False,
        verbose_name=_("answers"),
    )
    #: Arrival within the thread: 0 the first comment, then 1, 2, 3, never used twice.
    seq = models.PositiveIntegerField(default=0, editable=False)
    #: On a thread's first comment: the last `seq` that was given.
    last_seq = models.PositiveIntegerField(default=0, editable=False)
    depth = models.PositiveSmallIntegerField(default=0, editable=False)
    #: Six digits of `seq` a level: sorting by it walks the thread in reading order. It never changes.
    path = models.CharField(max_length=DEPTH_MAX * DIGITS, blank=True, editable=False)

    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.PENDING)
    #: Published, or a removed comment whose place is kept because visible ones answer it.
    visible = models.BooleanField(default=False, editable=False)
    #: Why screening or a moderator put it into this state (`comments.screening.Reason`).
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    #: Every rule that applied when it was screened: a list of `comments.screening.Finding`.
    findings = models.JSONField(default=list, blank=True, editable=False)

    reader = models.ForeignKey(
        Reader, models.PROTECT, db_index=False, related_name="comments", verbose_name=_("written by")
    )
    name = models.CharField(_("name"), max_length=80, help_text=_("As it stood when the comment was written."))
    badge = models.CharField(_("badge"), max_length=6, choices=Badge, blank=True, default=Badge.NONE)
    text = models.TextField(_("text"))
    #: Made from `text` by `comments.markup` and sanitised, once.
    html = models.TextField(editable=False)
    #: `markup.VERSION` of `html`; the worker makes older ones again.
    html_version = models.PositiveSmallIntegerField(default=1, editable=False)
    version = models.PositiveSmallIntegerField(default=1, editable=False)

    up = models.PositiveIntegerField(_("votes for"), default=0, editable=False)
    down = models.PositiveIntegerField(_("votes against"), default=0, editable=False)
    #: Votes that an import brought without their voters; they are part of the two counters above.
    brought_up = models.PositiveIntegerField(default=0, editable=False)
    brought_down = models.PositiveIntegerField(default=0, editable=False)
    best = models.PositiveSmallIntegerField(default=UNVOTED, editable=False)
    #: Visible direct answers, and (on a thread's first comment) visible answers in the thread.
    reply_count = models.PositiveIntegerField(_("replies"), default=0, editable=False)
    thread_count = models.PositiveIntegerField(default=0, editable=False)
    #: Weight of the reports that wait, each person's doubled (`Flag.weight`), each network once.
    flag_weight = models.PositiveIntegerField(_("reports"), default=0, editable=False)
    #: Since when reports of it wait for a moderator.
    reported_at = models.DateTimeField(_("reported"), null=True, editable=False)
    pinned_at = models.DateTimeField(_("pinned"), null=True, editable=False)
    featured_at = models.DateTimeField(_("editor’s pick"), null=True, editable=False)
    closed_at = models.DateTimeField(_("thread closed"), null=True, editable=False)
    #: When a moderator last decided on it, and who. Empty on what nobody has looked at.
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, db_index=False, editable=False, related_name="+",
        verbose_name=_("reviewed by"),
    )  # fmt: skip
    anchor = models.ForeignKey(
        InlineAnchor, models.SET_NULL, null=True, db_index=False, editable=False, related_name="comments"
    )

    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)
    edited_at = models.DateTimeField(_("edited"), null=True, editable=False)
    #: When its writer deleted it: nobody else can bring it back.
    withdrawn_at = models.DateTimeField(_("deleted by its writer"), null=True, editable=False)
    #: Since when nothing is kept of its words and its writer's name (`Purging`): nobody can bring them back.
    purged_at = models.DateTimeField(_("purged"), null=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    #: When letters about it were planned: once, however often it is approved.
    notified_at = models.DateTimeField(null=True, editable=False)
    submit_token = models.CharField(max_length=32, editable=False)
    #: Keyed hash of the writer's network, for a few weeks.
    network = models.CharField(max_length=64, blank=True, editable=False)
    legacy_id = models.CharField(max_length=120, blank=True, editable=False)

    objects: ClassVar[CommentManager] = CommentManager()

    #: Set on what `objects.post` returns when the same submission had been stored before.
    is_repeat = False

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        permissions = [
            ("moderate_comment", _("Can hold, approve and reject comments")),
            ("purge_comment", _("Can purge removed comments for good")),
        ]
        constraints = [
            # Partial, like every index that begins with `root`: SQLite would otherwise take it for `root IS NULL`.
            models.UniqueConstraint(
                fields=["root", "seq"], condition=Q(root__isnull=False), name="one_place_in_a_thread"
            ),
            models.UniqueConstraint(fields=["article", "submit_token"], name="one_comment_per_submission"),
            models.CheckConstraint(condition=Q(depth__lte=DEPTH_MAX), name="comment_is_not_too_deep"),
            models.CheckConstraint(condition=Q(seq__lte=SEQ_MAX, last_seq__lte=SEQ_MAX), name="thread_is_not_too_long"),
            models.CheckConstraint(
                condition=Q(root__isnull=True, parent__isnull=True, seq=0, depth=0, path="")
                | Q(root__isnull=False, parent__isnull=False, seq__gt=0, depth__gt=0),
                name="comment_is_a_root_or_a_reply",
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(visible=True, published_at__isnull=False),
                name="published_comment_is_visible",
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(withdrawn_at__isnull=True), name="deleted_comment_stays_deleted"
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(purged_at__isnull=True), name="purged_comment_stays_away"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="comment_says_something"),
        ]
        indexes = [
            models.Index(
                F("article"), F("created_at").desc(), F("id").desc(),
                condition=Q(root__isnull=True, visible=True), name="comment_newest",
            ),
            models.Index(
                F("article"), F("best").desc(), F("id").desc(),
                condition=Q(root__isnull=True, visible=True), name="comment_best",
            ),
            models.Index(fields=["root", "path"], condition=Q(root__isnull=False), name="comment_path"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="comment_parent"),
            models.Index(F("reader"), F("created_at").desc(), F("id").desc(), name="comment_of_reader"),
            models.Index(F("status"), F("created_at").desc(), F("id").desc(), name="comment_queue"),
            models.Index(
                F("article"), F("status"), F("created_at").desc(), F("id").desc(), name="comment_queue_of_article",
            ),
            models.Index(
                F("reason"), F("created_at").desc(), F("id").desc(),
                condition=Q(status="pending"), name="comment_queue_by_reason",
            ),
            models.Index(
                F("created_at").desc(), F("id").desc(),
                condition=Q(reported_at__isnull=False), name="comment_queue_reported",
            ),
            models.Index(
                F("created_at").desc(), F("id").desc(),
                condition=Q(status="published", reviewed_at__isnull=True, badge=""), name="comment_queue_unreviewed",
            ),
            models.Index(
                F("network"), F("created_at").desc(), F("id").desc(),
                condition=~Q(network=""), name="comment_of_network",
            ),
            models.Index(fields=["reviewed_by"], condition=Q(reviewed_by__isnull=False), name="comment_reviewed_by"),
            models.Index(fields=["anchor", "status", "id"], condition=Q(anchor__isnull=False), name="comment_inline"),
            models.Index(
                F("article"), F("created_at").desc(), F("id").desc(),
                condition=Q(anchor__isnull=False, visible=True), name="comment_inline_newest",
            ),
            models.Index(fields=["article"], condition=Q(pinned_at__isnull=False), name="comment_pinned"),
            models.Index(
                F("article"), F("featured_at").desc(), F("id").desc(),
                condition=Q(featured_at__isnull=False), name="comment_picked",
            ),
            models.Index(
                F("article"), F("published_at").desc(), F("id").desc(),
                condition=Q(status="published"), name="comment_news_of_article",
            ),
            models.Index(
                F("published_at").desc(), F("id").desc(), condition=Q(status="published"), name="comment_news_of_site",
            ),
            models.Index(fields=["id"], condition=Q(notified_at__isnull=True, visible=True), name="comment_to_announce"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name}: {self.spelled_out[:60]}"

    def get_absolute_url(self) -> str:
        return reverse("comment", args=[self.pk])

    @property
    def is_published(self) -> bool:
        return self.status == self.Status.PUBLISHED

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.PENDING

    @property
    def excerpt(self) -> str:
        """Its beginning, as plain words on one line, without what it hides."""
        return Truncator(one_line(plain(markup.unspoiled_html(self.html)), longest=1000)).words(45, truncate=" …")

    @property
    def spelled_out(self) -> str:
        """Its words as they were typed, with what they hide: for its writer and for moderators."""
        return markup.spelled_out(self.text)

    @property
    def waits_for_a_record(self) -> bool:
        """Whether only this stands in its way: nobody knows that its writer is somebody with comments here."""
        return self.is_waiting and self.reason == "first" and not self.reader.has_confirmed_address

    @property
    def told_while_waiting(self) -> str:
        """What every guest reads whose first comment waits: the same, whether or not the address is known here."""
        if not self.waits_for_a_record:
            return ""
        return gettext(
            "Your comment waits for a moderator. Only you see it until then. If you commented here before under this"
            " address, a letter with a link is on its way: once you confirm, your comments need not wait."
        )

    @property
    def first_id(self) -> int:
        """The id of the thread's first comment."""
        return self.root_id or self.pk
