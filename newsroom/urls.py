"""Every address of the site, in the order in which they are tried."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("account/", include("newsroom.accounts.urls")),
    path("account/", include("allauth.urls")),
    path("ratings/", include("ratings.urls")),
    path("ask/", include("newsroom.donations.urls")),
]
