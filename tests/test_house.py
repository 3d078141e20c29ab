"""The rules of the house that a linter cannot hold (CONTRIBUTING.md)."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
ROOMS = ("newsroom", "articles", "comments", "ratings")
TEMPLATES = HOUSE / "templates"
STATIC = HOUSE / "static"

#: Pages that a reader never opens on the site: the admin has its editor's policy, a mail client knows inline style only.
NOT_FOR_READERS = re.compile(r"^(admin/|(.+/)?(letters|mail|mails|email)/)")
CONTRACT = re.compile(r"^\{#\s.+\s#\}$")
INLINE = re.compile(
    r"""\sstyle\s*=|\son[a-z]+\s*=\s*["']|<style\b|<script(?![^>]*\b(?:src=|type="application/(?:ld\+)?json"))[^>]*>""",
    re.I,
)
TRUSTED = re.compile(r"\|\s*safe(seq)?\b|autoescape\s+off")
ELSEWHERE = re.compile(
    r"""<(?:script|img|source|video|audio|iframe|embed|object)\b[^>]*\b(?:src|srcset|data|poster)\s*=\s*["']?(?:https?:)?//""",
    re.I,
)
#: Top and bottom are the same in every language that the site speaks; left and right are not.
PHYSICAL = re.compile(
    r"""(?<![-\w])(?:
        (?:margin|padding|scroll-margin|scroll-padding)-(?:left|right)
      | border-(?:left|right)(?:-(?:width|style|color))?
      | border-(?:top|bottom)-(?:left|right)-radius
      | left | right
    )\s*:
    | (?<![-\w])(?:text-align|float|clear)\s*:\s*(?:left|right)\b""",
    re.VERBOSE,
)
CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def lines_of(folder: Path, pattern: str) -> Iterator[tuple[str, int, str]]:
    """Every line of every file, with the path inside the folder and the number that an editor shows."""
    for path in sorted(filter(Path.is_file, folder.rglob(pattern))):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            yield str(path.relative_to(folder)), number, line


def offenders(folder: Path, pattern: str, rule: re.Pattern[str], excused: re.Pattern[str] | None = None) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()}"
        for path, number, line in lines_of(folder, pattern)
        if rule.search(line) and not (excused and excused.search(path))
    ]


def test_no_module_is_longer_than_300_lines() -> None:
    modules = [path for room in ROOMS for path in (HOUSE / room).rglob("*.py") if "migrations" not in path.parts]
    assert modules
    assert [str(path.relative_to(HOUSE)) for path in modules if len(path.read_text("utf-8").splitlines()) > 300] == []


def test_every_fragment_states_its_contract_in_its_first_line() -> None:
    fragments = sorted(TEMPLATES.rglob("_*.html"))
    assert [str(f.relative_to(TEMPLATES)) for f in fragments if not CONTRACT.match(first_line(f))] == []


def first_line(path: Path) -> str:
    return (path.read_text("utf-8").splitlines() or [""])[0]


def test_every_button_of_a_discussion_says_what_it_does_to_its_form() -> None:
    buttons = re.compile(r"<button\b(?![^>]*\stype=)[^>]*>")
    bare = {path.name: buttons.findall(path.read_text()) for path in (TEMPLATES / "comments").rglob("*.html")}
    assert {name: found for name, found in bare.items() if found} == {}


def test_no_page_for_readers_carries_inline_style_or_script() -> None:
    assert offenders(TEMPLATES, "*.html", INLINE, excused=NOT_FOR_READERS) == []


def test_no_page_asks_another_host_for_anything() -> None:
    assert offenders(TEMPLATES, "*.html", ELSEWHERE) == []
    assert offenders(STATIC, "*.css", re.compile(r"""(?:@import|url\()\s*["']?(?:https?:)?//""")) == []


def test_html_becomes_trusted_in_one_file_only() -> None:
    assert offenders(TEMPLATES, "*", TRUSTED) == []
    calls = re.compile(r"\b(SafeString|mark_safe)\(")
    assert [
        call for room in ROOMS for call in offenders(HOUSE / room, "*.py", calls, re.compile("^lib/html.py$"))
    ] == []


def test_stylesheets_know_start_and_end_instead_of_left_and_right() -> None:
    physical = []
    for sheet in sorted(STATIC.rglob("*.css")):
        text = CSS_COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), sheet.read_text("utf-8"))
        rows = enumerate(text.splitlines(), 1)
        physical += [f"{sheet.relative_to(STATIC)}:{n}: {row.strip()}" for n, row in rows if PHYSICAL.search(row)]
    assert physical == []


def test_every_dependency_is_pinned_and_no_lock_names_a_host() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]
    locks = {
        "requirements.txt": project["dependencies"],
        "requirements-dev.txt": project["dependencies"] + project["optional-dependencies"]["dev"],
    }
    for name, wanted in locks.items():
        text = (HOUSE / name).read_text("utf-8")
        pinned = set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))
        assert {re.split(r"[\[<>=]", dependency)[0] for dependency in wanted} <= pinned
        assert not re.search(r"://|index-url|find-links", text)
