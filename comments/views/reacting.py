"""Reacting to a comment: a vote, or a report to the moderators."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from articles.models.site_settings import site_settings
from comments.discussion import Discussion
from comments.forms import FlagForm
from comments.models import AnsweredIt, Comment, Flag, Vote
from comments.thread import Entry
from comments.views.finding import see_other, shown_comment, why_not_you
from comments.views.limits import is_too_fast
from newsroom.accounts import guests
from newsroom.accounts.models import Reader
from newsroom.lib.fragment import wants_fragment
from newsroom.lib.origin import own_pages_only
from newsroom.lib.ratelimit import network


def _refused(request: HttpRequest, comment: Comment, sentence: str, status: int) -> HttpResponse:
    page = "comments/_refused.html" if wants_fragment(request) else "comments/refused.html"
    return render(request, page, {"comment": comment, "sentence": sentence}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def vote(request: HttpRequest, pk: int) -> HttpResponse:
    """POST `vote=1`, `vote=0` to take it back (`vote=-1` where the site has down-votes); GET leads to the comment."""
    comment = shown_comment(request, pk)
    if request.method != "POST":
        return redirect(comment)
    value = _value_of(request)
    if value is None:
        return HttpResponseBadRequest(_("A vote is 1, or 0 to take it back."))
    if is_too_fast(request, "vote", 20):
        return _refused(request, comment, _("That was fast. Wait a minute and vote again."), 429)
    if unwelcome := why_not_you(request):
        return _refused(request, comment, unwelcome, 403)
    reader = guests.reader_of(request)
    if reader is not None and reader.is_also(comment.reader):
        return _refused(request, comment, _("You wrote this comment: others vote on it."), 403)
    if reader is None and value == 0:
        return see_other(place_of(request, comment))
    reader = reader or Reader.objects.create()
    Vote.objects.cast(comment, reader, value)
    return _counted(request, comment, reader, value)


def _value_of(request: HttpRequest) -> int | None:
    allowed = {"1": 1, "0": 0} | ({"-1": -1} if site_settings().down_votes else {})
    values = request.POST.getlist("vote")
    return allowed.get(values[0]) if len(values) == 1 else None


def _counted(request: HttpRequest, comment: Comment, reader: Reader, value: int) -> HttpResponse:
    """For a script the two buttons with what they count now; else the way back to the comment."""
    response = see_other(place_of(request, comment))
    if wants_fragment(request):
        comment.refresh_from_db(fields=["up", "down"])
        discussion = Discussion(comment.article, down_votes=site_settings().down_votes)
        context = {"entry": Entry(comment, 0, vote=value), "comment": comment, "discussion": discussion}
        response = render(request, "comments/_votes.html", context | {"said": _result(comment, value)})
    guests.recognise(response, reader)
    guests.hint(response, comment.article)
    return response


def _result(comment: Comment, value: int) -> str:
    done = {1: _("You voted for it."), -1: _("You voted against it."), 0: _("You took your vote back.")}
    total = ngettext("%(n)d vote for it now.", "%(n)d votes for it now.", comment.up) % {"n": comment.up}
    return f"{done[value]} {total}"


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def flag(request: HttpRequest, pk: int) -> HttpResponse:
    """Report a comment: the form, then thanks. Reporting twice changes nothing and is answered alike."""
    comment = shown_comment(request, pk)
    form = FlagForm(request.POST or None, auto_id=f"flag-{pk}-%s", use_required_attribute=False)
    page, thanks = "comments/flag_page.html", "comments/flag_page.html"
    if wants_fragment(request):
        page, thanks = "comments/_flag_form.html", "comments/_flag_thanks.html"
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, page, {"comment": comment, "form": form}, status=status)
    if is_too_fast(request, "flag", 5):
        return _refused(request, comment, _("That was fast. Wait a minute and report again."), 429)
    if unwelcome := why_not_you(request):
        return _refused(request, comment, unwelcome, 403)
    reader = guests.reader_of(request) or Reader.objects.create()
    if not reader.is_also(comment.reader):
        try:
            Flag.objects.raise_for(comment, reader, **form.cleaned_data, network=network(request))
        except AnsweredIt:
            return _refused(request, comment, _("You answered this comment: it is for others to report it."), 403)
    response = render(request, thanks, {"comment": comment, "done": True})
    guests.recognise(response, reader)
    return response


def place_of(request: HttpRequest, comment: Comment) -> str:
    """The comment on the page where the button was pressed, else on its own."""
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()}):
        parts = urlsplit(came_from)
        if parts.path in {comment.article.get_absolute_url(), reverse("comments_on", args=[comment.article_id])}:
            return f"{parts.path}{'?' if parts.query else ''}{parts.query}#c{comment.pk}"
    return f"{comment.get_absolute_url()}#c{comment.pk}"
