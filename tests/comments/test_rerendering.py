"""Stored HTML is made again after the markup or the sanitiser has changed."""

from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from articles.models import Article
from comments import markup
from comments.models import Comment, Loaded
from newsroom.lib.models import Stamp
from tests.make import make_comment, make_reader


def made_by_an_older_version(comment: Comment, html: str) -> None:
    Comment.objects.filter(pk=comment.pk).update(html=html, html_version=markup.VERSION - 1)


def test_a6_the_worker_makes_html_of_an_older_version_again(
    article: Article, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    comments = [make_comment(article, text=f"*Words* {n}") for n in range(5)]
    current = make_comment(article, text="As it is")
    for comment in comments:
        made_by_an_older_version(comment, "<p onclick='x'>*Words*</p>")
    assert not Stamp.objects.filter(scope=Stamp.article(article.pk)).exists()
    monkeypatch.setattr("comments.models.rerendering.BATCH", 3)
    for _ in range(2):
        call_command("worker", once=True)
    # Each run begins at the beginning, so two runs of three renew all five.
    assert [c.html for c in Comment.objects.exclude(pk=current.pk).order_by("pk")] == [
        f"<p><em>Words</em> {n}</p>" for n in range(5)
    ]
    assert not Comment.objects.filter(html_version__lt=markup.VERSION).exists()
    assert Stamp.objects.get(scope=Stamp.article(article.pk)).n == 2


def test_a6_what_an_import_brought_is_cleaned_again_and_keeps_its_form(article: Article) -> None:
    rows = [Loaded("a", make_reader(), "A", "One", timezone.now(), html="<ul><li>One</li></ul>", legacy_id="wp:1")]
    brought = Comment.objects.load(article, rows)["a"]
    made_by_an_older_version(brought, "<ul><li>One<script>alert(1)</script></li></ul>")
    assert Comment.objects.render_again() == brought.pk
    assert Comment.objects.get().html == "<ul><li>One</li></ul>"
    assert Comment.objects.render_again(brought.pk) is None


def test_a6_a_comment_that_is_changed_meanwhile_keeps_its_new_words(article: Article, monkeypatch: Any) -> None:
    comment = make_comment(article, text="Old")
    made_by_an_older_version(comment, "<p>Old</p>")
    render = markup.render

    def meanwhile(text: str) -> str:
        if text == "Old":
            Comment.objects.get().edit("New", now=timezone.now())
        return render(text)

    monkeypatch.setattr("comments.markup.render", meanwhile)
    Comment.objects.render_again()
    assert Comment.objects.get().html == "<p>New</p>"
