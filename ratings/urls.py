from django.urls import path

from ratings import views

urlpatterns = [path("on/<int:article_id>/", views.rate, name="rate")]
