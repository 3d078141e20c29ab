"""Rating an article, changing the stars and taking them back."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from articles.models import Article
from articles.models.site_settings import site_settings
from newsroom.accounts import guests
from newsroom.accounts.models import Reader
from newsroom.lib.clock import now_of
from newsroom.lib.origin import own_pages_only
from newsroom.lib.ratelimit import hit, network
from ratings.models import STARS, Rating
from ratings.panel import rating_of

_CHOICES = {str(stars): stars for stars in STARS}


@require_http_methods(["GET", "HEAD", "POST"])
@own_pages_only
def rate(request: HttpRequest, article_id: int) -> HttpResponse:
    """POST `stars=1..5`, or `stars=` to withdraw; 400 for anything else. GET leads to the article."""
    article = get_object_or_404(Article.objects.live(now_of(request)).select_related("section"), pk=article_id)
    back = f"{article.get_absolute_url()}#rating"
    if request.method != "POST":
        return redirect(back)
    if not (article.ratings_on and site_settings().ratings_on):
        return _again(request, article, _("This story takes no stars."), status=403)
    values = request.POST.getlist("stars")
    if len(values) != 1 or (values[0] not in _CHOICES and values[0] != ""):
        return _again(request, article, _("Choose one to five stars, then press Rate."), status=400)
    if settings.NEWSROOM_LIMITS and not hit(f"rate:{network(request)}", limit=30, seconds=60):
        return _again(request, article, _("That was fast. Wait a minute and rate again."), status=429)
    return _record(request, article, _CHOICES.get(values[0]), back)


def _record(request: HttpRequest, article: Article, stars: int | None, back: str) -> HttpResponse:
    reader = guests.reader_of(request)
    response = redirect(back)
    response.status_code = 303
    if stars is None:
        if reader:
            Rating.objects.withdraw(article, reader)
        return response
    if reader is None:
        reader = Reader.objects.create()
    Rating.objects.rate(article, reader, stars)
    if not reader.is_member:
        guests.recognise(response, reader)
    guests.hint(response, article)
    return response


def _again(request: HttpRequest, article: Article, error: str, *, status: int) -> HttpResponse:
    rating = rating_of(request, article, error=error)
    return render(request, "ratings/rate.html", {"article": article, "rating": rating}, status=status)
