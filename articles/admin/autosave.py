"""Where the open form of a story sends what is typed, every few seconds, and hears who else is writing."""

from typing import TYPE_CHECKING, Final

from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from articles.models import Article, Autosave, EditSession
from articles.permissions import can
from newsroom.lib.clock import now_of
from newsroom.lib.html import ARTICLE_MAX

if TYPE_CHECKING:
    from newsroom.accounts.models import User

#: Characters of everything that a form holds: the longest text that can be saved, and what stands around it.
MOST: Final = ARTICLE_MAX + 50_000
#: Fields of the form that are not what somebody wrote.
_NOT_TYPED: Final = frozenset({"csrfmiddlewaretoken", "base_version", "draft_token"})


@never_cache
@require_http_methods(["GET", "POST"])
def autosave(request: HttpRequest, pk: int | None = None) -> JsonResponse:
    """GET: a fresh CSRF token, after a log-in in another tab. POST: “I am here”, and what is typed where it changed.

    Answers by itself where admin pages would redirect to a log-in: 401, or 403 with a sentence.
    """
    if not request.user.is_authenticated or not request.user.is_staff:
        return JsonResponse({}, status=401)
    user = request.user
    story = get_object_or_404(Article.objects.defer("body", "body_text"), pk=pk) if pk is not None else None
    if not may_write(user, story):
        return JsonResponse({"says": gettext("This story is not open to you any more.")}, status=403)
    if request.method == "GET":
        return JsonResponse({"csrf": get_token(request)})
    answer, status = keep_typed(request, user, story) if "headline" in request.POST else ({}, 200)
    return JsonResponse(answer | (_news(request, user, story) if story else {}), status=status)


def may_write(user: "User", story: Article | None) -> bool:
    return can(user, "edit", story) if story else user.has_perm("articles.add_article")


def keep_typed(request: HttpRequest, user: "User", story: Article | None) -> tuple[dict[str, str], int]:
    """Keep what a form posted; the sentence about it, and the status of the answer."""
    typed = {name: values for name, values in request.POST.lists() if name not in _NOT_TYPED and name[0] != "_"}
    token, base = request.POST.get("draft_token", ""), request.POST.get("base_version", "")
    if sum(len(value) for values in typed.values() for value in values) > MOST:
        return {"says": gettext("The text is too long to be kept or saved: shorten it.")}, 413
    if not (token.isalnum() and len(token) <= 40 and base.isascii() and base.isdigit() and len(base) <= 9):
        return {"says": gettext("Something in the form was damaged.")}, 400
    kept = Autosave.objects.keep(user=user, article=story, token=token, base_version=int(base), data=typed)
    if not kept:
        sentence = gettext("Kept in this browser only: first restore or discard your other unsaved text of this story.")
        return {"says": sentence}, 409
    return {"says": gettext("Kept at %s, not saved yet.") % date_format(localtime(now_of(request)), "H:i:s")}, 200


def _news(request: HttpRequest, user: "User", story: Article) -> dict[str, str]:
    """What others do with the story meanwhile."""
    now = now_of(request)
    EditSession.objects.seen(story, user, now)
    base = request.POST.get("base_version", "")
    behind = base.isascii() and base.isdigit() and int(base[:9]) < story.version
    return {"others": others(user, story, request), "newer": _newer(story) if behind else ""}


def others(user: "User", story: Article, request: HttpRequest) -> str:
    """“Ana is editing (2 min)”, for each of them; '' where nobody else is there."""
    now = now_of(request)
    here = EditSession.objects.others(story, user, now)
    said = gettext("%(who)s is editing (%(minutes)d min)")
    return " · ".join(said % {"who": row.user, "minutes": (now - row.since).total_seconds() // 60} for row in here)


def _newer(story: Article) -> str:
    last = story.revisions.select_related("user").defer("data").first()
    words = {
        "who": last.user if last and last.user else gettext("Somebody"),
        "when": date_format(localtime(story.modified_at), "TIME_FORMAT"),
    }
    return (
        gettext("%(who)s saved this story at %(when)s: go on writing. When you save, you see both texts side by side.")
        % words
    )
