"""What a reader gets when something is not there, is gone or went wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "newsroom/foreign_origin.html", status=403)
