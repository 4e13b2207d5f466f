"""What the documentation names is there, and what is there it names."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "seeds" / "README.md"]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
OPERATIONS = ROOT / "docs" / "operations.md"

SETTING = re.compile(r"env(?:\.\w+)?\(\s*[\"']([A-Z_]+)[\"']")
ROW = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
MAKE = re.compile(r"\bmake ([a-z][a-z-]*)")
TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
PLACE = re.compile(
    r"`((?:reader|static|templates|tests|web|admin|actions|text|templatetags)/[\w./]*)`"
)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def name_of(page: Path) -> str:
    """Return the page's path as people write it."""
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """Return the names by which the page's headings can be linked to."""
    titles = (re.sub(r"[^\w\s-]", "", title).lower() for title in HEADING.findall(page.read_text()))
    return {title.strip().replace(" ", "-") for title in titles}


def test_every_setting_is_described_and_every_description_is_of_a_setting() -> None:
    source = (ROOT / "reader" / "settings.py").read_text()
    read = set(SETTING.findall(source))
    assert len(read) > 10
    assert set(ROW.findall(OPERATIONS.read_text())) == read


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_named_exists(page: Path) -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text()))
    named = {name for code in CODE.findall(page.read_text()) for name in MAKE.findall(code)}
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for first, second in LINK.findall(page.read_text()):
        address, _, anchor = (first or second).partition("#")
        if "://" in address:
            continue
        target = (page.parent / address).resolve() if address else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(first or second)
    assert lost == []


def test_every_place_that_the_architecture_names_exists() -> None:
    named = PLACE.findall((ROOT / "docs" / "architecture.md").read_text())
    # The page names rooms of the app by their floor alone: `actions/passages.py`.
    lost = [at for at in named if not ((ROOT / at).exists() or (ROOT / "reader" / at).exists())]
    assert len(named) > 10
    assert lost == []


def test_every_floor_is_in_the_architecture() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    outside = {"locale", "migrations", "templatetags"}  # Django's own folders, no floors
    floors = {path.parent.name for path in (ROOT / "reader").glob("*/__init__.py")} - outside
    assert {floor for floor in floors if f"`reader/{floor}/`" not in page} == set()


def test_every_key_that_the_reader_knows_is_in_the_readme() -> None:
    script = (ROOT / "static" / "js" / "keys.js").read_text()
    table = script[script.index("const KEYS") : script.index("};", script.index("const KEYS"))]
    known = re.findall(r"^  \"?([^\s\":]+)\"?:", table, re.MULTILINE)
    shown = {"Escape": "Esc"}
    readme = (ROOT / "README.md").read_text()
    assert len(known) > 10
    assert [key for key in known if f"`{shown.get(key, key)}`" not in readme] == []
