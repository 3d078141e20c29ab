"""A picture: one asset with its words, its credit and its focal point, and the sizes that exist of it."""

import secrets
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.blocks import image_ids

if TYPE_CHECKING:
    from articles.models.article import Article

_UNDESCRIBED: Final = Q(alt="", decorative=False)


def upload_path(instance: "Image", filename: str) -> str:
    """A random name: nothing that an uploader typed reaches the disk. The extension is that of the encoded picture."""
    return f"images/{timezone.now():%Y/%m}/{secrets.token_hex(12)}.{filename.rpartition('.')[2]}"


class ImageQuerySet(models.QuerySet["Image"]):
    def waiting(self) -> Self:
        """Those whose sizes the worker has still to make, the newest first."""
        return self.filter(renditions_at=None).order_by("-id")

    def waiting_for_avif(self) -> Self:
        """Those that are shown as WebP and JPEG until the worker has drawn them as AVIF too, the newest first."""
        return self.filter(avif_at=None, renditions_at__isnull=False, renditions_error="").order_by("-id")

    def undescribed(self) -> Self:
        """Those that nobody has described, nor called decorative."""
        return self.filter(_UNDESCRIBED)

    def incomplete(self) -> Self:
        """Those that no story can be published with; `Image.missing_to_publish` says why."""
        return self.filter(_UNDESCRIBED | Q(credit=""))

    def unused(self) -> Self:
        """Those that nothing shows: no story, author, letter or setting."""
        shown = [Exists(rel.related_model._base_manager.filter(**{rel.field.name: OuterRef("pk")})) for rel in places()]
        return self.filter(*(~each for each in shown))

    def search(self, words: str) -> Self:
        """Every word in the description, caption, credit, file name or the uploader's name; "unused", "without alt" and
        "without credit" ask for that."""
        found, words = self, words[:200].lower()
        states = {
            "unused": found.unused(),
            "without alt": found.undescribed(),
            "without credit": found.filter(credit=""),
        }
        for state, narrowed in states.items():
            if state in words:
                found, words = found & narrowed, words.replace(state, " ")
        for word in words.split()[:8]:
            anywhere = [Q(**{f"{field}__icontains": word}) for field in _SEARCHED]
            found = found.filter(Q(*anywhere, _connector=Q.OR))
        return found

    def tie(self, article: "Article") -> None:
        """Note which pictures the text of a story shows, as it is stored now."""
        wanted, rows = image_ids(article.body), self.model.shown_in.through.objects
        rows.filter(article=article).exclude(image__in=wanted).delete()
        if wanted:
            known = self.filter(pk__in=wanted).values_list("pk", flat=True)
            ties = [self.model.shown_in.through(article_id=article.pk, image_id=pk) for pk in known]
            rows.bulk_create(ties, ignore_conflicts=True)


_SEARCHED: Final = ("alt", "caption", "credit", "original_name", "uploaded_by__name", "uploaded_by__email")


def places() -> list[Any]:
    """Every relation by which something shows a picture, whichever app it stands in."""
    fields = Image._meta.get_fields(include_hidden=True)
    return [each for each in fields if each.one_to_many and each.related_model is not Rendition]


class Image(models.Model):
    file = models.ImageField(_("file"), upload_to=upload_path, width_field="width", height_field="height")
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    #: Of the file as it was uploaded: the same file again is the same picture.
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    original_name = models.CharField(_("file name"), max_length=200, blank=True, editable=False)
    alt = models.CharField(
        _("alternative text"),
        max_length=300,
        blank=True,
        help_text=_("What the picture shows, for those who can't see it. A story is published only with it."),
    )
    decorative = models.BooleanField(
        _("decorative"), default=False, help_text=_("Says nothing that the text doesn't say.")
    )
    caption = models.CharField(_("caption"), max_length=400, blank=True)
    credit = models.CharField(_("credit"), max_length=120, blank=True)
    credit_url = models.URLField(_("credit link"), blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    licence = models.CharField(_("licence"), max_length=80, blank=True)
    focal_x = models.PositiveSmallIntegerField(
        _("focal point, % from the left"), default=50, validators=[MaxValueValidator(100)]
    )
    focal_y = models.PositiveSmallIntegerField(
        _("focal point, % from the top"), default=50, validators=[MaxValueValidator(100)]
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)
    renditions_at = models.DateTimeField(_("sizes made"), null=True, editable=False)
    renditions_error = models.CharField(max_length=300, blank=True, editable=False)
    avif_at = models.DateTimeField(null=True, editable=False)
    legacy_id = models.CharField(max_length=200, blank=True, editable=False)
    #: Stories whose text shows it, kept by their save.
    shown_in = models.ManyToManyField("articles.Article", related_name="body_images", editable=False)

    objects: ClassVar[models.Manager["Image"]] = models.Manager.from_queryset(ImageQuerySet)()

    #: Widths in px that the worker makes; never more than the original has.
    WIDTHS: ClassVar[tuple[int, ...]] = (320, 640, 960, 1280, 1600)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(focal_x__lte=100, focal_y__lte=100), name="focal_point_is_inside_the_picture"
            ),
        ]
        indexes = [
            models.Index(fields=["renditions_at", "id"], name="image_waiting"),
            models.Index(fields=["avif_at", "id"], name="image_waiting_for_avif"),
        ]

    def __str__(self) -> str:
        return self.alt or self.caption or f"{_('Picture')} {self.pk}"

    def missing_to_publish(self) -> list[str]:
        """What must be said of the picture before a story with it is published, a sentence each; [] where nothing is."""
        missing = []
        if not self.alt.strip() and not self.decorative:
            missing.append(gettext("Say what the picture shows, or tick “decorative”."))
        if not self.credit.strip():
            missing.append(gettext("Say whose picture it is: the credit is missing."))
        return missing


class Rendition(models.Model):
    """One size of a picture that exists as a file; `srcset` lists these and nothing else."""

    class Crop(models.TextChoices):
        FULL = "full", _("whole picture")
        WIDE = "16x9", "16:9"
        CLASSIC = "4x3", "4:3"
        SQUARE = "1x1", "1:1"

    class Format(models.TextChoices):
        AVIF = "avif", "AVIF"
        WEBP = "webp", "WebP"
        JPEG = "jpeg", "JPEG"

    image = models.ForeignKey(Image, models.CASCADE, related_name="renditions")
    crop = models.CharField(max_length=5, choices=Crop)
    format = models.CharField(max_length=5, choices=Format)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    #: Which part of the picture it shows, in px of the original: "left,top,right,bottom".
    box = models.CharField(max_length=40, blank=True)
    file = models.FileField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "crop", "format", "width"], name="one_rendition_per_size")
        ]

    def __str__(self) -> str:
        return f"{self.image_id} {self.crop} {self.width} {self.format}"
