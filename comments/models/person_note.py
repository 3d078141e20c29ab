"""What moderators write down about a person, for each other."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsroom.accounts.models import Reader

NOTE_MAX = 1000


class PersonNote(models.Model):
    """Readers never see it on the site; the person gets it with their data."""

    reader = models.ForeignKey(Reader, models.CASCADE, related_name="notes", verbose_name=_("about"))
    text = models.CharField(_("note"), max_length=NOTE_MAX)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    made_at = models.DateTimeField(_("when"), default=timezone.now)

    objects: ClassVar[models.Manager["PersonNote"]] = models.Manager()

    class Meta:
        verbose_name = _("note on a person")
        verbose_name_plural = _("notes on people")
        default_permissions = ()
        ordering = ("-pk",)
        constraints = [models.CheckConstraint(condition=~models.Q(text=""), name="note_says_something")]

    def __str__(self) -> str:
        return self.text[:60]
