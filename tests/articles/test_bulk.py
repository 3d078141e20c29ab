"""Many stories at once: each takes the step for itself or says why not, and no more is done than was meant."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.admin.bulk import ASKED, MOST
from articles.models import Article, Transition
from articles.models.snapshot import snapshot
from tests.make import make_article, make_author, make_draft, make_section

pytestmark = pytest.mark.django_db


def ask(client, name, stories, **more):
    posted = {"action": name, "_selected_action": [story.pk for story in stories], **more}
    return client.post("/admin/articles/article/", posted, follow=True)


def do(client, name, stories, **more):
    return ask(client, name, stories, apply="1", **more)


def states(*stories):
    return [Article.objects.get(pk=story.pk).status for story in stories]


def ready(**over):
    """A draft that lacks nothing."""
    return make_draft(authors=[make_author()], **over)


def test_the_page_that_asks_changes_nothing_and_names_every_story(client_of, editor, section) -> None:
    one, other = ready(section=section), make_article("Out already", section=section)
    asked = ask(client_of(editor), "submit", [one, other])
    assert "This is about 2 stories" in asked.text
    assert one.headline in asked.text
    assert asked.text.count("cannot take this step") == 1
    assert states(one, other) == ["draft", "published"]


def test_stories_are_submitted_and_approved_each_by_its_own_step_with_the_note(client_of, editor, section) -> None:
    stories = [ready(section=section) for _ in range(3)]
    assert "Submit for review: 3 stories." in do(client_of(editor), "submit", stories, note="For tonight").text
    assert states(*stories) == ["review"] * 3
    assert "Approve: 3 stories." in do(client_of(editor), "approve", stories).text
    assert states(*stories) == ["ready"] * 3
    assert Transition.objects.filter(action="submit", note="For tonight", user=editor).count() == 3


def test_what_cannot_take_the_step_is_left_and_told_with_its_reason(client_of, editor, section) -> None:
    good = ready(section=section)
    embargoed = ready(section=section, headline="Held back", embargo_until=timezone.now() + timedelta(hours=2))
    out = make_article("Out already", section=section, authors=[make_author()])
    told = do(client_of(editor), "publish", [good, embargoed, out], anyway="on").text
    assert "Publish now: 1 story." in told
    assert "2 stories were left as they are." in told
    assert "“Held back”: 1 thing must be mended before readers see this:" in told
    assert states(good, embargoed) == ["published", "draft"]
    assert Transition.objects.count() == 1


def test_the_checklist_is_asked_of_each_story(client_of, editor, section) -> None:
    asks, blocks = (
        ready(section=section, headline="Asks"),
        ready(section=section, headline="Blocks", body="<p>[TK]</p>"),
    )
    told = do(client_of(editor), "publish", [asks, blocks]).text
    assert "2 stories were left as they are." in told
    do(client_of(editor), "publish", [asks, blocks], anyway="on")
    assert states(asks, blocks) == ["published", "draft"]


def test_stories_are_withdrawn_with_a_reason_and_not_without(client_of, editor, section) -> None:
    stories = [make_article(section=section) for _ in range(2)]
    missing = do(client_of(editor), "withdraw", stories)
    assert (missing.status_code, "This field is required" in missing.text) == (422, True)
    assert states(*stories) == ["published"] * 2
    do(client_of(editor), "withdraw", stories, note="The agency recalled them.")
    assert {story.withdrawn_reason for story in Article.objects.all()} == {"The agency recalled them."}


def test_a_story_moves_to_another_section_at_once_and_its_working_draft_with_it(client_of, editor, article) -> None:
    sea = make_section("Sea")
    article.keep_draft(snapshot(article) | {"headline": "Not yet"}, base=0, by=editor)
    draft = make_draft(section=article.section)
    assert "Change section: 2 stories." in do(client_of(editor), "move", [article, draft], section=sea.pk).text
    article.refresh_from_db()
    assert (article.section, article.headline) == (sea, "Ferries doubled across the Sound")
    article.publish_update(base=article.version, by=editor)
    assert (article.section, article.headline) == (sea, "Not yet")


def test_more_than_twenty_stories_are_counted_aloud_and_more_than_two_hundred_are_refused(
    client_of, editor, section
) -> None:
    desk, many = client_of(editor), [make_draft(section=section) for _ in range(ASKED + 1)]
    for count in ("", "20"):
        refused = do(desk, "submit", many, count=count)
        assert refused.status_code == 422
        assert set(states(*many)) == {"draft"}
    do(desk, "submit", many, count=str(ASKED + 1))
    assert set(states(*many)) == {"review"}
    Article.objects.bulk_create(
        Article(headline=f"Many {n}", slug=f"many-{n}", section=section) for n in range(MOST - ASKED)
    )
    assert "At most 200 stories at once" in do(desk, "submit", Article.objects.all()).text


def test_each_is_offered_the_steps_of_their_role_and_a_reporter_moves_no_other_story(
    client_of, reporter, editor, front_editor, section
) -> None:
    make_draft(section=section, created_by=reporter)
    theirs = make_draft(section=section, created_by=editor)
    offered = {
        name: {choice for choice, _label in page.context["action_form"].fields["action"].choices if choice}
        for name, page in [
            (user.name, client_of(user).get("/admin/articles/article/")) for user in (reporter, editor, front_editor)
        ]
    }
    assert offered == {
        "Ines Halloran": {"submit", "move"},
        "Oskar Lind": {"submit", "approve", "publish", "withdraw", "move"},
        "Mira Solane": {"submit", "approve", "publish", "move"},
    }
    for name in ("submit", "publish", "move"):
        do(client_of(reporter), name, [theirs], section=make_section().pk)
    theirs.refresh_from_db()
    assert (theirs.status, theirs.section) == ("draft", section)
