"""What a moderator does on the desk: decide on one card or many, set apart, answer, take back.

Each is one POST that is answered by 303 back to the list, at the next card; for the desk's script by the changed parts.
"""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from comments.admin.card import Card, cards_for
from comments.admin.desk import around, who_may
from comments.admin.looking import Looking
from comments.models import Comment, ModerationAction, StepRefused
from comments.steps import BULK_MAX, MARKS, Step
from comments.views.finding import see_other
from newsroom.accounts.models import User
from newsroom.lib.fragment import wants_fragment

#: A decision on more than this many comments needs their number typed.
UNTYPED_MAX: Final = 50


@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """One step for every comment that was picked, each as it was seen."""
    moderator = who_may(request)
    step = Step.of(request.POST)
    if step is None:
        return HttpResponseBadRequest(_("That is not possible."), content_type="text/plain; charset=utf-8")
    if not step.seen:
        return answer(request, [], _("Nothing was chosen."), level=messages.WARNING)
    if len(step.seen) > UNTYPED_MAX and request.POST.get("count", "").strip() != str(len(step.seen)):
        return ask_for_the_count(request, step, len(step.seen))
    if step.name in MARKS:
        return _mark(request, step, moderator)
    rows = Comment.objects.filter(pk__in=step.seen)
    decided = rows.decide(step.name, by=moderator, reason=step.reason, note=step.note, seen=step.seen)
    cards = _cards(request, step, decided.done, decided.refused, str(decided.batch) if decided.done else "")
    return answer(request, cards, outcome(step, len(decided.done), len(decided.refused), cards), batch=decided.batch)


def _mark(request: HttpRequest, step: Step, moderator: User) -> HttpResponse:
    """Pins and the like: each comment by itself; they are few."""
    done, refused, words = [], [], ""
    for comment in Comment.objects.filter(pk__in=step.seen):
        try:
            getattr(comment, step.name)(by=moderator, note=step.note)
            done.append(comment.pk)
        except StepRefused as refusal:
            refused.append(comment.pk)
            words = str(refusal)
    line = ModerationAction.objects.filter(comment__in=done, actor=moderator).order_by("-id").first()
    cards = cards_for(step.seen)
    for pk in refused:
        cards[pk].refused = words
    said = words if refused and not done else f"{step.said}."
    return answer(request, list(cards.values()), said, batch=line.batch if line and done else None)


def _cards(request: HttpRequest, step: Step, done: list[int], refused: list[int], batch: str) -> list[Card]:
    """The cards that changed, as they are now; those that were refused say why. Only a few are shown again."""
    if not wants_fragment(request) and len(step.seen) > 1:
        return []
    cards = cards_for([*done, *refused][:UNTYPED_MAX])
    for pk, card in cards.items():
        if pk in refused:
            card.refused = card.comment.changed_since(*step.seen[pk])
        else:
            card.done, card.batch = step.said, batch
    return list(cards.values())


def outcome(step: Step, done: int, refused: int, cards: list[Card]) -> str:
    """A sentence about a decision."""
    if refused == 1 and not done and cards:
        return cards[0].refused
    said = f"{step.said}." if done == 1 else ngettext("%(n)d comment: %(what)s.", "%(n)d comments: %(what)s.", done)
    said = said % {"n": done, "what": step.said.lower()} if done != 1 else said
    if refused:
        left = ngettext(
            "%(n)d was left alone: a colleague was faster, or its text changed.",
            "%(n)d were left alone: a colleague was faster, or their text changed.",
            refused,
        )
        said = f"{said} {left % {'n': refused}}"
    return said


def ask_for_the_count(request: HttpRequest, step: Step, n: int, *, whole: bool = False) -> HttpResponse:
    """Before many are decided on: their number has to be typed."""
    looking = Looking.at(QueryDict(request.POST.get("back", "").lstrip("?")))
    context = {
        **around(request, looking), "step": step, "n": n, "whole": whole, "picks": request.POST.getlist("pick"),
        "typed": request.POST.get("count", ""), "most": BULK_MAX, "value": request.POST.get("step", ""),
    }  # fmt: skip
    return render(request, "admin/moderation/count.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, batch: UUID) -> HttpResponse:
    """Take a decision back, alone or with all of its batch. GET shows what it is about."""
    moderator = who_may(request)
    lines = ModerationAction.objects.filter(batch=batch)
    if request.POST.get("line", "").isdecimal():
        lines = lines.filter(pk=request.POST["line"][:18])
    if request.method != "POST":
        context = around(request, Looking.at(QueryDict())) | {"lines": lines.select_related("actor")[:UNTYPED_MAX]}
        return render(request, "admin/moderation/undo.html", context)
    try:
        undone = lines.undo(by=moderator)
    except StepRefused as refusal:
        return answer(request, [], str(refusal), level=messages.WARNING)
    said = ngettext("Taken back: %(n)d comment.", "Taken back: %(n)d comments.", len(undone.done))
    said %= {"n": len(undone.done)}
    if undone.left:
        left = ngettext(
            "%(n)d was left alone: something happened to it since.",
            "%(n)d were left alone: something happened to them since.",
            undone.left,
        )
        said = f"{said} {left % {'n': undone.left}}"
    cards = list(cards_for(undone.done[:UNTYPED_MAX]).values()) if wants_fragment(request) else []
    return answer(request, cards, said, batch=undone.batch)


def answer(
    request: HttpRequest, cards: list[Card], said: str, *, batch: UUID | None = None, level: int = messages.SUCCESS
) -> HttpResponse:
    """303 back to the list (at the next card, with what was done and its undo), or for the script the changed parts."""
    back = request.POST.get("back", "")
    looking = Looking.at(QueryDict(back.lstrip("?")))
    if wants_fragment(request):
        context: dict[str, Any] = around(request, looking) | {"cards": cards, "said": said, "batch": batch}
        return render(request, "admin/moderation/_answer.html", context)
    messages.add_message(request, level, said, extra_tags=f"batch-{batch}" if batch else "")
    place = request.POST.get("next", "")
    if request.POST.get("to") == "record":
        return see_other(reverse("moderation_record") + (f"?{back.lstrip('?')}" if back else ""))
    at = f"#c{place}" if place.isdecimal() else "#queue"
    return see_other(reverse("moderation") + looking.address(after=looking.after) + at)
