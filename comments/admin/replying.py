"""Answering a reader from the desk, in the newsroom's name."""

from hashlib import sha256

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from comments import markup
from comments.admin.card import cards_for
from comments.admin.desk import who_may
from comments.admin.steps import answer
from comments.forms import TEXT_MAX
from comments.models import Comment, NoSuchParent, StepRefused
from newsroom.accounts.models import Reader


@require_POST
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish an answer by whoever is logged in; what it answers is approved first, as it was seen, where it waits."""
    moderator = who_may(request)
    comment = get_object_or_404(Comment.objects.select_related("article"), pk=pk)
    text = markup.tidy(request.POST.get("reply", ""))
    if not 0 < len(text) <= TEXT_MAX:
        said = _("An answer has between 1 and %(n)d characters.") % {"n": TEXT_MAX}
        return answer(request, [], said, level=messages.WARNING)
    status, version = request.POST.get("seen", ""), request.POST.get("version", "")
    comment.status = status
    try:
        with transaction.atomic():
            if status == Comment.Status.PENDING:
                comment.approve(by=moderator, version=int(version) if version.isdecimal() else 0)
            writer = Reader.objects.for_user(moderator)
            token = sha256(f"desk {pk} {writer.pk} {text}".encode()).hexdigest()[:32]  # pressed twice, stored once
            Comment.objects.post(comment.article, comment, writer, text, badge=Comment.Badge.STAFF, tokens=[token])
    except StepRefused as refusal:
        said = str(refusal)
    except NoSuchParent:
        said = _("It cannot be answered any more: it is not published, or its thread is closed.")
    else:
        cards = cards_for([pk])
        if status == Comment.Status.PENDING:
            cards[pk].done = _("Approved and answered")
        return answer(request, list(cards.values()), _("Your answer is published."))
    cards = cards_for([pk])
    cards[pk].refused = said
    return answer(request, list(cards.values()), said, level=messages.WARNING)
