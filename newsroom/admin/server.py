"""How the server is doing, for whoever runs it: the numbers that `/metrics` gives to machines."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from newsroom import vitals
from newsroom.lib.clock import now_of


def server(request: HttpRequest) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "of_process": list(vitals.of_process(request.META.get("newsroom.pagecache"))),
        "of_site": list(vitals.of_site(now_of(request))),
    }
    return render(request, "admin/desk/server.html", context)
