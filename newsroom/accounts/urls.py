"""Addresses under /account/: our own, and allauth's, which answer as every page here does."""

import functools
from collections.abc import Callable

import allauth.urls
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path

from newsroom.accounts import views

View = Callable[..., HttpResponse]


def _at_home(view: View) -> View:
    """A refused form is a 422, and `site` means the site's settings, not allauth's idea of a host."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        context = getattr(response, "context_data", None) or {}
        context.pop("site", None)
        form = context.get("form")
        if request.method == "POST" and response.status_code == 200 and form is not None and form.errors:
            response.status_code = 422
        return response

    return wrapper


def _honest(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    found: list[URLPattern | URLResolver] = []
    for each in patterns:
        if isinstance(each, URLResolver):
            inner = _honest(each.url_patterns)
            found.append(URLResolver(each.pattern, inner, each.default_kwargs, each.app_name, each.namespace))
        else:
            found.append(URLPattern(each.pattern, _at_home(each.callback), each.default_args, each.name))
    return found


urlpatterns = [
    path("", views.index, name="account_index"),
    path("invitation/<str:token>/", views.invitation, name="account_invitation"),
    *_honest(allauth.urls.urlpatterns),
]
