"""A redirect: an address that was public once keeps leading somewhere."""

from typing import ClassVar

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RedirectManager(models.Manager["Redirect"]):
    def moved(self, old: str, new: str = "", *, article: models.Model | None = None) -> None:
        """`old` leads to `new`, or to wherever `article` stands, from now on: no loops, and no chain longer than one."""
        with transaction.atomic():
            self.filter(old_path=new or article.get_absolute_url()).delete()  # type: ignore[union-attr]
            if new:
                self.filter(new_path=old).update(new_path=new)
            target = {"article": article, "new_path": new, "status": Redirect.Status.MOVED, "automatic": True}
            self.update_or_create(old_path=old, defaults=target)

    def way_from(self, path: str) -> "list[Redirect]":
        """The redirects that a reader who asks for `path` passes through, in order; a circle ends where it closes."""
        way: list[Redirect] = []
        while path and (step := self.filter(old_path=path).first()) and step not in way:
            way.append(step)
            path = step.new_path
        return way

    def followed(self, pk: int) -> None:
        """A reader came by one of them."""
        self.filter(pk=pk).update(hits=F("hits") + 1, hit_at=timezone.now())


class Redirect(models.Model):
    """`old_path` may hold one of WordPress's query addresses (`/?p=12`); every other is a bare path."""

    class Status(models.IntegerChoices):
        MOVED = 301, _("moved for good")
        FOUND = 302, _("moved for now")
        GONE = 410, _("gone")

    old_path = models.CharField(_("old address"), max_length=400, unique=True, help_text=_("From the first slash on."))
    article = models.ForeignKey(
        "articles.Article", models.CASCADE, null=True, blank=True, related_name="redirects", verbose_name=_("story")
    )
    new_path = models.CharField(_("or new address"), max_length=400, blank=True)
    status = models.PositiveSmallIntegerField(_("status"), choices=Status, default=Status.MOVED)
    automatic = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    hits = models.PositiveIntegerField(_("followed"), default=0, editable=False)
    hit_at = models.DateTimeField(_("last followed"), null=True, editable=False)

    objects: ClassVar[RedirectManager] = RedirectManager()

    class Meta:
        verbose_name = _("redirect")
        verbose_name_plural = _("redirects")
        ordering = ("old_path",)
        constraints = [
            models.CheckConstraint(
                condition=Q(status=410) | Q(article__isnull=False) | ~Q(new_path=""),
                name="redirect_leads_somewhere",
                violation_error_message=_("Choose a story or write the new address."),
            ),
            models.CheckConstraint(
                condition=~Q(old_path=models.F("new_path")),
                name="redirect_is_not_a_loop",
                violation_error_message=_("The new address is the old one."),
            ),
            models.CheckConstraint(
                condition=Q(old_path__startswith="/"),
                name="redirect_starts_with_a_slash",
                violation_error_message=_("An address starts with a slash: /about/"),
            ),
        ]

    #: Query addresses that WordPress used; looked up before the cached front page answers.
    WORDPRESS_QUERIES: ClassVar[tuple[str, ...]] = ("p", "page_id")

    def __str__(self) -> str:
        return f"{self.old_path} → {self.target or self.status}"

    def shorten_ways(self) -> None:
        """What led to this one's old address leads on to its target at once."""
        if self.status != self.Status.GONE:
            earlier = Redirect.objects.filter(new_path=self.old_path).exclude(pk=self.pk)
            earlier.update(new_path=self.new_path, article=self.article)

    @property
    def target(self) -> str:
        """Where it leads; '' for an address that is gone."""
        if self.status == self.Status.GONE:
            return ""
        return self.article.get_absolute_url() if self.article else self.new_path
