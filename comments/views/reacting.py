"""Reacting to a comment: a vote, or a report to the moderators."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from articles.models.site_settings import site_settings
from comments.forms import FlagForm
from comments.models import AnsweredIt, Comment, Flag, OwnComment, Vote
from comments.views.finding import see_other, shown_comment
from comments.views.limits import is_too_fast
from newsroom.accounts import guests
from newsroom.accounts.models import Reader
from newsroom.lib.origin import own_pages_only
from newsroom.lib.ratelimit import network


def _refused(request: HttpRequest, comment: Comment, sentence: str, status: int) -> HttpResponse:
    return render(request, "comments/refused.html", {"comment": comment, "sentence": sentence}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def vote(request: HttpRequest, pk: int) -> HttpResponse:
    """POST `vote=1`, `vote=0` to take it back (`vote=-1` where the site has down-votes); GET leads to the comment."""
    comment = shown_comment(request, pk)
    if request.method != "POST":
        return redirect(comment)
    allowed = {"1": 1, "0": 0} | ({"-1": -1} if site_settings().down_votes else {})
    values = request.POST.getlist("vote")
    if len(values) != 1 or values[0] not in allowed:
        return HttpResponseBadRequest(_("A vote is 1, or 0 to take it back."))
    if is_too_fast(request, "vote", 20):
        return _refused(request, comment, _("That was fast. Wait a minute and vote again."), 429)
    reader = guests.reader_of(request)
    if reader is None and allowed[values[0]] == 0:
        return see_other(_place_of(request, comment))
    reader = reader or Reader.objects.create()
    try:
        Vote.objects.cast(comment, reader, allowed[values[0]])
    except OwnComment:
        return _refused(request, comment, _("You wrote this comment: others vote on it."), 403)
    return _back(request, comment, reader)


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def flag(request: HttpRequest, pk: int) -> HttpResponse:
    """Report a comment: the form, then thanks. Reporting twice changes nothing and is answered alike."""
    comment = shown_comment(request, pk)
    form = FlagForm(request.POST or None, use_required_attribute=False)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "comments/flag_page.html", {"comment": comment, "form": form}, status=status)
    if is_too_fast(request, "flag", 5):
        return _refused(request, comment, _("That was fast. Wait a minute and report again."), 429)
    reader = guests.reader_of(request) or Reader.objects.create()
    if comment.reader_id not in reader.identities:
        try:
            Flag.objects.raise_for(comment, reader, **form.cleaned_data, network=network(request))
        except AnsweredIt:
            return _refused(request, comment, _("You answered this comment: it is for others to report it."), 403)
    response = render(request, "comments/flag_page.html", {"comment": comment, "done": True})
    guests.recognise(response, reader)
    return response


def _back(request: HttpRequest, comment: Comment, reader: Reader) -> HttpResponse:
    response = see_other(_place_of(request, comment))
    guests.recognise(response, reader)
    guests.hint(response, comment.article)
    return response


def _place_of(request: HttpRequest, comment: Comment) -> str:
    """The comment on the page where the button was pressed, else on its own."""
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()}):
        parts = urlsplit(came_from)
        if parts.path in {comment.article.get_absolute_url(), reverse("comments_on", args=[comment.article_id])}:
            return f"{parts.path}{'?' if parts.query else ''}{parts.query}#c{comment.pk}"
    return f"{comment.get_absolute_url()}#c{comment.pk}"
