"""A story on the page that readers get, before they get it: as it stands in the form, or by a link for one who has none."""

from datetime import datetime
from typing import Any

from csp.constants import NONE
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from articles.admin.autosave import may_write
from articles.models import Article, PreviewLink
from articles.models.site_settings import site_settings
from articles.models.snapshot import show
from newsroom.lib.clock import now_of
from newsroom.lib.secret_page import secret_page
from newsroom.lib.signing import BadToken
from newsroom.lib.text import count_words, make_slug, plain
from newsroom.pages.article import story_page


@require_POST
def preview(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """What is in the form, in a frame that is as wide as a phone or a desktop. Nothing of it is stored."""
    desk: Any = admin.site.get_model_admin(Article)
    story = desk.get_object(request, str(pk)) if pk is not None else None
    if pk is not None and story is None:
        raise Http404
    if not may_write(request.user, story):  # type: ignore[arg-type]
        raise PermissionDenied
    form = desk.get_form(request, story, change=story is not None)(request.POST, instance=story)
    with transaction.atomic():  # cleaning may describe a picture: not by looking
        is_complete = form.is_valid()
        transaction.set_rollback(True)
    if not is_complete:
        return _closed(secret_page(request, "newsroom/preview_missing.html", {"form": form}, status=422))
    page = _page_of(request, form.dressed())
    html = render_to_string("newsroom/preview_page.html", page | {"framed": True}, page["request"])
    return _closed(secret_page(request, "newsroom/preview_frame.html", {"html": html, "story": page["article"]}))


@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The story as it is written so far, for whoever has the link, until it is over or revoked."""
    try:
        link = PreviewLink.objects.of(token)
    except (BadToken, PreviewLink.DoesNotExist, TypeError, ValueError) as error:
        raise Http404 from error
    story = Article.objects.for_page().get(pk=link.article_id)
    if not link.works(now_of(request)) or story.status == Article.Status.WITHDRAWN:
        return _closed(secret_page(request, "newsroom/preview_over.html", {"link": link}, status=410))
    if story.working_draft:
        show(story, story.working_draft.data)
    page = _page_of(request, story)
    return _closed(secret_page(page["request"], "newsroom/preview_page.html", page | {"link": link}))


def _page_of(request: HttpRequest, story: Article) -> dict[str, Any]:
    """What the page of the story shows to a reader who has nothing of their own on it."""
    now = now_of(request)
    _as_published(story, now)
    reader = _reader_at(request, story.get_absolute_url())
    by_hand = [row.pk for row in story.related.all()]
    return story_page(reader, story, now, by_hand=by_hand) | {"request": reader}


def _as_published(story: Article, now: datetime) -> None:
    """In memory: with the moment, the address and the counts that its page shows, as if it were published now."""
    story.pk = story.pk or 0
    story.publish_at = story.publish_at or now
    story.first_published_at = story.first_published_at or story.publish_at
    story.dated = story.dated or timezone.localdate(story.publish_at, site_settings().zone)
    story.slug = story.slug or make_slug(story.headline) or "story"
    story.words, story.noindex = count_words(plain(story.body)), True
    story.has_further_sections, story.has_corrections = True, bool(story.pk)  # type: ignore[attr-defined]


def _reader_at(request: HttpRequest, path: str) -> HttpRequest:
    """The request of somebody without a session who opens `path`."""
    reader = HttpRequest()
    reader.method, reader.path, reader.path_info = "GET", path, path
    reader.META = {name: value for name, value in request.META.items() if name not in {"HTTP_COOKIE", "QUERY_STRING"}}
    reader.user, reader.now = AnonymousUser(), now_of(request)  # type: ignore[attr-defined]
    return reader


def _closed(response: HttpResponse) -> HttpResponse:
    """The reader's policy, and no form of the page leads anywhere."""
    response._csp_replace = {"form-action": [NONE]}  # type: ignore[attr-defined]
    return response
