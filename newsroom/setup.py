"""The first day of a site: its name, its language and time, its first admin, and the pages that every site needs."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext, gettext_lazy, override

from articles.models import Page, SiteSettings
from articles.models.site_settings import known_time_zone
from newsroom.accounts.models import User
from newsroom.accounts.roles import ADMIN
from newsroom.lib.models import Stamp

#: Slug, title, and whether the text can stand as it is; the others are drafts that say what belongs there.
PAGES: Final = (
    ("about", gettext_lazy("About us"), False),
    ("contact", gettext_lazy("Contact"), False),
    ("privacy", gettext_lazy("Privacy"), True),
    ("house-rules", gettext_lazy("House rules"), True),
    ("corrections-policy", gettext_lazy("Corrections policy"), True),
    ("support", gettext_lazy("Support us"), False),
)


class SetUpAlready(Exception):
    """There is an admin: what the site is called is changed in the admin now."""


@dataclass(frozen=True, slots=True)
class NewSite:
    name: str
    language: str
    time_zone: str
    email: str
    password: str
    admin_name: str = ""

    def clean(self) -> None:
        """Raises ValidationError with one message per thing that cannot be."""
        errors = []
        for check, value in (
            (_some_name, self.name),
            (_known_language, self.language),
            (known_time_zone, self.time_zone),
            (validate_email, self.email),
            (validate_password, self.password),
        ):
            try:
                check(value)
            except ValidationError as error:
                errors += error.messages
        if errors:
            raise ValidationError(errors)


def is_set_up() -> bool:
    return User.objects.filter(is_superuser=True).exists()


@transaction.atomic
def start(new: NewSite) -> User:
    """Fill an empty database; everything or nothing. Raises SetUpAlready, ValidationError."""
    if is_set_up():
        raise SetUpAlready
    new.clean()
    site = SiteSettings.row()
    site.name, site.language, site.time_zone = new.name, new.language, new.time_zone
    site.contact_email = site.contact_email or new.email
    with override(new.language):
        site.disclaimer_opinion = gettext("The views expressed are the author’s own.")
        site.save()
        make_pages(site)
    admin = User.objects.create_superuser(new.email, new.password, name=new.admin_name)
    admin.groups.add(Group.objects.get(name=ADMIN))
    Stamp.objects.bump(Stamp.SITE)
    return admin


def make_pages(site: SiteSettings) -> None:
    """The pages that every site needs, where it has none of that address yet."""
    present = set(Page.objects.values_list("slug", flat=True))
    for position, (slug, title, is_live) in enumerate(PAGES, 1):
        if slug not in present:
            body = render_to_string(f"setup/{slug}.html", {"site": site})
            Page.objects.create(slug=slug, title=str(title), body=body, is_live=is_live, position=position * 10)


def steps_after(new: NewSite) -> list[str]:
    """What the person who sets up should know next."""
    lines = [
        gettext("%(name)s is ready at %(url)s/") % {"name": new.name, "url": settings.NEWSROOM_URL},
        gettext("The desk: %(url)s/admin/ (log in as %(email)s)") % {"url": settings.NEWSROOM_URL, "email": new.email},
        gettext("About, Contact and Support are drafts: write them in the admin under Pages."),
    ]
    if not settings.EMAIL_GIVEN:
        lines.append(gettext("EMAIL_URL is not set: letters stay on this machine, readable in the admin."))
    if urlsplit(settings.NEWSROOM_URL).hostname in {"127.0.0.1", "localhost"}:
        lines.append(gettext("NEWSROOM_URL is this machine's: set it to the public address before you open."))
    return lines


def _some_name(name: str) -> None:
    if not 0 < len(name.strip()) <= 80:
        raise ValidationError(gettext("The name must have 1 to 80 characters."))


def _known_language(language: str) -> None:
    known = [code for code, _ in settings.LANGUAGES]
    if language not in known:
        raise ValidationError(gettext("The language must be one of: %s") % ", ".join(known))
