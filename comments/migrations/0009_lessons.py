import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('comments', '0008_passages'),
    ]

    operations = [
        # Nothing was learned before this version.
        migrations.DeleteModel(name='SpamLesson'),
        migrations.CreateModel(
            name='SpamLesson',
            fields=[
                ('comment', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='spam_lesson', serialize=False, to='comments.comment')),
                ('is_spam', models.BooleanField(verbose_name='spam')),
                ('version', models.PositiveSmallIntegerField(verbose_name='version')),
                ('digest', models.CharField(max_length=32)),
                ('decided_at', models.DateTimeField(db_index=True, verbose_name='decided')),
            ],
        ),
        migrations.AddField(
            model_name='confirmationletter',
            name='about_record',
            field=models.BooleanField(default=False, editable=False),
        ),
    ]
