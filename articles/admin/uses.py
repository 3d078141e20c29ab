"""Where a picture is shown: for whoever thinks of changing or deleting it."""

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Article, Autosave, Image, LiveUpdate, Page, Revision
from articles.models.image import places

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from newsroom.accounts.models import User

#: Places of one kind that are named; of more it is said that there are more.
_NAMED: Final = 12


class Use(NamedTuple):
    how: str
    name: str
    #: "" where whoever asks may not know which it is.
    url: str


def uses_of(image: Image, user: "User | AnonymousUser") -> list[Use]:
    """The newest stories first; a story that `user` may not see is only counted in."""
    kinds = {_("lead picture"): Q(lead_image=image), _("shared with"): Q(social_image=image)}
    kinds[_("in the text")] = Q(body_images=image)
    found = [use for how, which in kinds.items() for use in _stories(how, Article.objects.filter(which), user)]
    for relation in places():
        model = relation.related_model
        if model is not Article and model is not Image.shown_in.through:
            rows = model._base_manager.filter(**{relation.field.name: image})[:_NAMED]
            found += [
                Use(str(relation.field.verbose_name), f"{model._meta.verbose_name} “{row}”", _change(row))
                for row in rows
            ]
    return found


def changed_at_once(image: Image, changed: Collection[str]) -> list[Article]:
    """The stories of readers that look different as soon as these fields of the picture do, the newest first.

    The words around a picture within a text are the story's own, and a lead picture's caption where the story has one.
    """
    shown = Q(pk=None)
    if "another" in changed:
        shown = Q(lead_image=image) | Q(social_image=image) | Q(body_images=image)
    elif {"alt", "decorative", "credit", "credit_url"} & set(changed):
        shown = Q(lead_image=image) | Q(social_image=image)
    elif "caption" in changed:
        shown = Q(lead_image=image, lead_caption="")
    if {"alt", "decorative"} & set(changed):
        shown |= Q(pk__in=_undescribed_in(image))
    live = Article.objects.live(timezone.now()).filter(shown)
    return list(live.only("id", "headline").order_by("-id").distinct())


def _undescribed_in(image: Image) -> list[int]:
    """Stories whose text shows the picture without a description of its own: they say the picture's."""
    tag = re.compile(rf'<img\b(?=[^>]*\sdata-image="{image.pk}")(?![^>]*\salt="[^"])')
    texts = Article.objects.filter(body_images=image).values_list("pk", "body")
    return [pk for pk, body in texts.iterator() if tag.search(body)]


def _stories(how: str, stories: QuerySet[Article], user: "User | AnonymousUser") -> list[Use]:
    visible = set(
        Article.objects.visible_to(user, timezone.now())
        .filter(pk__in=stories.values("pk"))
        .values_list("pk", flat=True)
    )
    rows = stories.only("id", "headline").order_by("-id")[: _NAMED + 1]
    named = [
        Use(how, row.headline, _change(row)) if row.pk in visible else Use(how, _("a story of a colleague"), "")
        for row in rows
    ]
    return [*named[:_NAMED], Use(how, _("and more"), "")] if len(named) > _NAMED else named


def _change(row: object) -> str:
    meta = row._meta  # type: ignore[attr-defined]
    try:
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])  # type: ignore[attr-defined]
    except NoReverseMatch:
        return ""


def is_used(image: Image) -> bool:
    """Whether anything shows the picture now."""
    return not Image.objects.unused().filter(pk=image.pk).exists()


def was_used(image: Image) -> bool:
    """Whether a page, an entry of a live page, any version or an unsaved text of a story names it. Reads every text: only
    before deleting."""
    mark = f'data-image="{image.pk}"'
    if any(model._base_manager.filter(body__contains=mark).exists() for model in (Article, LiveUpdate, Page)):
        return True
    leads = ("lead_image_id", "social_image_id", "lead_image", "social_image")  # older versions use the shorter names
    versions = Q(*((f"data__{name}", image.pk) for name in leads), _connector=Q.OR)
    unsaved = Q(data__lead_image__0=str(image.pk)) | Q(data__social_image__0=str(image.pk))
    return (
        Revision.objects.filter(versions | Q(data__body__icontains=mark)).exists()
        or Autosave.objects.filter(unsaved | Q(data__body__0__icontains=mark)).exists()
    )
