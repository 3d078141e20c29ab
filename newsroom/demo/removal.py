"""Taking the demo away: the rows that it noted, and nothing else."""

from typing import Final

from django.apps import apps
from django.db import models, transaction
from django.db.models.deletion import ProtectedError
from django.db.models.fields.files import FieldFile

from articles import search
from articles.models import Article, Author, Section, SiteSettings, Topic
from articles.models.image import Image
from newsroom.demo import files
from newsroom.lib.models import DemoRow, Stamp

#: What stands on others goes first.
_ORDER: Final = (
    *("articles.Article", "articles.Page", "donations.Campaign", "donations.Variant", "donations.Goal"),
    *("donations.Provider", "articles.Author", "articles.Section", "articles.Topic", "articles.Image"),
    *("accounts.Reader", "accounts.User"),
)


def remove() -> list[str]:
    """Remove the demo; what somebody's own work stands on is kept and named in the answer."""
    kept: list[str] = []
    stored: list[FieldFile] = []
    with transaction.atomic():
        _forget_search()
        for label in _ORDER:
            model = apps.get_model(label)
            keys = DemoRow.objects.filter(label=label).values_list("key", flat=True)
            rows = list(model._default_manager.filter(pk__in=[int(key) for key in keys]))
            used = [row for row in rows if _is_used(row)]
            kept += [f"{model._meta.verbose_name} “{row}”" for row in used]
            gone = [row for row in rows if row not in used]
            stored += [file for row in gone if isinstance(row, Image) for file in _files(row)]
            kept += _delete(model, gone)
        _reset_settings()
        DemoRow.objects.all().delete()
        Stamp.objects.bump(Stamp.SITE)
    for file in filter(None, stored):
        file.delete(save=False)
    return kept


def _files(image: Image) -> list[FieldFile]:
    """The picture and all its sizes; said before the rows go."""
    return [image.file, *(rendition.file for rendition in image.renditions.all())]


def _delete(model: type[models.Model], rows: list[models.Model]) -> list[str]:
    """Together where nothing stands in the way; else one by one, so that only what is held is kept."""
    try:
        with transaction.atomic():
            model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()
        return []
    except ProtectedError:
        if len(rows) == 1:
            return [f"{model._meta.verbose_name} “{rows[0]}”"]
        half = len(rows) // 2
        return _delete(model, rows[:half]) + _delete(model, rows[half:])


def _is_used(row: models.Model) -> bool:
    """Do stories that are not the demo's (those are gone by now) still show it?"""
    if isinstance(row, Topic):
        return row.articles.exists()
    if isinstance(row, Author):
        return row.bylines.exists()
    if isinstance(row, Section):
        return row.articles.exists() or Article.also_in.through.objects.filter(section=row).exists()
    if isinstance(row, Image):
        return row.led.exists() or Article.objects.filter(body__contains=f'data-image="{row.pk}"').exists()
    return False


def _forget_search() -> None:
    keys = DemoRow.objects.filter(label="articles.Article").values_list("key", flat=True)
    articles = list(Article.objects.filter(pk__in=[int(key) for key in keys]))
    for article in articles:
        article.status = Article.Status.DRAFT  # never saved: what is not published has no row in the search
    search.index_many(articles)


def _reset_settings() -> None:
    row, untouched = SiteSettings.row(), SiteSettings()
    for name, value in files.site()["settings"].items():
        if getattr(row, name) == value:
            setattr(row, name, getattr(untouched, name))
    row.save()
