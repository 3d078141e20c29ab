"""Warning, suspending and banning from the desk: first whom it would meet, then, on the same numbers, the decision."""

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from comments.admin.desk import who_may
from comments.admin.people import networks_of, person_at, to_person
from comments.admin.reach import Reach
from comments.models import ProtectedDomain, Sanction, StepRefused
from comments.models.sanction import REASON_MAX, domains_of
from comments.views.finding import ID_MAX, see_other
from newsroom.accounts.models import Reader, User
from newsroom.lib.clock import now_of
from newsroom.lib.text import one_line, without_controls

LENGTHS: Final = (
    ("1", gettext_lazy("a day")),
    ("7", gettext_lazy("a week")),
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("a year")),
    ("", gettext_lazy("for good")),
)


class SanctionForm(forms.Form):
    """Whom, what, for how long, why. `targets` depend on what is known of the person and on who decides."""

    target = forms.ChoiceField(label=gettext_lazy("Whom"), widget=forms.RadioSelect)
    kind = forms.ChoiceField(label=gettext_lazy("What"), choices=Sanction.Kind.choices, widget=forms.RadioSelect)
    days = forms.ChoiceField(
        label=gettext_lazy("For how long"), choices=LENGTHS, required=False,
        help_text=gettext_lazy("A warning has no length; a suspension needs one."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=REASON_MAX,
        help_text=gettext_lazy("The person reads this."), widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=1000, required=False,
        help_text=gettext_lazy("For moderators only."), widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, reader: Reader, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader
        self.targets = targets_of(reader, widely=by.has_perm("comments.ban_network"))
        field: Any = self.fields["target"]
        field.choices = [(value, label) for value, label in self.targets.items()]

    def clean_reason(self) -> str:
        return one_line(self.cleaned_data["reason"], longest=REASON_MAX)

    def clean_note(self) -> str:
        return without_controls(self.cleaned_data["note"]).strip()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        scope, _colon, value = data.get("target", "").partition(":")
        kind, days = data.get("kind"), data.get("days")
        if kind == Sanction.Kind.WARN and scope != Sanction.Scope.READER:
            self.add_error("kind", _("Only a person can be warned."))
        if kind == Sanction.Kind.SUSPEND and not days:
            self.add_error("days", _("A suspension ends at some time: say when, or choose a ban."))
        if kind == Sanction.Kind.SUSPEND and scope in {"network", "domain"}:
            self.add_error("kind", _("Networks and mail domains are banned, for a time or for good."))
        if scope == Sanction.Scope.DOMAIN and ProtectedDomain.objects.protects(value):
            self.add_error("target", _("Very many people use %s: it is on the list of protected providers.") % value)
        return data

    def sanction(self, request: HttpRequest) -> Sanction:
        """What was asked for, not stored yet."""
        data, now = self.cleaned_data, now_of(request)
        scope, _colon, value = data["target"].partition(":")
        ends = data["days"] and data["kind"] != Sanction.Kind.WARN
        return Sanction(
            scope=scope, value=value, reader=self.reader if scope == Sanction.Scope.READER else None,
            kind=data["kind"], until=now + timedelta(days=int(data["days"])) if ends else None,
            reason=data["reason"], note=data["note"], made_at=now,
        )  # fmt: skip


def targets_of(reader: Reader, *, widely: bool) -> dict[str, str]:
    """Whom a decision about this person may be about, as the form says it; `widely`: networks and domains too."""
    targets = {"reader": _("This person, on every device where we know them")}
    if address := reader.address.lower():
        targets[f"address:{address}"] = _("The address %s, whoever types it") % address
    if not widely:
        return targets
    for network, n in networks_of(reader):
        said = _("The network %(tag)s, from which %(n)d of their last comments came")
        targets[f"network:{network}"] = said % {"tag": network[:6], "n": n}
    for domain in domains_of(address) if address else ():
        targets[f"domain:{domain}"] = _("Every address at %s") % domain
    return targets


@require_http_methods(["GET", "HEAD", "POST"])
def sanction(request: HttpRequest, pk: int) -> HttpResponse:
    """The form; whom it would meet; and, where that is confirmed with the numbers that were shown, the decision."""
    moderator, reader = who_may(request, "sanction_reader"), person_at(pk)
    form = SanctionForm(request.POST or None, reader=reader, by=moderator, initial={"target": "reader", "days": "7"})
    if request.method != "POST" or "change" in request.POST or not form.is_valid():
        status = 422 if request.method == "POST" and form.errors and "change" not in request.POST else 200
        return _page(request, reader, form, status=status)
    wanted = form.sanction(request)
    reach = Reach.of(wanted, now_of(request))
    seen = request.POST.get("seen", "")
    if seen != reach.seen or (
        _needs_typing(wanted, reach) and request.POST.get("count", "").strip() != str(reach.people)
    ):
        return _page(request, reader, form, wanted=wanted, reach=reach, is_stale=bool(seen) and seen != reach.seen)
    try:
        wanted.impose(by=moderator)
    except StepRefused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, reader, form, status=422)
    messages.success(request, _("Done: %s.") % wanted)
    return to_person(reader, "sanctions")


def _needs_typing(wanted: Sanction, reach: Reach) -> bool:
    """A ban that would meet members with published comments, besides the one it is about."""
    return wanted.scope in {"network", "domain"} and reach.members_with_record > 0


def _page(
    request: HttpRequest, reader: Reader, form: SanctionForm, *, wanted: Sanction | None = None,
    reach: Reach | None = None, is_stale: bool = False, status: int = 0,
) -> HttpResponse:  # fmt: skip
    typed = request.POST.get("count", "")
    context = {
        **admin.site.each_context(request), "reader": reader, "form": form, "wanted": wanted, "reach": reach,
        "is_stale": is_stale, "typed": typed,
        "needs_typing": bool(wanted and reach and _needs_typing(wanted, reach)),
    }  # fmt: skip
    status = status or (422 if is_stale or typed else 200)
    return render(request, "admin/moderation/sanction.html", context, status=status)


@require_POST
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """End a sanction before its time; who may ban networks and domains may lift those bans."""
    moderator = who_may(request, "sanction_reader")
    found = get_object_or_404(Sanction.objects.select_related("reader__merged_into"), pk=min(pk, ID_MAX))
    if found.scope in {"network", "domain"} and not moderator.has_perm("comments.ban_network"):
        raise PermissionDenied
    said = str(found)
    try:
        found.lift(by=moderator, note=without_controls(request.POST.get("note", "")).strip()[:1000])
        messages.success(request, _("Lifted: %s.") % said)
    except StepRefused as refusal:
        messages.warning(request, str(refusal))
    back = request.POST.get("person", "")
    if back.isdecimal() and len(back) < 19:
        return to_person(person_at(int(back)), "sanctions")
    return see_other(reverse("moderation_people"))
