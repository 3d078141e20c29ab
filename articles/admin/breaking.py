"""Break a story: one page, one button; and the button that takes it back. Made for a thumb as much as for a desk."""

from datetime import datetime, timedelta
from typing import Any, Final, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from django.views.decorators.http import require_http_methods

from articles.admin.steps import moment
from articles.headlines import without_label
from articles.models import AlertLetter, AlertSubscription, Article
from articles.models.alert import TEXT_MAX
from articles.models.workflow import StepRefused
from articles.permissions import story_for
from articles.readiness import checklist_of, refuse_unready
from newsroom.accounts.models import User
from newsroom.lib.text import one_line

HOURS: Final = (1, 2, 4, 8, 24)
USUALLY: Final = 4
#: How many more hours are offered while it runs; it never ends later than LONGEST from now.
MORE: Final = (1, 2, 4)
LONGEST: Final = timedelta(hours=HOURS[-1])


class BreakForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("The bar says"),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Write what the bar above every page says.")},
    )
    hours = forms.TypedChoiceField(
        label=gettext_lazy("Ends by itself after"),
        choices=[(hours, ngettext_lazy("%d hour", "%d hours", hours) % hours) for hours in HOURS],
        coerce=int,
        initial=USUALLY,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose when it ends.")},
    )
    letters = forms.BooleanField(label=gettext_lazy("Send a letter"), required=False, initial=True)

    def clean_text(self) -> str:
        return one_line(self.cleaned_data["text"])


class ProlongForm(forms.Form):
    until = forms.DateTimeField(error_messages={"invalid": gettext_lazy("Choose when it ends.")})

    def clean_until(self) -> datetime:
        until: datetime = self.cleaned_data["until"]
        if until > timezone.now() + LONGEST:
            raise forms.ValidationError(_("That is too far ahead: prolong it again when it is about to end."))
        return until


@require_http_methods(["GET", "HEAD", "POST"])
def break_page(request: HttpRequest, pk: int) -> HttpResponse:
    article, user = story_for(request.user, "break_news", pk), cast(User, request.user)
    if request.method == "POST" and "stop" in request.POST:
        return _stop(request, article, user)
    if request.method == "POST" and "until" in request.POST:
        return _prolong(request, article, user)
    text = Truncator(without_label(article.headline)).chars(TEXT_MAX)
    form = BreakForm(request.POST or None, initial={"text": text}, auto_id="break-%s", use_required_attribute=False)
    if request.method == "POST" and form.is_valid() and _break(request, article, user, form):
        return HttpResponseRedirect(request.path, status=303)
    context = {**admin.site.each_context(request), **_facts(article), "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "admin/articles/article/break.html", context, status=status)


def _break(request: HttpRequest, article: Article, user: User, form: BreakForm) -> bool:
    """What must be mended blocks; what the checklist only asks, it asks on this page by naming it."""
    data = form.cleaned_data
    until = timezone.now() + timedelta(hours=data["hours"])
    checklist = checklist_of(article)
    try:
        if not article.is_out(timezone.now()):
            refuse_unready(checklist, checklist.accept)
        article.break_story(by=user, until=until, text=data["text"], letters=data["letters"])
    except StepRefused as refusal:
        form.add_error(None, str(refusal))
        article.refresh_from_db()
        return False
    messages.success(request, _("Breaking until %s.") % moment(until))
    return True


def _prolong(request: HttpRequest, article: Article, user: User) -> HttpResponse:
    form = ProlongForm(request.POST)
    try:
        if not form.is_valid():
            raise StepRefused(form.errors["until"][0])
        until = form.cleaned_data["until"]
        article.prolong(by=user, until=until, note=_("until %s") % moment(until))
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Breaking until %s.") % moment(until))
    return HttpResponseRedirect(request.path, status=303)


def _later(article: Article) -> list[tuple[str, datetime]]:
    """Moments until which it may be prolonged, and how much longer that is. What a button says is what it does, however
    often it is pressed."""
    if not article.breaking_until or not article.is_breaking:
        return []
    ends = [(hours, article.breaking_until + timedelta(hours=hours)) for hours in MORE]
    latest = timezone.now() + LONGEST
    return [(ngettext("%d hour more", "%d hours more", hours) % hours, end) for hours, end in ends if end <= latest]


def _stop(request: HttpRequest, article: Article, user: User) -> HttpResponse:
    try:
        article.end_breaking(by=user)
    except StepRefused:
        messages.info(request, _("It was not breaking any more."))
    else:
        messages.success(
            request, _("No longer breaking: bar and lead are gone, and letters that had not left stay here.")
        )
    return HttpResponseRedirect(request.path, status=303)


def _state(article: Article) -> str:
    if article.is_breaking:
        return _("Breaking until %s") % moment(article.breaking_until)
    if article.is_scheduled(timezone.now()):
        return _("Scheduled for %s") % moment(article.publish_at)
    return article.state


def _facts(article: Article) -> dict[str, Any]:
    """What the page says of the story, and how many letters there are or would be."""
    is_out = article.is_out(timezone.now())
    alert = article.alerts.filter(stopped_at=None, ends_at__gt=timezone.now()).order_by("-id").first()
    letters = AlertLetter.objects.filter(alert=alert).aggregate(written=Count("pk"), sent=Count("sent_at"))
    return {
        "article": article,
        "opts": Article._meta,
        "is_out": is_out,
        "findings": () if is_out else checklist_of(article).findings,
        "alert": alert,
        "state": _state(article),
        "later": _later(article),
        "letters": letters if alert and alert.letters_at else None,
        "wanting": AlertSubscription.objects.wanting(article).count(),
        "last": article.transitions.select_related("user").filter(action="break").first(),
    }
