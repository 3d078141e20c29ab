"""Rows that stories point to: sections (from categories), topics (from tags) and authors."""

from collections.abc import Callable, Iterable
from typing import Final

from django.utils.translation import gettext

from articles.models import Author, Section, Topic
from newsroom.lib.text import make_slug, one_line
from newsroom.wordpress import wxr
from newsroom.wordpress.addresses import kept_slug
from newsroom.wordpress.report import Report
from newsroom.wordpress.survey import Survey

#: How many sections of an import stand in the menu and on the front page: those with the most stories.
MENU_LENGTH: Final = 7


class Terms:
    """Finds or makes; a row of the same slug or name that the site has already is used, not doubled."""

    def __init__(self, survey: Survey, report: Report) -> None:
        self._survey = survey
        self._report = report
        self.sections: dict[str, Section] = {}
        self.topics: dict[str, Topic] = {}
        self._authors: dict[str, Author] = {}
        self._by_term_id: dict[int, str] = {term.id: slug for slug, term in survey.categories.items() if term.id}
        self._in_menu = {slug for slug, _ in survey.filed.most_common(MENU_LENGTH)}
        self._menu_is_ours = not Section.objects.filter(in_menu=True, legacy_id="").exists()

    def forget(self) -> None:
        """Rows that were made in a transaction that was taken back are looked up anew."""
        self.sections, self.topics, self._authors = {}, {}, {}

    def make_all(self) -> None:
        """Every category and every tag of the export, also those without stories, and its authors."""
        for slug in self._survey.categories:
            self.section(slug)
        for slug, section in self.sections.items():
            self._put_under_its_parent(slug, section)
        for slug, term in self._survey.tags.items():
            self.topic(slug, term.name)
        for author in self._survey.authors.values():
            self.author(author.login)

    def section(self, slug: str) -> Section:
        if (made := self.sections.get(slug)) is not None:
            return made
        term = self._survey.categories.get(slug) or wxr.Term("category", 0, slug, slug)
        legacy = self._survey.key(f"category:{slug}")
        own_slug = kept_slug(slug or term.name, longest=60) or f"section-{term.id}"
        found = (
            Section.objects.filter(legacy_id=legacy).first()
            or Section.objects.filter(slug=own_slug).exclude(pk__in=[row.pk for row in self.sections.values()]).first()
        )
        if found is None:
            found = self._new_section(term, own_slug, legacy)
            self._report.new["sections"] += 1
        else:
            self._report.unchanged["sections"] += 1
        self.sections[slug] = found
        return found

    def _new_section(self, term: wxr.Term, slug: str, legacy: str) -> Section:
        shown = self._menu_is_ours and term.slug in self._in_menu
        parent = self._survey.categories.get(term.parent)
        name = one_line(term.name, longest=60)
        if parent and Section.objects.filter(name__iexact=name).exists():
            name = one_line(f"{term.name} ({parent.name})", longest=60)
        return Section.objects.create(
            name=_free(name, 60, lambda value: Section.objects.filter(name=value).exists(), " "),
            slug=_free(slug, 60, lambda value: Section.objects.filter(slug=value).exists(), "-"),
            description=term.description,
            in_menu=shown,
            on_front=shown,
            legacy_id=legacy,
        )

    def _put_under_its_parent(self, slug: str, section: Section) -> None:
        """One level only: a category below that becomes a part of the first one above."""
        above, seen = self._survey.categories[slug].parent, {slug}
        top = ""
        while above in self._survey.categories and above not in seen:
            seen.add(above)
            top, above = above, self._survey.categories[above].parent
        if above in seen and above:  # categories that are each other's parents
            self._report.note(section.name, "section without a parent", "the categories above it form a circle")
            return
        if top and section.parent_id is None and section.legacy_id and self.sections[top].pk != section.pk:
            section.parent = self.sections[top]
            section.save(update_fields=["parent"])

    def first_and_others(self, post: wxr.Post) -> tuple[Section, list[Section]]:
        """The section of a story and its further ones: the primary category first, else the deepest."""
        slugs = [term.slug for term in post.terms if term.taxonomy == "category"]
        if not slugs:
            return self._default(), []
        primary = post.meta_value("_yoast_wpseo_primary_category")
        chosen = self._by_term_id.get(int(primary) if primary.isascii() and primary.isdigit() else 0, "")
        if chosen not in slugs:
            chosen = max(slugs, key=self._depth)
        first = self.section(chosen)
        others = [self.section(slug) for slug in slugs if slug != chosen]
        return first, [section for section in dict.fromkeys(others) if section != first]

    def _depth(self, slug: str) -> int:
        seen: set[str] = set()
        while slug in self._survey.categories and slug not in seen:
            seen.add(slug)
            slug = self._survey.categories[slug].parent
        return len(seen)

    def _default(self) -> Section:
        """For stories without a category: the site's own first section, or one for the purpose."""
        slug = "uncategorized"
        if slug not in self._survey.categories:
            self._survey.categories[slug] = wxr.Term("category", 0, slug, gettext("Uncategorized"))
        return self.section(slug)

    def topics_of(self, post: wxr.Post) -> list[Topic]:
        terms = [term for term in post.terms if term.taxonomy in {"post_tag", "tag"}]
        return list(dict.fromkeys(self.topic(term.slug, term.name) for term in terms))

    def topic(self, slug: str, name: str) -> Topic:
        if (made := self.topics.get(slug)) is not None:
            return made
        legacy = self._survey.key(f"tag:{slug}")
        name = one_line(name or slug, longest=80) or slug
        own_slug = kept_slug(slug or name, longest=80) or f"topic-{len(self.topics) + 1}"
        found = Topic.objects.filter(legacy_id=legacy).first() or Topic.objects.filter(name__iexact=name).first()
        if found is None:
            slug_is_free = _free(own_slug, 80, lambda value: Topic.objects.filter(slug=value).exists(), "-")
            found = Topic.objects.create(name=name, slug=slug_is_free, legacy_id=legacy)
            self._report.new["topics"] += 1
        else:
            self._report.unchanged["topics"] += 1
        self.topics[slug] = found.merged_into or found
        return self.topics[slug]

    def authors_of(self, post: wxr.Post) -> list[Author]:
        """Co-authors in their order where the plugin named them, else who wrote the post."""
        named = [(term.slug.removeprefix("cap-"), term.name) for term in post.terms if term.taxonomy == "author"]
        if not named and post.creator:
            named = [(post.creator, "")]
        return list(dict.fromkeys(self.author(login, name) for login, name in named))

    def author(self, login: str, name: str = "") -> Author:
        key = login.strip().lower()
        known = self._survey.authors.get(key) or next(
            (one for one in self._survey.authors.values() if key in {make_slug(one.login), make_slug(one.name)}), None
        )
        key = known.login.lower() if known else key
        if (made := self._authors.get(key)) is not None:
            return made
        name = one_line(known.name if known else name or login, longest=80)
        # Nobody's address goes onto a public page because it was a log-in name.
        name = name.partition("@")[0].replace(".", " ").title() if "@" in name else name
        legacy = self._survey.key(f"author:{key}")
        found = Author.objects.filter(legacy_id=legacy).first() or Author.objects.filter(name=name).first()
        if found is None:
            wish = (
                make_slug(login if "@" not in login else name) or make_slug(name) or f"author-{len(self._authors) + 1}"
            )
            slug = _free(wish, 80, lambda value: Author.objects.filter(slug=value).exists(), "-")
            found = Author.objects.create(name=name, slug=slug, legacy_id=legacy)
            self._report.new["authors"] += 1
        else:
            self._report.unchanged["authors"] += 1
        self._authors[key] = found
        return found

    def old_category_slugs(self) -> Iterable[tuple[str, list[str]]]:
        """Each category with the endings of its old addresses: its own slug, and the path through its parents."""
        for slug in self._survey.categories:
            path, seen = [slug], {slug}
            while (above := self._survey.categories[path[0]].parent) in self._survey.categories and above not in seen:
                path.insert(0, above)
                seen.add(above)
            yield slug, list(dict.fromkeys([slug, "/".join(path)]))


def _free(wish: str, longest: int, is_taken: Callable[[str], bool], joint: str) -> str:
    """`wish`, or with the first number behind it that nobody has."""
    candidate, n = wish[:longest], 1
    while is_taken(candidate):
        n += 1
        candidate = f"{wish[: longest - len(str(n)) - len(joint)]}{joint}{n}"
    return candidate
