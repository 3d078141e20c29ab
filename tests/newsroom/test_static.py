"""Static files: one stylesheet and one script in production, small fonts, and no physical direction in any style."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage
from django.http import HttpResponseNotFound

from newsroom.lib.staticfiles import BundlingStorage, FoundWhenAsked, bundled_css, bundled_js

STATIC = Path(settings.BASE_DIR) / "static"


def paths_of(**files: str) -> dict[str, tuple[Storage, str]]:
    memory = InMemoryStorage()
    for name, text in files.items():
        memory.save(name, ContentFile(text.encode()))
    return {name: (memory, name) for name in files}


def project_paths() -> dict[str, tuple[Storage, str]]:
    storage = FileSystemStorage(location=STATIC)
    names = [str(path.relative_to(STATIC)) for path in STATIC.rglob("*") if path.is_file()]
    return {name: (storage, name) for name in names}


def test_a_file_is_found_from_when_it_is_asked_for_and_nothing_outside_its_folder_is(
    rf: Any, settings: Any, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    (tmp_path / "static" / "fonts").mkdir(parents=True)
    (tmp_path / "secret_key").write_text("nobody's")
    site = FoundWhenAsked(lambda request: HttpResponseNotFound())
    assert site(rf.get("/static/site.css")).status_code == 404
    (tmp_path / "static" / "site.css").write_text("a{}")
    for _ in range(2):
        answer = site(rf.get("/static/site.css"))
        assert (answer.status_code, answer.getvalue()) == (200, b"a{}")
        answer.close()
    outside = (
        "../secret_key",
        "fonts/../../secret_key",
        "%2e%2e/secret_key",
        f"/{tmp_path}/secret_key",
        "..%5csecret_key",
    )
    for name in (*outside, "fonts", "site.css%00", "x" * 5000, "%ff%fe"):
        assert site(rf.get(f"/static/{name}")).status_code == 404, name
    assert list(site.files) == ["/static/site.css"]


def test_the_stylesheet_becomes_one_file_and_keeps_its_layers() -> None:
    css = bundled_css("site.css", project_paths())
    assert "@import" not in css
    assert css.index("@layer reset, tokens") < css.index("@layer reset {")
    assert "@media print {@layer" in css or "@media print { @layer" in css
    assert 'url("fonts/newsreader-latin.woff2")' in css


def test_addresses_in_a_part_are_seen_from_the_whole() -> None:
    paths = paths_of(**{"site.css": '@import url("a/b.css") layer(base);', "a/b.css": 'x { src: url("../c/d.png"); }'})
    assert bundled_css("site.css", paths) == '@layer base {x { src: url("c/d.png"); }}'


def test_the_script_becomes_one_file_whose_parts_do_not_meet() -> None:
    paths = paths_of(
        **{
            "site.js": 'import "./a.js";\nimport "./b.js";\n',
            "a.js": "// one\nconst x = 1; // said\n",
            "b.js": "const x = 2;\n",
        }
    )
    assert bundled_js("site.js", paths) == "{\nconst x = 1; // said\n}\n{\nconst x = 2;\n}\n"


@pytest.mark.parametrize("line", ['import { a } from "./a.js";', "export const a = 1;"])
def test_a_listed_module_that_imports_or_exports_is_refused_in_words(line: str) -> None:
    paths = paths_of(**{"site.js": 'import "./a.js";\n', "a.js": line})
    with pytest.raises(ValueError, match=r"a\.js says .* neither imports nor exports"):
        bundled_js("site.js", paths)


def test_collected_files_are_hashed_compressed_and_few(tmp_path: Path) -> None:
    target = BundlingStorage(location=tmp_path, base_url="/static/")
    project = project_paths()
    chosen = {name: where for name, where in project.items() if name.endswith((".css", ".js", ".woff2"))}
    editor = paths_of(**{"ckeditor/ckeditor/plugins/link/plugin.js": "/* " + "x" * 500 + " */"})
    for name, (storage, path) in {**chosen, **editor}.items():
        with storage.open(path) as file:
            target.save(name, file)
    done = {}
    for name, hashed, _processed in target.post_process({**chosen, **editor}):
        done.setdefault(name, hashed)
    assert re.fullmatch(r"site\.[0-9a-f]{12}\.css", done["site.css"])
    collected = (tmp_path / done["site.css"]).read_text()
    assert "@import" not in collected
    assert re.search(r"fonts/newsreader-latin\.[0-9a-f]{12}\.woff2", collected)
    assert (tmp_path / f"{done['site.css']}.br").stat().st_size < 14_000
    assert (tmp_path / f"{done['site.js']}.br").exists()
    assert "import " not in (tmp_path / done["discussion.js"]).read_text()
    # The editor asks for its files by their own names.
    assert "ckeditor/ckeditor/plugins/link/plugin.js" not in done
    assert (tmp_path / "ckeditor/ckeditor/plugins/link/plugin.js.gz").exists()


def test_the_two_fonts_of_an_english_page_weigh_less_than_55_kb() -> None:
    fonts = [STATIC / "fonts" / f"{name}-latin.woff2" for name in ("newsreader", "instrument-sans")]
    assert sum(font.stat().st_size for font in fonts) < 55_000
    for family in ("newsreader", "instrument-sans"):
        assert "SIL OPEN FONT LICENSE" in (STATIC / "fonts" / f"{family}.LICENSE.txt").read_text().upper()


def test_every_stylesheet_of_a_component_is_listed() -> None:
    bundles = {"site.css", "live.css", "discussion.css"}
    listed = {name for bundle in bundles for name in re.findall(r'url\("([^"]+)"\)', (STATIC / bundle).read_text())}
    files = {str(path.relative_to(STATIC)) for path in STATIC.rglob("*.css") if "admin" not in {*path.parts, path.stem}}
    assert files - bundles - listed == set()
    assert listed - files == set()


def test_styles_name_no_left_and_right() -> None:
    physical = re.compile(
        r"(?<![\w-])(?:margin|padding|border)-(?:left|right)|(?<![\w-])(?:left|right)\s*:|(?:text-align|float):\s*(?:left|right)"
    )
    found = {
        str(path.relative_to(STATIC)): physical.findall(path.read_text())
        for path in STATIC.rglob("*.css")
        if physical.search(path.read_text())
    }
    assert found == {}
