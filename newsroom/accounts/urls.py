"""Addresses under /account/ that are ours; the others are allauth's."""

from django.urls import path

from newsroom.accounts import views

urlpatterns = [
    path("", views.index, name="account_index"),
    path("invitation/<str:token>/", views.invitation, name="account_invitation"),
]
