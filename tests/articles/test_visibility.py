"""Who sees which story: readers what is live now, whoever works here what is theirs to see."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article
from articles.permissions import can
from newsroom.accounts.models import User
from tests.make import make_article, make_author, make_draft

pytestmark = pytest.mark.django_db


def in_hours(n: float):
    return timezone.now() + timedelta(hours=n)


def test_readers_see_what_is_live_at_the_moment_they_ask(section) -> None:
    live = make_article("Live", section=section)
    later = make_article("Later", section=section, publish_at=in_hours(2))
    make_article("Over", section=section, publish_at=in_hours(-3), expire_at=in_hours(-1))
    make_article("Gone", section=section, status="withdrawn", withdrawn_at=timezone.now())
    make_draft("Draft", section=section)
    assert set(Article.objects.live(timezone.now())) == {live}
    assert set(Article.objects.live(in_hours(2.1))) == {live, later}


def test_whose_story_a_draft_is_decides_who_opens_it(client_of, reporter, editor, moderator, section) -> None:
    own = make_draft(section=section, created_by=reporter)
    by_name = make_draft(section=section, authors=[make_author(user=reporter)])
    foreign = make_draft(section=section, created_by=editor)
    visible = Article.objects.visible_to(reporter, timezone.now())
    assert set(visible) == {own, by_name}
    assert can(reporter, "edit", own)
    assert can(reporter, "edit", by_name)
    assert not can(reporter, "edit", foreign)
    assert not can(moderator, "edit", own)
    desk = client_of(reporter)
    assert desk.get(f"/admin/articles/article/{own.pk}/change/").status_code == 200
    for page in ("change", "history", "delete"):
        assert desk.get(f"/admin/articles/article/{foreign.pk}/{page}/").status_code in {302, 403, 404}, page


@pytest.mark.parametrize(
    ("role", "steps"),
    [
        ("reporter", {"submit"}),
        ("editor", {"submit", "publish", "schedule"}),
        ("front_editor", {"submit", "publish", "schedule", "break_news"}),
        ("moderator", set()),
    ],
)
def test_each_role_has_its_steps(request, role, steps, section) -> None:
    user: User = request.getfixturevalue(role)
    draft = make_draft(section=section, created_by=user)
    asked = ("submit", "approve", "send_back", "publish", "schedule", "withdraw", "reinstate", "break_news")
    assert {step for step in asked if can(user, step, draft)} == steps


def test_only_an_admin_reinstates_and_only_who_may_breaks_news(editor, front_editor, admin_user, section) -> None:
    gone = make_article(section=section, status="withdrawn", withdrawn_at=timezone.now())
    live = make_article(section=section)
    assert [can(user, "reinstate", gone) for user in (editor, front_editor, admin_user)] == [False, False, True]
    assert [can(user, "break_news", live) for user in (editor, front_editor, admin_user)] == [False, True, True]
    assert [can(user, "withdraw", live) for user in (editor, front_editor, admin_user)] == [True, False, True]
