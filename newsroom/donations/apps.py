from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DonationsConfig(AppConfig):
    name = "newsroom.donations"
    label = "donations"
    verbose_name = _("Asks")
    default_auto_field = "django.db.models.BigAutoField"
