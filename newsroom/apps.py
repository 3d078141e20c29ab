from typing import Any

from django.apps import AppConfig, apps


class NewsroomConfig(AppConfig):
    name = "newsroom"
    verbose_name = "Newsroom"

    def ready(self) -> None:
        # Permissions exist only after a migration, and nothing else tells of its end: the one receiver of the project.
        from django.db.models.signals import post_migrate  # noqa: TID251

        from newsroom import checks  # noqa: F401 - registers the system checks

        post_migrate.connect(
            make_roles_after_migrate, sender=apps.get_app_config("auth"), dispatch_uid="newsroom.roles"
        )


def make_roles_after_migrate(*, using: str, **kwargs: Any) -> None:
    from newsroom.accounts.roles import make_roles

    # `flush` sends the signal too, without a registry: then it is today's.
    make_roles(apps=kwargs.get("apps") or apps, using=using, app_configs=apps_of_the_roles())


def apps_of_the_roles() -> list[AppConfig]:
    labels = ("lib", "accounts", "articles", "comments", "ratings", "donations", "auth", "admin")
    return [apps.get_app_config(label) for label in labels]
