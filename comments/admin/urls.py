"""The addresses of the moderation desk, all of them behind the admin's own door."""

from django.contrib import admin
from django.urls import path

from comments.admin import desk, log, numbers, replying, steps, whole

_inside = admin.site.admin_view

urlpatterns = [
    path("", _inside(desk.desk), name="moderation"),
    path("decide/", _inside(steps.decide), name="moderation_decide"),
    path("all/", _inside(whole.whole), name="moderation_whole"),
    path("reply/<int:pk>/", _inside(replying.reply), name="moderation_reply"),
    path("undo/<uuid:batch>/", _inside(steps.undo), name="moderation_undo"),
    path("record/", _inside(log.record), name="moderation_record"),
    path("record/export/", _inside(log.export), name="moderation_export"),
    path("numbers/", _inside(numbers.numbers), name="moderation_numbers"),
]
