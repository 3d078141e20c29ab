"""The addresses of the moderation desk, all of them behind the admin's own door."""

from django.contrib import admin
from django.urls import path

from comments.admin import desk, letters, log, numbers, people, removing, replying, sanctioning, steps, whole, wording

_inside = admin.site.admin_view

urlpatterns = [
    path("", _inside(desk.desk), name="moderation"),
    path("decide/", _inside(steps.decide), name="moderation_decide"),
    path("all/", _inside(whole.whole), name="moderation_whole"),
    path("reply/<int:pk>/", _inside(replying.reply), name="moderation_reply"),
    path("undo/<uuid:batch>/", _inside(steps.undo), name="moderation_undo"),
    path("record/", _inside(log.record), name="moderation_record"),
    path("record/export/", _inside(log.export), name="moderation_export"),
    path("letters/", _inside(letters.wishes), name="moderation_letters"),
    path("numbers/", _inside(numbers.numbers), name="moderation_numbers"),
    path("people/", _inside(people.people), name="moderation_people"),
    path("people/<int:pk>/", _inside(people.person), name="moderation_person"),
    path("people/<int:pk>/note/", _inside(people.note), name="moderation_note"),
    path("people/<int:pk>/sanction/", _inside(sanctioning.sanction), name="moderation_sanction"),
    path("people/<int:pk>/remove/", _inside(removing.remove_all), name="moderation_remove_all"),
    path("people/lift/<int:pk>/", _inside(sanctioning.lift), name="moderation_lift"),
    path("comments/<int:pk>/cut/", _inside(wording.cut), name="moderation_cut"),
    path("comments/<int:pk>/purge/", _inside(wording.purge), name="moderation_purge"),
]
