from django.urls import path

from newsroom.donations import views

urlpatterns = [
    path("hide/", views.hide, name="ask_hide"),
    path("go/<int:variant_id>/", views.go, name="ask_go"),
]
