"""Is a story ready for readers? Collects what the checklist looks at, and refuses a step that it does not allow."""

from collections.abc import Iterable
from copy import copy
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.forms.models import construct_instance
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.blocks import image_ids, lone_addresses
from articles.checklist import Checklist, Facts, Picture, check
from articles.links import broken
from articles.models import Article, Image
from articles.models.site_settings import site_settings
from articles.models.snapshot import put
from articles.models.workflow import StepRefused
from articles.videos import player_of

if TYPE_CHECKING:
    from articles.forms import ArticleForm

#: The steps after which readers see what stands in the story.
CHECKED: Final = frozenset({"publish", "schedule", "publish_update"})
_A_WEEK: Final = timedelta(days=7)


def checklist_of(article: Article, *, at: datetime | None = None, bylines: int | None = None) -> Checklist:
    """What stands in the way of the story as it is held in memory, saved or not.

    `at` is the moment chosen for readers to see it; `bylines` counts the names where they are not stored yet.
    """
    return check(_facts(article, timezone.now(), at, bylines))


def checklist_of_form(form: "ArticleForm") -> Checklist:
    """The same for what stands in a form that was looked through, valid or not, wherever saving it puts it."""
    data: dict[str, Any] = form.cleaned_data
    names = data.get("bylines")
    story = construct_instance(form, copy(form.instance), form._meta.fields)
    return checklist_of(story, at=data.get("publish_on"), bylines=None if names is None else len(names))


def checklist_of_draft(article: Article) -> Checklist:
    """The same for the working draft of a story, if it has one."""
    draft = article.working_draft
    if draft is None:
        return checklist_of(article)
    story = copy(article)
    put(story, draft.data)
    return checklist_of(story, bylines=len(draft.data["bylines"]))


def refuse_unready(checklist: Checklist, accepted: str = "") -> None:
    """Raises StepRefused with what must be mended, else with what nobody has said yes to."""
    if errors := checklist.errors:
        start = ngettext("%d thing must be mended before readers see this:", "%d things must be mended before readers see this:", len(errors))  # fmt: skip
        raise StepRefused(f"{start % len(errors)} {_sentences(errors)}")
    if unanswered := checklist.unanswered(accepted):
        start = _("look at this first, then tick “Publish all the same”:")
        raise StepRefused(f"{start} {_sentences(unanswered)}")


def _sentences(findings: Iterable[Any]) -> str:
    return " ".join(finding.sentence for finding in findings)


def _facts(article: Article, now: datetime, at: datetime | None, bylines: int | None) -> Facts:
    stored = article.pk is not None
    return Facts(
        now=now,
        kind=article.kind,
        headline=article.headline,
        slug=article.slug,
        standfirst=article.standfirst,
        body=article.body,
        section=article.section_id is not None,
        bylines=(article.bylines.count() if stored else 0) if bylines is None else bylines,
        disclaimer=_has_disclaimer(article),
        lead=_picture(article.lead_image, "lead_image"),
        pictures=_pictures(article),
        video_url=article.video_url,
        video_plays=not article.video_url or player_of(article.video_url) is not None,
        video_seconds=article.video_duration,
        seo_title=article.seo_title,
        seo_description=article.seo_description,
        embargo_until=article.embargo_until,
        expire_at=article.expire_at,
        publish_at=at,
        dead_links=tuple(broken(article.body, now)),
        lone_addresses=lone_addresses(article.body),
        same_headline=_same_headline(article, now),
        retracted=stored and article.retraction is not None,
    )


def _has_disclaimer(article: Article) -> bool:
    section = article.section.disclaimer if article.section_id else ""
    return bool(article.disclaimer or section or site_settings().disclaimer_for(article.kind))


def _picture(image: Image | None, field: str) -> Picture | None:
    if image is None:
        return None
    return Picture(field, image.pk, tuple(image.missing_to_publish()), image.width)


def _pictures(article: Article) -> tuple[Picture, ...]:
    shown = Image.objects.filter(pk__in=image_ids(article.body)) if "data-image" in article.body else []
    found = [_picture(image, "body") for image in shown] + [_picture(article.social_image, "social_image")]
    return tuple(picture for picture in found if picture)


def _same_headline(article: Article, now: datetime) -> bool:
    """By the index of what is newest: a week of stories, compared as they are written."""
    recent = Article.objects.live(now).filter(publish_at__gte=now - _A_WEEK).exclude(pk=article.pk)
    return bool(article.headline) and recent.filter(headline=article.headline).exists()
