"""Which stories, in which order, and with what read beside them: every query for stories starts here."""

from datetime import datetime
from typing import TYPE_CHECKING, Self, cast

from django.db import models
from django.db.models import Exists, OuterRef, Q

from articles.models.correction import Correction
from newsroom.lib.planner import by_key

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from articles.models.article import Article  # noqa: F401 - named in the base class below
    from articles.models.section import Section
    from newsroom.accounts.models import User

#: What a list of cards shows; the bodies stay in the database.
CARD_FIELDS = (
    *("id", "kind", "status", "headline", "slug", "dated", "kicker", "standfirst", "section", "lead_image", "words"),
    *("publish_at", "expire_at", "updated_at", "breaking_until", "live_ended_at", "video_duration", "comments_mode"),
)


IMAGE_FIELDS = (
    *("id", "file", "width", "height", "alt", "decorative", "caption", "credit", "credit_url"),
    *("focal_x", "focal_y"),
)


class ArticleQuerySet(models.QuerySet["Article"]):
    def live(self, now: datetime) -> Self:
        """What readers may see at `now`: the only spelling of it. Every list, feed, search and letter starts here."""
        unexpired = Q(expire_at=None) | Q(expire_at__gt=now)
        return self.filter(unexpired, status=self.model.Status.PUBLISHED, publish_at__lte=now)

    def visible_to(self, user: "User | AnonymousUser", now: datetime) -> Self:
        """Live stories, and for whoever works on stories the others too (own ones only, without the right to change all)."""
        if not user.is_authenticated or not user.is_staff:
            return self.live(now)
        if user.has_perm("articles.edit_any_article"):
            return self
        return self.written_by(user) | self.live(now)

    def written_by(self, user: "User") -> Self:
        """Stories that `user` began or signed: two look-ups by index, where a condition over both would read every story."""
        stories = self.model._default_manager.order_by()
        begun, signed = stories.filter(created_by=user), stories.filter(authors__user=user)
        return self.filter(pk__in=begun.values("pk").union(signed.values("pk")))

    def breaking(self, now: datetime) -> Self:
        return self.live(now).filter(breaking_until__gt=now).order_by("-publish_at", "-id")

    def newest(self) -> Self:
        return self.order_by("-publish_at", "-id")

    def older_than(self, publish_at: datetime, pk: int) -> Self:
        """The keyset of `newest()`; spelled so that both databases start at the right place of the index."""
        older = self.filter(Q(publish_at__lt=publish_at) | Q(id__lt=pk), publish_at__lte=publish_at)
        # Where there are two upper bounds (`live` has one), SQLite begins at the first: that must be this one, or a page deep
        # in a list walks to it from the newest story.
        terms, before = older.query.where.children, len(self.query.where.children)
        terms[:] = terms[before:] + terms[:before]
        return older

    def newer_than(self, publish_at: datetime, pk: int) -> Self:
        return self.filter(Q(publish_at__gt=publish_at) | Q(id__gt=pk), publish_at__gte=publish_at)

    def in_section(self, section: "Section") -> Self:
        """Stories whose first or further section it is."""
        return self.filter(
            Q(section=section) | Q(pk__in=self.model.also_in.through.objects.filter(section=section).values("article"))
        )

    def also_in_section(self, section: "Section | int") -> Self:
        """Stories that have it as a further section."""
        among = by_key(self, self.model.also_in.through.objects.filter(section=section).values("article"))
        return cast("Self", among)

    def for_cards(self) -> Self:
        """Everything that a card shows, in three queries whatever the number of cards."""
        return (
            self.select_related("section", "lead_image")
            .prefetch_related("bylines__author", "lead_image__renditions")
            .only(*CARD_FIELDS, *_related("section", "id", "name", "slug"), *_related("lead_image", *IMAGE_FIELDS))
        )

    def for_page(self) -> Self:
        """What the story's own page shows of the story itself. Bylines and picture sizes are left to the page, which reads
        them together with those of its cards; what few stories have is only asked about: `has_further_sections`,
        `has_corrections`.
        """
        further = self.model.also_in.through.objects.filter(article=OuterRef("pk"))
        corrections = Correction.objects.filter(article=OuterRef("pk"))
        return (
            self.select_related("section__parent", "lead_image", "social_image")
            .prefetch_related("topics")
            .defer("body_text")
            .annotate(has_further_sections=Exists(further), has_corrections=Exists(corrections))
        )


def _related(name: str, *fields: str) -> list[str]:
    return [f"{name}__{field}" for field in fields]
