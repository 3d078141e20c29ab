"""Asking for breaking news by mail: the form, the letter that an address is asked with, and its agreement."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import AlertSubscription
from articles.models.section import all_sections
from newsroom.accounts.models import Letter, Reader, Suppression
from newsroom.lib.ratelimit import hit, mailbox, network

#: A network has so many unknown addresses asked in an hour.
NETWORK_HOUR: Final = 20


class AlertsForm(forms.Form):
    """Somebody whose address is known to be theirs (`known`) may leave it empty."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "email", "dir": "ltr"}),
        error_messages={"required": _("Write the address that breaking news is to go to.")},
    )
    sections = forms.TypedMultipleChoiceField(
        label=_("Only news of"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    #: People do not see this field; what fills every field it finds fills it too.
    homepage = forms.CharField(required=False, max_length=500)

    def __init__(self, *args: Any, known: Reader | None, **kwargs: Any) -> None:
        kwargs |= {"auto_id": "alerts-%s", "use_required_attribute": False}
        super().__init__(*args, **kwargs)
        self.fields["email"].required = known is None
        choices = [(section.pk, section.name) for section in all_sections()]
        self.fields["sections"].choices = choices  # type: ignore[attr-defined]


def sign_up(request: HttpRequest, known: Reader | None, address: str, sections: list[int]) -> bool:
    """Start at once where the address is known to be that of whoever asks; else ask it, and False.

    Typing an address proves nothing, so a stranger is answered the same whether it is known here or not.
    """
    if known and address.lower() in {"", known.address.lower()}:
        AlertSubscription.objects.start(known, sections)
        return True
    if not _has_agreed(address, sections) and _may_ask(request, address):
        Letter.objects.create(kind=Letter.Kind.ALERTS, to=address, context={"sections": sections})
    return False


def _has_agreed(address: str, sections: Iterable[int]) -> bool:
    owner = Reader.objects.at_address(address)
    running = AlertSubscription.objects.running().of(owner).first() if owner else None
    return running is not None and set(running.sections.values_list("pk", flat=True)) == set(sections)


def _may_ask(request: HttpRequest, address: str) -> bool:
    """One letter an hour to an address that has not agreed to any. The answer must not show."""
    if Suppression.holds(address):
        return False
    if not settings.NEWSROOM_LIMITS:
        return True
    mine = hit(f"alerts:{mailbox(address)}", limit=1, seconds=3600)
    return mine and hit(f"alerts-network:{network(request)}", limit=NETWORK_HOUR, seconds=3600)


@transaction.atomic
def agree(letter: Letter) -> bool:
    """Whoever reads mail at the address wants it; False where the link has done that before."""
    if not letter.use():
        return False
    AlertSubscription.objects.start(_owner_of(letter.to), letter.context.get("sections", []))
    return True


def _owner_of(address: str) -> Reader:
    """The reader whom a confirmed address belongs to; a new one where nobody has it."""
    if owner := Reader.objects.at_address(address):
        return owner
    try:
        with transaction.atomic():
            return Reader.objects.create(email=address, verified_at=timezone.now())
    except IntegrityError:  # the address was confirmed in another window
        return Reader.objects.verified().get(email__iexact=address).survivor
