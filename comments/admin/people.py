"""People at the moderation desk: who they are, what was decided about them, what moderators noted, what they wrote."""

from collections import Counter
from typing import Any, Final

from django.contrib import admin, messages
from django.contrib.messages import get_messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from comments.admin.desk import who_may
from comments.models import Comment, PersonNote, Sanction
from comments.models.person_note import NOTE_MAX
from comments.views.finding import ID_MAX, see_other
from newsroom.accounts.models import Reader
from newsroom.lib.clock import now_of
from newsroom.lib.text import one_line, without_controls

#: People that one search shows, and bans that the page lists.
FOUND: Final = 50
RUNNING: Final = 100
#: A person's comments that their page shows, and those whose networks it names.
SHOWN: Final = 20
LOOKED_AT: Final = 100


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Look for people by name or address; and every sanction that runs, the newest first."""
    moderator = who_may(request)
    words = one_line(request.GET.get("q", ""))
    running = Sanction.objects.running(now_of(request)).exclude(kind=Sanction.Kind.WARN)
    context = {
        **admin.site.each_context(request),
        "words": words,
        "found": _named(words)[:FOUND] if words else None,
        "running": running.select_related("reader__user", "made_by").order_by("-pk")[:RUNNING],
        "may_sanction": moderator.has_perm("comments.sanction_reader"),
    }
    return render(request, "admin/moderation/people.html", context)


def _named(words: str) -> "QuerySet[Reader]":
    """Those who write under a name or have an address that holds these words, the newest first."""
    fits = Q(name__icontains=words) | Q(email__icontains=words) | Q(user__email__icontains=words)
    fits |= Q(user__name__icontains=words)
    devices = Q(name="", email="", user=None)
    return Reader.objects.filter(fits, merged_into=None).exclude(devices).select_related("user").order_by("-pk")


def person_at(pk: int) -> Reader:
    """Whoever this row was found to be; 404 for none."""
    if pk > ID_MAX:
        raise Http404
    return get_object_or_404(Reader.objects.select_related("user", "merged_into__user"), pk=pk).survivor


def networks_of(reader: Reader) -> list[tuple[str, int]]:
    """From which networks a person's last comments came, and how many did: most first; forgotten ones are left out."""
    rows = Comment.objects.filter(reader__in=reader.identities).order_by("-created_at", "-id")
    seen = Counter(network for network in rows.values_list("network", flat=True)[:LOOKED_AT] if network)
    return seen.most_common(5)


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    moderator = who_may(request)
    reader = person_at(pk)
    if reader.pk != pk:
        return redirect("moderation_person", reader.pk)
    return person_page(request, reader, may_sanction=moderator.has_perm("comments.sanction_reader"))


def person_page(request: HttpRequest, reader: Reader, *, may_sanction: bool, **more: Any) -> HttpResponse:
    now, wrote = now_of(request), Comment.objects.filter(reader__in=reader.identities)
    sanctions = list(Sanction.objects.of(reader).select_related("made_by", "lifted_by", "reader"))
    newest = wrote.select_related("article").defer("article__body", "article__body_text", "html")
    context = {
        **admin.site.each_context(request),
        **told(request),
        "record_query": f"?person={reader.pk}",
        "reader": reader,
        "sanctions": [(one, one.is_running(now)) for one in sanctions],
        "notes": PersonNote.objects.filter(reader__in=reader.identities).select_related("made_by"),
        "comments": newest.order_by("-created_at", "-id")[:SHOWN],
        "tallies_of": _tallies(wrote),
        "networks": networks_of(reader),
        "may_sanction": may_sanction and not (reader.user and reader.user.is_staff),
        "may_purge": request.user.has_perm("comments.purge_comment"),
        "note_max": NOTE_MAX,
        **more,
    }
    return render(request, "admin/moderation/person.html", context)


def told(request: HttpRequest) -> dict[str, Any]:
    """What a page says first: each message, and the batch that its undo takes back."""
    said = [(message, (message.extra_tags or "").removeprefix("batch-")) for message in get_messages(request)]
    return {"told": said, "messages": []}


def _tallies(wrote: "QuerySet[Comment]") -> list[tuple[str, int]]:
    """What became of the person's last comments."""
    latest = wrote.order_by("-created_at", "-id").values_list("status", flat=True)[:LOOKED_AT]
    return [(str(Comment.Status(status).label), n) for status, n in Counter(latest).most_common()]


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write something down about a person."""
    moderator, reader = who_may(request), person_at(pk)
    text = without_controls(request.POST.get("text", "")).strip()
    if not 0 < len(text) <= NOTE_MAX:
        said = _("A note has between 1 and %d characters.") % NOTE_MAX
        messages.warning(request, said)
    else:
        PersonNote.objects.create(reader=reader, text=text, made_by=moderator)
        messages.success(request, _("Noted."))
    return to_person(reader, "notes")


def to_person(reader: Reader, place: str = "") -> HttpResponse:
    answer = redirect("moderation_person", reader.pk)
    return see_other(f"{answer['Location']}{f'#{place}' if place else ''}")
