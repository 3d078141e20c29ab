"""The search table, in each database's own kind.

Without a foreign key on either (FTS5 has none): a row that outlived its story finds nothing, since a search narrows what
readers may see anyway.
"""

from django.db import migrations

_POSTGRESQL = """
CREATE TABLE articles_search (
    article_id bigint PRIMARY KEY,
    headline text NOT NULL, standfirst text NOT NULL, body text NOT NULL, names text NOT NULL,
    document tsvector NOT NULL
);
CREATE INDEX articles_search_document ON articles_search USING gin (document);
"""
_SQLITE = """
CREATE VIRTUAL TABLE articles_search USING fts5
    (headline, standfirst, body, names, tokenize = 'porter unicode61 remove_diacritics 2');
"""


def create(apps, schema_editor):
    schema_editor.execute(_POSTGRESQL if schema_editor.connection.vendor == "postgresql" else _SQLITE)


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE articles_search")


class Migration(migrations.Migration):
    dependencies = [("articles", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
