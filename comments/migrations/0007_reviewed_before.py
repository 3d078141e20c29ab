"""What the record knows of comments that moderators had looked at before comments said so themselves."""

from django.db import migrations
from django.db.models import F, OuterRef, Subquery


def fill_in(apps, schema_editor):
    comment, action = apps.get_model("comments", "Comment"), apps.get_model("comments", "ModerationAction")
    alias = schema_editor.connection.alias
    people = action.objects.using(alias).filter(comment=OuterRef("pk"), actor__isnull=False).order_by("-created_at", "-id")
    decided = action.objects.using(alias).filter(actor__isnull=False).values("comment")
    comment.objects.using(alias).filter(pk__in=decided).update(
        reviewed_at=Subquery(people.values("created_at")[:1]), reviewed_by=Subquery(people.values("actor")[:1])
    )
    # Moderated where they came from.
    comment.objects.using(alias).exclude(legacy_id="").filter(reviewed_at=None).update(reviewed_at=F("created_at"))


class Migration(migrations.Migration):
    dependencies = [("comments", "0006_record_and_queues")]
    operations = [migrations.RunPython(fill_in, migrations.RunPython.noop)]
