"""Templates that are drawn once and filled in: the same HTML as the ordinary rendering, or a loud refusal."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError
from django.template import Context, Engine, Library
from django.template.base import Template
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsroom.lib.slots import CannotFollow, later
from newsroom.lib.stencil import Stencil

tags = Library()
tags.simple_tag(lambda value: later(str.upper, value), name="shout")
tags.simple_tag(lambda value: f"{value[0]}.", name="initial")
ENGINE = Engine(libraries={"i18n": "django.templatetags.i18n"})
ENGINE.template_libraries["own"] = tags

WORDS = """{% load i18n own %}<li class="{% if item.old %}old{% endif %}" title="{{ item.name }}">{{ item.name }}
{% if item.n > 2 and not item.old %}many{% elif item.n == page.most %}most{% endif %} {% shout item.name %} {0} {{ page.query }}
{% blocktranslate count n=item.n with who=item.name %}{{ n }} word of {{ who }}{% plural %}{{ n }} words of {{ who }}{% endblocktranslate %}
{% for part in item.parts %}{{ forloop.counter }}{% if forloop.last %}.{% endif %}{{ part }}{% endfor %}{{ item.shouted }}</li>"""


@dataclass
class Item:
    name: str = "Noor"
    n: int = 1
    old: bool = False
    parts: list[str] = field(default_factory=list)

    def shouted(self) -> str:
        return self.name.upper()


def template(text: str) -> Template:
    return Template(text, engine=ENGINE)


PAGE = SimpleNamespace(most=2, query='sort="<x>"')
ITEMS = st.builds(Item, st.text(), st.integers(-3, 9), st.booleans(), st.lists(st.text(max_size=3), max_size=3))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # slow is the machine
@given(st.lists(ITEMS, min_size=1, max_size=12))
def test_a_stencil_prints_what_the_template_prints(items: list[Item]) -> None:
    words = template(WORDS)
    stencil = Stencil(words)
    for item in items:
        assert stencil.fill(scope(item)) == words.render(Context({"item": item, "page": PAGE}))


def scope(item: Any) -> SimpleNamespace:
    return SimpleNamespace(item=item, page=PAGE)


def test_a_number_is_compared_with_what_is_nothing_for_one_item_and_a_number_for_the_next() -> None:
    words = template(
        "{% if item.n == item.parent %}its child{% elif item.parent == item.n %}never{% else %}none{% endif %}"
    )
    stencil = Stencil(words)
    drawn = [stencil.fill(scope(SimpleNamespace(n=n, parent=parent))) for n, parent in ((1, None), (1, 1), (1, 2))]
    assert drawn == ["none", "its child", "none"]


@pytest.mark.parametrize("name", ["<b>", "{0}", "{item}", "%s %(n)s", "\"'&", "\ue000\ue001", "&amp;", "{{ page }}"])
def test_a5_a_hostile_name_is_a_value_and_nothing_else(name: str) -> None:
    words = template("{% if item.old %}{% endif %}<p>{{ item.name }}</p>")
    stencil = Stencil(words)
    stencil.fill(scope(Item("first of its kind")))
    assert stencil.fill(scope(Item(name))) == words.render(Context({"item": Item(name)}))


def test_a_mark_of_one_page_is_no_mark_on_another() -> None:
    """What a reader could learn of the marks is nothing; and whatever they write is only ever put in, never searched."""
    from newsroom.lib import slots

    words = template("<p>{{ item.name }} {{ item.n }}</p>")
    stencil = Stencil(words)
    forged = f"{slots._MARK}0007"
    assert stencil.fill(scope(Item(forged))) == f"<p>{forged} 1</p>"
    assert stencil.fill(scope(Item("Noor"))) == "<p>Noor 1</p>"


def test_the_template_is_drawn_once_for_each_kind(settings: Any) -> None:
    settings.NEWSROOM_STRICT = False
    asked = []
    tags.simple_tag(lambda: asked.append(1) or "", name="count")
    stencil = Stencil(template("{% load own %}{% count %}{% if item.old %}old{% endif %}{{ item.name }}"))
    for n in range(10):
        stencil.fill(scope(Item(f"Reader {n}", old=n % 2 == 0)))
    assert len(asked) == 4  # two kinds, each with a slot drawing and an ordinary one to compare with


@pytest.mark.parametrize(
    "text",
    [
        "{{ item.name|upper }}",
        "{{ item.name|truncatewords:3 }}",
        "{{ item.name|urlencode }}",
        "{{ item.n|add:1 }}",
        "{{ item.n|stringformat:'03d' }}",
        "{% if item.name|upper == 'NOOR' and item.old %}x{% endif %}",
        "{% if item.nothing and item.old %}x{% endif %}",
        "{% load own %}{% initial item.name %}",
        "{% if item.name is 1 or item is item %}{% else %}x{% endif %}{{ item.name.title }}{{ item.missing }}",
    ],
)
def test_what_a_stencil_cannot_follow_fails_loudly(text: str) -> None:
    with pytest.raises(CannotFollow, match="Compute it in the item"):
        Stencil(template(text)).fill(scope(Item()))


def test_what_a_template_has_from_elsewhere_than_its_values_fails_at_the_second_item() -> None:
    ticks = iter(range(9))
    tags.simple_tag(lambda: next(ticks) // 2, name="tick")  # the same in both drawings of the first item
    stencil = Stencil(template("{% load own %}{% tick %}{{ item.name }}"))
    stencil.fill(scope(Item("a")))
    with pytest.raises(CannotFollow, match="differs from the ordinary rendering"):
        stencil.fill(scope(Item("b")))


def test_a_question_may_stand_behind_another_one() -> None:
    """Questions that always came together are asked together: of an item of a new kind the second has no answer."""
    words = template("{% if item.of %}{% if item.of.old %}old {% endif %}{{ item.of.name }}{% endif %}{{ item.name }}.")
    stencil = Stencil(words)
    items = [SimpleNamespace(name="a", of=of) for of in (Item("x"), None, Item("y", old=True), None, Item("z"))]
    assert [stencil.fill(scope(item)) for item in items] == ["xa.", "a.", "old ya.", "a.", "za."]


def test_what_is_kept_has_a_limit(settings: Any, monkeypatch: Any) -> None:
    from newsroom.lib import stencil as module

    monkeypatch.setattr(module, "_KEPT_MAX", 200)
    stencil = Stencil(template("{% for part in item.parts %}<b>{{ part }}</b>{% endfor %}"))
    for n in [*range(30), *range(30)]:
        assert stencil.fill(scope(Item(parts=["&"] * n))) == "<b>&amp;</b>" * n
        assert sum(each.text.size for each in stencil._drawings[:-1]) <= 200


def test_on_a_site_such_a_template_is_drawn_as_ever_and_said_once(settings: Any, caplog: Any) -> None:
    settings.NEWSROOM_STRICT = False
    stencil = Stencil(template("{{ item.name|upper }}"))
    assert [stencil.fill(scope(Item(name))) for name in ("a", "<b>")] == ["A", "&lt;B&gt;"]
    assert len(caplog.records) == 1


def test_a_value_that_fails_later_only_costs_speed(settings: Any) -> None:
    settings.NEWSROOM_STRICT = False
    stencil = Stencil(template("{{ item.name.real }}|{{ item.n }}"))
    assert stencil.fill(scope(SimpleNamespace(name=SimpleNamespace(real="x"), n=1))) == "x|1"
    assert stencil.fill(scope(SimpleNamespace(name=None, n=2))) == "|2"


def test_what_fails_once_is_no_reason_to_give_up(settings: Any) -> None:
    """A database that is away for a moment must not make every page dear until the site is started again."""
    settings.NEWSROOM_STRICT = False
    answers = iter([OperationalError(), OperationalError()])

    def name() -> str:
        if error := next(answers, None):
            raise error
        return "a"

    stencil = Stencil(template("{{ item.name }}"))
    with pytest.raises(OperationalError):
        stencil.fill(scope(SimpleNamespace(name=name)))
    assert stencil.fill(scope(SimpleNamespace(name=name))) == "a"
    assert not stencil._gave_up
    assert stencil._tree is not None
