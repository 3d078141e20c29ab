"""What a WordPress export consists of, as dataclasses. Made by `wxr`, used by everything else."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Site:
    """What the export says about the whole site. `version` is empty where the export does not say it."""

    title: str = ""
    description: str = ""
    language: str = ""
    link: str = ""
    blog_url: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Author:
    id: int
    login: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Term:
    """A category, a tag or a term of another taxonomy. `parent` is a slug."""

    taxonomy: str
    id: int
    slug: str
    name: str
    parent: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class TermRef:
    """That a post is filed under a term."""

    taxonomy: str
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Comment:
    """`approved` is as WordPress wrote it: "1", "0", "spam", "trash", "post-trashed"."""

    id: int
    author: str
    email: str
    url: str
    ip: str
    user_id: int
    date: datetime | None
    content: str
    approved: str
    kind: str
    parent: int
    #: wpDiscuz: the number of the question that it answers; 0 where it answers none.
    feedback: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    """An item of any type: a post, a page, an attachment, or something that only WordPress needs."""

    id: int
    type: str
    status: str
    title: str
    slug: str
    link: str
    guid: str
    creator: str
    content: str
    excerpt: str
    date: datetime | None
    modified: datetime | None
    parent: int
    menu_order: int
    password: str
    sticky: bool
    comment_status: str
    attachment_url: str
    terms: list[TermRef] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    meta: dict[str, list[str]] = field(default_factory=dict)

    def meta_value(self, key: str) -> str:
        """The first value of a postmeta key, or an empty string."""
        values = self.meta.get(key)
        return values[0] if values else ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Where reading ended before the file did. `line` is 0 where no line can be named."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """A place that had to be put right to be read at all."""

    line: int
    what: str


Entry = Site | Author | Term | Post | Fault | Repaired
