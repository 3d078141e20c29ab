"""A story as data: everything of it that a reader sees, taken from its row, and written back to it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from django.apps import apps
from django.db import models

from articles import diff

if TYPE_CHECKING:
    from articles.models.article import Article

#: As JSON holds it: columns by their attribute's name, other rows by their keys, moments in UTC.
Data = dict[str, Any]
#: Rows that a story names in no order of their own.
SETS: Final = ("topics", "also_in", "related")


def snapshot(article: "Article", lists: Data | None = None) -> Data:
    """The story as its columns say it now, with what hangs on it: `lists`, or what is stored."""
    columns = {field.attname: _as_json(getattr(article, field.attname)) for field in _columns(article)}
    return {**columns, "status": article.status, **(lists or lists_of(article))}


def lists_of(article: "Article") -> Data:
    """Bylines in their order, and the sets."""
    sets = {name: sorted(_keys(getattr(article, name).all())) for name in SETS}
    return {"bylines": bylines_of(article), **sets}


def bylines_of(article: "Article") -> list[list[Any]]:
    return [[byline.author_id, byline.role] for byline in article.bylines.all()]


def is_same(one: Data, other: Data) -> bool:
    """Whether readers would see the same story; the state it was in does not count."""
    first, second = typed(one), typed(other)
    bodies = [data.pop("body", "") for data in (first, second)]
    return first == second and diff.is_same(*bodies)


def typed(data: Data) -> Data:
    """Columns and lists as they may be compared: the state that a story was in does not count."""
    columns = {field.attname: value for field, value in _values(data)}
    bylines = [tuple(pair) for pair in data.get("bylines", [])]
    return {**columns, "bylines": bylines, **{name: set(data.get(name, [])) for name in SETS}}


def form_values(data: Data) -> Data:
    """What a form shows at first, by the names of its fields."""
    return {field.name: value for field, value in _values(data)} | {name: data.get(name, []) for name in SETS}


def put(article: "Article", data: Data) -> None:
    """Set the columns, and nothing else; what points to a row that is gone stays as the story has it, or empty."""
    for field, value in _values(data):
        if isinstance(field, models.ForeignKey) and value is not None and not _exist(field.remote_field.model, [value]):
            value = None if field.null else getattr(article, field.attname)
        setattr(article, field.attname, value)


def show(article: "Article", data: Data) -> None:
    """Make the story look as `data` has it, names and sets too, in memory alone."""
    put(article, data)
    sets = {name: list(getattr(article, name).model.objects.filter(pk__in=data.get(name, []))) for name in SETS}
    hang(article, [(author, role) for author, role in data["bylines"]], sets)


def hang(article: "Article", bylines: list[tuple[int, str]], sets: dict[str, list[Any]]) -> None:
    """Give the story names and sets in memory, as if they had been read."""
    byline = apps.get_model("articles", "Byline")
    authors = apps.get_model("articles", "Author")._default_manager.in_bulk([author for author, _role in bylines])
    named = [(authors[author], role) for author, role in bylines if author in authors]
    rows = [byline(article=article, author=who, role=role, position=n) for n, (who, role) in enumerate(named, 1)]
    article._prefetched_objects_cache = {**sets, "bylines": rows}  # type: ignore[attr-defined]


def write(article: "Article", data: Data, **columns: Any) -> None:
    """Store the story as `data` has it, and `columns` beside it: its row, its names in their order, its sets."""
    put(article, data)
    for name, value in columns.items():
        setattr(article, name, value)
    article.save(update_fields=[*(field.name for field in _columns(article)), *columns])
    article.name_authors([(author, role) for author, role in data["bylines"]])
    for name in SETS:
        rows = getattr(article, name)
        rows.set(_exist(rows.model, data.get(name, [])))


def _columns(of: Any) -> "Iterator[models.Field[Any, Any]]":
    return (field for field in of._meta.concrete_fields if field.editable and not field.primary_key)


def _values(data: Data) -> "Iterator[tuple[models.Field[Any, Any], Any]]":
    """Columns with their values as Python has them; older snapshots say all of them in words."""
    for field in _columns(apps.get_model("articles", "Article")):
        if field.attname in data:
            value = field.to_python(data[field.attname])
            yield field, field.get_default() if value is None and not field.null else value


def _exist(model: Any, keys: list[Any]) -> list[Any]:
    """Those of `keys` that still have a row."""
    return list(model._default_manager.filter(pk__in=keys).values_list("pk", flat=True)) if keys else []


def _keys(rows: Any) -> list[int]:
    """Of stored rows, or of those that a form has put together."""
    return [row.pk for row in rows] if isinstance(rows, list) else list(rows.values_list("pk", flat=True))


def _as_json(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
