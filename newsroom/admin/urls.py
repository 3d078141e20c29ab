"""The addresses of the desk's own pages, all of them behind the admin's door."""

from django.contrib import admin
from django.urls import path

from newsroom.admin import calendar, curation, log, roles, server

_inside = admin.site.admin_view

urlpatterns = [
    path("front/", _inside(curation.curate), name="desk_front"),
    path("front/<int:pk>/", _inside(curation.curate), name="desk_section"),
    path("log/", _inside(log.log), name="desk_log"),
    path("roles/", _inside(roles.roles), name="desk_roles"),
    path("server/", _inside(server.server), name="desk_server"),
    path("calendar/", _inside(calendar.month), name="desk_calendar"),
    path("calendar/<yyyy:year>/<dd:month>/", _inside(calendar.month), name="desk_calendar_month"),
]
