"""Who may do what: the roles as data, and the one function that makes and mends them.

A line is `app.codename`; `app.*` is everything in the app. What holds for single stories ("own drafts only") is decided
by the articles' own rule, on top of this table.
"""

import logging
from collections.abc import Iterable
from typing import Any, Final

from django.contrib.auth.management import create_permissions
from django.db import transaction
from django.utils.translation import gettext_lazy as _

log = logging.getLogger(__name__)

REPORTER: Final = "Reporter"
EDITOR: Final = "Editor"
FRONT_EDITOR: Final = "Front editor"
MODERATOR: Final = "Moderator"
ADMIN: Final = "Admin"

_WRITES: Final = (
    *("articles.view_article", "articles.add_article", "articles.change_article", "articles.submit_article"),
    *("articles.view_byline", "articles.add_byline", "articles.change_byline", "articles.delete_byline"),
    *("articles.view_image", "articles.add_image", "articles.change_image"),
    *("articles.view_liveupdate", "articles.add_liveupdate", "articles.change_liveupdate"),
    *("articles.view_topic", "articles.add_topic", "articles.view_section", "articles.view_author"),
    *("articles.view_revision", "articles.view_transition", "articles.view_correction"),
)
_EDITS: Final = (
    *("articles.edit_any_article", "articles.approve_article", "articles.publish_article"),
    *("articles.add_correction", "articles.change_correction"),
    *("articles.add_author", "articles.change_author", "articles.change_topic", "articles.delete_liveupdate"),
    *("articles.view_page", "articles.change_page", "articles.view_brokenlink"),
    # Questions to readers at passages of stories.
    *("comments.view_inlineanchor", "comments.add_inlineanchor", "comments.change_inlineanchor"),
)
_FRONT: Final = (
    "articles.break_news",
    *("articles.view_alert", "articles.add_alert", "articles.change_alert", "articles.delete_alert"),
    *("articles.view_slot", "articles.add_slot", "articles.change_slot", "articles.delete_slot"),
    # Drafts of asks; putting one live is the admin's.
    *("donations.view_campaign", "donations.add_campaign", "donations.change_campaign"),
)
_MODERATES: Final = (
    *("comments.moderate_comment", "comments.view_comment", "comments.change_comment"),
    *("comments.view_flag", "comments.change_flag", "comments.view_moderationaction", "comments.view_commentrevision"),
    *("comments.view_phrase", "comments.change_phrase"),
    "comments.sanction_reader",
    *("comments.view_inlineanchor", "comments.change_inlineanchor"),
    *("comments.view_subscription", "ratings.view_rating"),
    # Letters about comments: to look at, and to try again.
    *("comments.view_notification", "comments.change_notification", "comments.view_digest", "comments.change_digest"),
    *("accounts.view_reader", "accounts.view_suppression", "accounts.add_suppression"),
)

ROLES: Final[dict[str, tuple[str, ...]]] = {
    REPORTER: _WRITES,
    EDITOR: (*_WRITES, *_EDITS, "articles.withdraw_article"),
    FRONT_EDITOR: (*_WRITES, *_EDITS, *_FRONT),
    MODERATOR: _MODERATES,
    # Account letters hold log-in codes: only a superuser may look at them, whatever a group says.
    ADMIN: (
        "articles.*",
        "comments.*",
        "ratings.*",
        "donations.*",
        "accounts.*",
        "auth.view_group",
        "admin.view_logentry",
    ),
}

#: What the roles come to, in words: a line holds for whoever has all of its permissions.
IN_WORDS: Final[tuple[tuple[Any, tuple[str, ...]], ...]] = (
    (
        _("Write stories, change their own drafts, hand them in for review"),
        ("articles.add_article", "articles.change_article", "articles.submit_article"),
    ),
    (
        _("Change the drafts of others, approve them or send them back"),
        ("articles.edit_any_article", "articles.approve_article"),
    ),
    (
        _("Publish, schedule, publish changes, correct in public"),
        ("articles.publish_article", "articles.add_correction"),
    ),
    (
        _("Break news, put an alert above every page"),
        ("articles.break_news", "articles.add_alert", "articles.change_alert"),
    ),
    (
        _("Arrange the front page and the tops of sections"),
        ("articles.add_slot", "articles.change_slot", "articles.delete_slot"),
    ),
    (_("Prepare asks for support (putting one live is the Admin’s)"), ("donations.change_campaign",)),
    (_("Withdraw a published story"), ("articles.withdraw_article",)),
    (
        _("Reinstate what was withdrawn, delete what never was published"),
        ("articles.reinstate_article", "articles.delete_article"),
    ),
    (_("Redirects, sections and site settings"), ("articles.change_redirect", "articles.change_sitesettings")),
    (
        _("Moderate comments, sanction people, see who gave stars"),
        ("comments.moderate_comment", "comments.sanction_reader", "ratings.view_rating"),
    ),
    (
        _("Invite people, give them roles, take a lost second step off"),
        ("accounts.add_invitation", "accounts.change_user"),
    ),
    (_("Read the log of the desk"), ("admin.view_logentry",)),
)


def grants(lines: Iterable[str], permissions: Iterable[str]) -> bool:
    """Whether lines of the table above come to all of these permissions."""
    lines = set(lines)
    return all(each in lines or f"{each.partition('.')[0]}.*" in lines for each in permissions)


def make_roles(*, apps: Any, using: str, app_configs: Iterable[Any]) -> None:
    """Make every role that is missing and give back what it lost; what an admin gave on top stays.

    `apps` is the registry of the migration that just ran: half-way through, models may be missing from it.
    """
    app_configs = list(app_configs)
    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return
    for app_config in app_configs:
        create_permissions(app_config, verbosity=0, interactive=False, using=using, apps=apps)
    rows = permission_model.objects.using(using).select_related("content_type")
    known = {f"{row.content_type.app_label}.{row.codename}": row for row in rows}
    complete = all(app_config.label in apps.app_configs for app_config in app_configs)
    with transaction.atomic(using=using):
        for name, lines in ROLES.items():
            group, _is_new = group_model.objects.using(using).get_or_create(name=name)
            group.permissions.add(*_expand(lines, known, complete=complete))


def _expand(lines: Iterable[str], known: dict[str, Any], *, complete: bool) -> list[Any]:
    chosen = []
    for line in lines:
        app, _dot, codename = line.partition(".")
        found = [row for name, row in known.items() if name == line or (codename == "*" and name.startswith(f"{app}."))]
        if not found and complete:
            log.warning("A role names the permission %s, which does not exist", line)
        chosen += found
    return chosen
