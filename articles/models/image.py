"""A picture: one asset with its words, its credit and its focal point, and the sizes that exist of it."""

import secrets
from typing import ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def upload_path(instance: "Image", filename: str) -> str:
    """A random name: nothing that an uploader typed reaches the disk. The extension is that of the encoded picture."""
    return f"images/{timezone.now():%Y/%m}/{secrets.token_hex(12)}.{filename.rpartition('.')[2]}"


class ImageQuerySet(models.QuerySet["Image"]):
    def waiting(self) -> Self:
        """Those whose sizes the worker has still to make, the oldest first."""
        return self.filter(renditions_at=None).order_by("id")


class Image(models.Model):
    file = models.ImageField(_("file"), upload_to=upload_path, width_field="width", height_field="height")
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    alt = models.CharField(
        _("alternative text"),
        max_length=300,
        blank=True,
        help_text=_("What the picture shows, for those who can't see it."),
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
    legacy_id = models.CharField(max_length=200, blank=True, editable=False)

    objects: ClassVar[models.Manager["Image"]] = models.Manager.from_queryset(ImageQuerySet)()

    #: Widths in px that the worker makes; never more than the original has.
    WIDTHS: ClassVar[tuple[int, ...]] = (320, 640, 960, 1280, 1600)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decorative=True) | ~models.Q(alt=""),
                name="picture_has_words_or_is_decorative",
                violation_error_message=_("Say what the picture shows, or tick “decorative”."),
            ),
            models.CheckConstraint(
                condition=models.Q(focal_x__lte=100, focal_y__lte=100), name="focal_point_is_inside_the_picture"
            ),
        ]
        indexes = [models.Index(fields=["renditions_at", "id"], name="image_waiting")]

    def __str__(self) -> str:
        return self.alt or self.caption or f"{_('Picture')} {self.pk}"


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
    file = models.FileField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "crop", "format", "width"], name="one_rendition_per_size")
        ]

    def __str__(self) -> str:
        return f"{self.image_id} {self.crop} {self.width} {self.format}"
