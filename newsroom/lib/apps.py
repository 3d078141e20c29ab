from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "newsroom.lib"
    label = "lib"
    verbose_name = "Mail and cache"
    default_auto_field = "django.db.models.BigAutoField"
