"""Inline feedback: an editor asks at a passage, a reader comments on words, and both survive what becomes of the story."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from articles.models import Article, Section, SiteSettings
from comments.inline_feedback import feedback_of
from comments.models import Comment, InlineAnchor
from newsroom.accounts.models import User
from newsroom.lib.models import Hit
from tests.make import make_article, make_comment, make_reader

BODY = (
    '<p data-block="aaaa1111">The bridge was closed at ten past six.</p>'
    '<p data-block="bbbb2222">Anyone who crosses the <a href="/sound/">Sound</a> for work now has one good option fewer.</p>'
    '<ul data-block="cccc3333"><li data-block="dddd4444">Ferries run every half hour.</li></ul>'
)
ASKS = BODY.replace(
    "crosses the",
    '<span class="question" data-question="What did it cost you?">crosses the</span>',
)
WORDS = "one good option fewer"


@pytest.fixture
def story(section: Section) -> Article:
    return make_article("Ferries doubled", section=section, body=BODY)


@pytest.fixture
def asking(section: Section) -> Article:
    article = make_article("Ferries doubled", section=section, body=ASKS)
    InlineAnchor.objects.follow()
    return article


def say(client: Any, article: Article, text: str = "I came an hour late.", **fields: Any) -> Any:
    data = {"text": text, "name": "Noor B.", "email": "noor@example.com", **fields}
    return client.post(f"/comments/on/{article.pk}/post/", data)


def choose(client: Any, article: Article, exact: str = WORDS, text: str = "I came an hour late.", **fields: Any) -> Any:
    return say(client, article, text, **{"exact": exact, "block": "bbbb2222", **fields})


def edit(article: Article, body: str) -> None:
    """Saves new words as the desk does."""
    article.body, article.version = body, article.version + 1
    article.save()


def page_of(client: Any, url: str) -> LexborHTMLParser:
    response = client.get(url)
    assert response.status_code == 200
    return LexborHTMLParser(response.content.decode())


def story_of(client: Any, article: Article) -> LexborHTMLParser:
    return page_of(client, article.get_absolute_url())


def text_of(tree: LexborHTMLParser, selector: str) -> str:
    return " ".join(" ".join(node.text() for node in tree.css(selector)).split())


def marked(tree: LexborHTMLParser) -> str:
    return "".join(node.text() for node in tree.css(".prose mark.passage"))


# A reader's words


def test_a_reader_comments_on_words_of_the_story(client: Any, other_client: Any, story: Article) -> None:
    answer = choose(client, story)
    comment = Comment.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"{story.get_absolute_url()}#c{comment.pk}")
    passage = comment.anchor
    assert passage is not None
    assert (passage.exact, passage.block_id, passage.question) == (WORDS, "bbbb2222", "")
    assert (passage.prefix, passage.suffix) == ("crosses the Sound for work now has "[-32:], ".")
    page = story_of(other_client, story)
    assert marked(page) == WORDS
    assert "I came an hour late." in text_of(page, f"#passage-{passage.pk}")
    assert text_of(page, f"#c{comment.pk} .comment__on") == f"On: “{WORDS}”"
    assert page.css_first(f"#c{comment.pk} .comment__on a").attributes["href"].endswith(f"#passage-{passage.pk}")
    assert "All 1 Inline feedback 1" in text_of(page, ".which")


def test_readers_who_choose_the_same_words_share_a_passage(client: Any, other_client: Any, story: Article) -> None:
    choose(client, story)
    choose(other_client, story, "  one good\n option fewer ", "Same here.", prefix="nonsense", email="piet@example.com")
    assert InlineAnchor.objects.count() == 1
    assert Comment.objects.filter(anchor__isnull=False).count() == 2


def test_words_across_links_and_emphasis_of_one_block_can_be_chosen(client: Any, story: Article) -> None:
    choose(client, story, "the Sound for work")
    page = story_of(client, story)
    assert marked(page) == "the Sound for work"
    assert page.css_first(".prose mark.passage a") is None  # the link stays whole, outside


def test_the_same_words_may_be_said_of_two_passages(client: Any, story: Article) -> None:
    choose(client, story, text="Quite so, I think.")
    choose(client, story, "crosses the Sound", text="Quite so, I think.")
    choose(client, story, "crosses the Sound", text="Quite so, I think.")
    assert Comment.objects.count() == 2


@pytest.mark.parametrize(
    ("exact", "block"),
    [
        ("words that were never there", "bbbb2222"),
        ("ne", "bbbb2222"),
        ("x" * 301, "bbbb2222"),
        ("six. Anyone", ""),
        ('<img src=x onerror="alert(1)">', "bbbb2222"),
        ("one good\x00 option", "bbbb2222"),
    ],
)
def test_a5_words_that_are_not_in_the_story_are_refused_and_the_text_is_kept(
    client: Any, story: Article, exact: str, block: str
) -> None:
    answer = choose(client, story, exact, block=block)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "not in the story any more" in page
    assert "I came an hour late." in page
    assert "<img src=x" not in page
    assert not Comment.objects.exists()
    assert not InlineAnchor.objects.exists()
    assert 'name="exact"' not in page  # pressing Post again posts it without
    say(client, story)
    assert Comment.objects.get().anchor is None


def test_a5_a_passage_is_made_of_the_storys_words_and_of_nothing_that_was_sent(client: Any, section: Section) -> None:
    story = make_article(section=section, body='<p data-block="bbbb2222">Write &lt;b&gt;bold&lt;/b&gt; in HTML.</p>')
    choose(client, story, "<b>bold</b>", prefix="<script>", suffix="<script>")
    passage = InlineAnchor.objects.get()
    assert (passage.prefix, passage.suffix) == ("Write ", " in HTML.")
    html = client.get(story.get_absolute_url()).content.decode()
    assert "<b>bold</b>" not in html
    assert '<mark class="passage">&lt;b&gt;bold&lt;/b&gt;</mark>' in html


def test_a1_a_passage_of_another_story_is_not_taken(client: Any, story: Article, asking: Article) -> None:
    other = InlineAnchor.objects.get(article=asking)
    assert say(client, story, passage=other.pk).status_code == 422
    assert say(client, story, passage=2**62).status_code == 422
    assert not Comment.objects.exists()


def test_a1_nothing_is_shown_or_taken_of_a_story_that_is_gone(client: Any, asking: Article, admin_user: User) -> None:
    passage = InlineAnchor.objects.get()
    asking.withdraw(by=admin_user, reason="It was wrong.")
    assert say(client, asking, passage=passage.pk).status_code == 404
    assert choose(client, asking).status_code == 404
    assert client.get(f"/comments/on/{asking.pk}/?filter=inline").status_code == 404
    assert "cost you" not in client.get(asking.get_absolute_url()).content.decode()


def test_only_so_many_passages_are_marked_by_one_person(client: Any, section: Section, settings: Any) -> None:
    settings.NEWSROOM_LIMITS = True
    story = make_article(
        section=section, body=f'<p data-block="bbbb2222">{" ".join(f"word{n:02}" for n in range(40))}</p>'
    )
    for number in range(11):
        Hit.objects.filter(key__startswith="post").delete()  # as if the pauses between comments had been kept
        answer = choose(client, story, f"word{number:02}", f"About word {number}.")
        assert answer.status_code == (303 if number < 10 else 429), number
    assert InlineAnchor.objects.count() == 10
    Hit.objects.filter(key__startswith="post").delete()
    assert choose(client, story, "word03", "What is marked already can be answered.").status_code == 303


def test_a_comment_that_waits_is_shown_at_its_passage_to_its_writer_alone(
    client: Any, other_client: Any, story: Article, site: SiteSettings
) -> None:
    site.guests_held = 2
    site.save()
    choose(client, story)
    assert Comment.objects.get().is_waiting
    assert "I came an hour late." in text_of(story_of(client, story), ".prose .feedback")
    page = story_of(other_client, story)
    assert page.css_first(".prose .feedback") is None
    assert text_of(page, ".which") == "All 0"


# An editor's question


def test_a_question_in_the_text_is_asked_at_its_words(client: Any, asking: Article) -> None:
    passage = InlineAnchor.objects.get()
    assert (passage.question, passage.exact, passage.in_text) == ("What did it cost you?", "crosses the", True)
    page = story_of(client, asking)
    assert marked(page) == "crosses the"
    box = page.css_first(f"details#passage-{passage.pk}")
    assert "open" not in box.attributes
    assert "What did it cost you?" in box.text()
    assert text_of(page, ".which") == "All 0 Inline feedback 0"
    assert "data-question" not in page.html


def test_a_guest_answers_a_question_without_javascript(client: Any, asking: Article) -> None:
    page = story_of(client, asking)
    url = page.css_first(".feedback a[data-answer]").attributes["href"]
    form = page_of(client, url.split("#")[0]).css_first("#comment-form")
    fields = {node.attributes["name"]: node.attributes.get("value") or "" for node in form.css("input[type=hidden]")}
    fields |= {"text": "Fifty-five minutes.", "name": "Noor B.", "email": "noor@example.com"}
    assert client.post(form.attributes["action"], fields).status_code == 303
    assert Comment.objects.get().anchor == InlineAnchor.objects.get()
    page = story_of(client, asking)
    assert "Fifty-five minutes." in text_of(page, ".feedback .answers")


def test_the_newest_three_answers_stand_at_the_passage_and_all_of_them_are_one_link_away(
    client: Any, asking: Article
) -> None:
    passage = InlineAnchor.objects.get()
    for number in range(5):
        make_comment(asking, text=f"Answer {number}", anchor=passage)
    make_comment(asking, text="Not about it")
    page = story_of(client, asking)
    assert [node.text() for node in page.css(".feedback .answers li > p")] == ["Answer 4", "Answer 3", "Answer 2"]
    assert text_of(page, ".feedback summary").startswith("5 answers")
    url = next(a.attributes["href"] for a in page.css(".feedback a") if "View all" in a.text())
    page = page_of(client, url.split("#")[0])
    assert len(page.css(".thread .comment")) == 5
    assert "Not about it" not in page.html
    assert "What did it cost you?" in text_of(page, ".passage-head")


def test_a_question_follows_the_text_when_it_is_moved_or_reworded(client: Any, asking: Article) -> None:
    passage = InlineAnchor.objects.get()
    make_comment(asking, text="An hour.", anchor=passage)
    edit(asking, ASKS.replace("What did it cost you?", "What did this morning cost you?"))
    InlineAnchor.objects.follow()
    passage.refresh_from_db()
    assert (passage.question, passage.exact) == ("What did this morning cost you?", "crosses the")
    moved = BODY.replace(
        "closed at", '<span class="question" data-question="What did this morning cost you?">closed at</span>'
    )
    edit(asking, moved)
    InlineAnchor.objects.follow()
    passage.refresh_from_db()
    assert (passage.question, passage.exact, passage.at_block) == (
        "What did this morning cost you?",
        "closed at",
        "aaaa1111",
    )
    assert InlineAnchor.objects.count() == 1
    assert "An hour." in text_of(story_of(client, asking), ".feedback .answers")


def test_a_question_that_is_taken_out_ends_and_its_answers_stay_at_the_words(client: Any, asking: Article) -> None:
    passage = InlineAnchor.objects.get()
    comment = make_comment(asking, text="An hour.", anchor=passage)
    edit(asking, BODY)
    InlineAnchor.objects.follow()
    passage.refresh_from_db()
    assert passage.closed_at is not None
    page = story_of(client, asking)
    assert marked(page) == "crosses the"
    assert "What did it cost you?" not in page.html
    assert page.css_first(".feedback a[data-answer]") is None
    assert text_of(page, f"#c{comment.pk} .comment__on") == "On: “crosses the”"
    assert say(client, asking, passage=passage.pk).status_code == 422
    edit(asking, ASKS)
    InlineAnchor.objects.follow()
    passage.refresh_from_db()
    assert passage.closed_at is None
    assert InlineAnchor.objects.count() == 1


def test_a_question_at_words_that_a_reader_marked_joins_what_was_said_there(client: Any, story: Article) -> None:
    choose(client, story, "crosses the")
    edit(story, ASKS)
    InlineAnchor.objects.follow()
    passage = InlineAnchor.objects.get()
    assert (passage.question, passage.in_text) == ("What did it cost you?", True)


def test_a_reader_who_chooses_the_words_of_a_question_answers_it(client: Any, asking: Article) -> None:
    choose(client, asking, "crosses the")
    assert Comment.objects.get().anchor == InlineAnchor.objects.get()


def test_twenty_questions_are_the_most(section: Section) -> None:
    spans = " ".join(f'<span class="question" data-question="Q{n}?">word{n}</span>' for n in range(25))
    make_article(section=section, body=f"<p>{spans}</p>")
    InlineAnchor.objects.follow()
    assert InlineAnchor.objects.count() == 20
    assert InlineAnchor.objects.follow() == 0


# What becomes of a passage when the story is edited


def test_an_edited_story_shows_its_passages_before_the_worker_comes_by(client: Any, story: Article) -> None:
    choose(client, story)
    edit(
        story, BODY.replace("one good option fewer", "one good option fewer than before").replace("Anyone", "Everybody")
    )
    page = story_of(client, story)
    assert marked(page) == WORDS
    assert InlineAnchor.objects.get().article_version == 0


def test_the_worker_finds_passages_of_changed_stories_again(client: Any, story: Article) -> None:
    choose(client, story)
    assert InlineAnchor.objects.follow() == 0
    edit(story, f'<p data-block="eeee5555">First of all.</p>{BODY.replace("one good option", "one very good option")}')
    assert InlineAnchor.objects.follow() == 1
    assert InlineAnchor.objects.follow() == 0
    passage = InlineAnchor.objects.get()
    assert (passage.state, passage.article_version, passage.exact) == ("placed", 1, WORDS)
    assert marked(story_of(client, story)) == "one very good option fewer"


def test_a_lost_passage_keeps_its_quote_and_is_placed_again_when_the_words_return(client: Any, story: Article) -> None:
    choose(client, story)
    comment = Comment.objects.get()
    edit(story, BODY.replace("now has one good option fewer", "is left with the tunnel"))
    InlineAnchor.objects.follow()
    assert InlineAnchor.objects.get().state == "orphaned"
    page = story_of(client, story)
    assert marked(page) == ""
    assert text_of(page, f"#c{comment.pk} .comment__on") == f"“{WORDS}” This passage has changed since."
    assert page.css_first(f"#c{comment.pk} .comment__on a") is None
    assert "All 1 Inline feedback 1" in text_of(page, ".which")
    edit(story, BODY)
    InlineAnchor.objects.follow()
    assert marked(story_of(client, story)) == WORDS


def test_the_worker_asks_one_question_and_reads_no_story_that_has_not_changed(
    asking: Article, django_assert_num_queries: Any
) -> None:
    for _number in range(3):
        make_article()
    with django_assert_num_queries(1):
        assert InlineAnchor.objects.follow() == 0


# The list of comments


def test_the_filter_lists_what_was_said_on_passages_page_by_page(client: Any, asking: Article) -> None:
    passage = InlineAnchor.objects.get()
    now = timezone.now()
    for number in range(25):
        make_comment(asking, text=f"Inline {number}", anchor=passage, created_at=now - timedelta(minutes=number))
        make_comment(asking, text=f"Plain {number}")
    seen: list[str] = []
    url = f"/comments/on/{asking.pk}/?filter=inline"
    for _page in range(2):
        page = page_of(client, url)
        seen += [node.text(strip=True) for node in page.css(".thread .comment__body")]
        more = page.css_first(".more a.button")
        url = more.attributes["href"].split("#")[0] if more else ""
    assert seen == [f"Inline {number}" for number in range(25)]
    assert url == ""
    assert "All 50 Inline feedback 25 Latest View all comments" in text_of(page, ".which")


def test_without_questions_and_inline_comments_there_is_no_filter(client: Any, story: Article) -> None:
    make_comment(story)
    assert "Inline feedback" not in text_of(story_of(client, story), ".which")
    assert page_of(client, f"/comments/on/{story.pk}/?filter=inline&at=999").css(".thread") == []


@pytest.mark.parametrize("status", ["pending", "spam", "rejected", "removed"])
def test_a4_only_published_comments_are_counted_and_shown_at_a_passage(
    client: Any, asking: Article, status: str
) -> None:
    passage = InlineAnchor.objects.get()
    make_comment(asking, text="Seen by nobody", anchor=passage, status=status)
    make_comment(asking, text="Seen by all", anchor=passage)
    page = story_of(client, asking)
    assert text_of(page, ".feedback summary").startswith("1 answer")
    assert "Seen by nobody" not in page.html
    assert "Seen by nobody" not in page_of(client, f"/comments/on/{asking.pk}/?filter=inline&at={passage.pk}").html


def test_closed_comments_take_no_answers_and_show_no_question_that_nobody_can_answer(
    client: Any, asking: Article
) -> None:
    Article.objects.update(comments_mode="closed")
    passage = InlineAnchor.objects.get()
    page = story_of(client, asking)
    assert page.css_first(".feedback") is None
    assert say(client, asking, passage=passage.pk).status_code == 403
    make_comment(asking, text="An hour.", anchor=passage)
    page = story_of(client, asking)
    assert "An hour." in text_of(page, ".feedback")
    assert page.css_first(".feedback a[data-answer]") is None


def test_a_permalink_names_the_passage(client: Any, asking: Article) -> None:
    comment = make_comment(asking, anchor=InlineAnchor.objects.get())
    page = page_of(client, comment.get_absolute_url())
    assert text_of(page, f"#c{comment.pk} .comment__on") == "On: “crosses the”"


def test_live_pages_and_stories_without_words_are_as_they_were(client: Any, section: Section) -> None:
    for article in (make_article(section=section, kind="live", body=""), make_article(section=section, body="")):
        assert story_of(client, article).css_first(".feedback") is None


def test_inline_feedback_costs_two_queries_however_much_there_is(
    section: Section, django_assert_max_num_queries: Any
) -> None:
    spans = " ".join(f'<span class="question" data-question="Q{n}?">word{n}</span>' for n in range(20))
    story = make_article(section=section, body=f"<p>{spans}</p>")
    InlineAnchor.objects.follow()
    reader = make_reader("Noor")
    for passage in InlineAnchor.objects.all():
        make_comment(story, reader=reader, anchor=passage)
    with django_assert_max_num_queries(2):
        marks = feedback_of(story).marks(story, open_for_writing=True)
    assert len(marks) == 20


# The desk


def test_an_editor_asks_in_the_admin_without_touching_the_text(
    client_of: Any, client: Any, editor: User, story: Article
) -> None:
    desk = client_of(editor)
    data = {"article": story.pk, "exact": "  one good\noption fewer ", "question": "Which one do you take?"}
    assert desk.post("/admin/comments/inlineanchor/add/", data).status_code == 302
    passage = InlineAnchor.objects.get()
    assert (passage.exact, passage.question, passage.created_by) == (WORDS, "Which one do you take?", editor)
    assert "Which one do you take?" in text_of(story_of(client, story), ".prose .feedback")
    assert InlineAnchor.objects.follow() == 0


@pytest.mark.parametrize(
    ("exact", "says"), [("words that are not there", "do not stand in the story"), ("one", "more than one place")]
)
def test_words_that_the_story_does_not_have_are_not_asked_about(
    client_of: Any, editor: User, story: Article, exact: str, says: str
) -> None:
    data = {"article": story.pk, "exact": exact, "question": "Why?"}
    answer = client_of(editor).post("/admin/comments/inlineanchor/add/", data)
    assert says in answer.content.decode()
    assert not InlineAnchor.objects.exists()


def test_a_question_is_closed_and_reopened_at_the_desk(
    client_of: Any, client: Any, editor: User, asking: Article
) -> None:
    passage = InlineAnchor.objects.get()
    desk = client_of(editor)
    listed = desk.get("/admin/comments/inlineanchor/?is=asks").content.decode()
    assert "What did it cost you?" in listed
    data = {"action": "close_them", "_selected_action": passage.pk}
    assert desk.post("/admin/comments/inlineanchor/", data).status_code == 302
    assert "cost you" not in story_of(client, asking).html
    assert say(client, asking, passage=passage.pk).status_code == 422
    edit(asking, ASKS.replace("Ferries run", "Ferries sail"))
    InlineAnchor.objects.follow()
    assert "cost you" not in story_of(client, asking).html  # saving the story does not ask again
    desk.post("/admin/comments/inlineanchor/", data | {"action": "reopen_them"})
    assert "cost you" in story_of(client, asking).html


def test_a_passage_at_the_desk_is_looked_at_and_asked_about_but_its_words_stay(
    client_of: Any, client: Any, editor: User, moderator: User, reporter: User, story: Article
) -> None:
    choose(client, story)
    passage = InlineAnchor.objects.get()
    url = f"/admin/comments/inlineanchor/{passage.pk}/change/"
    assert client_of(reporter).get(url).status_code == 403
    assert WORDS in client_of(moderator).get(url).content.decode()
    assert client_of(editor).post(url, {"question": "Is it?", "exact": "forged"}).status_code == 302
    passage.refresh_from_db()
    assert (passage.question, passage.exact) == ("Is it?", WORDS)


def test_a_text_asks_twenty_questions_at_most(client_of: Any, editor: User, section: Section) -> None:
    from articles.forms import ArticleForm

    spans = " ".join(f'<span class="question" data-question="Q{n}?">word{n}</span>' for n in range(21))
    field = ArticleForm.base_fields["body"]
    with pytest.raises(ValidationError, match="20 questions"):
        field.clean(f"<p>{spans}</p>")


def test_a_question_can_be_typed_where_the_editor_is_a_plain_text_area(
    client_of: Any, editor: User, section: Section, settings: Any
) -> None:
    settings.NEWSROOM_EDITOR = "textarea"
    from articles.richtext import editor_widget

    assert editor_widget().__class__.__name__ == "AdminTextareaWidget"
    article = make_article(section=section, body=ASKS)
    assert article.questions == 1


def test_a_preview_without_javascript_keeps_the_passage(client: Any, asking: Article) -> None:
    passage = InlineAnchor.objects.get()
    page = say(client, asking, passage=passage.pk, preview="1").content.decode()
    assert f'name="passage" value="{passage.pk}"' in page
    assert 'id="passage-form"' in page
