"""What Postil ships of other people's work is what its manifest says."""

import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from reader.management import vendored

FOLDER: Path = settings.BASE_DIR / "static" / "vendor"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the vendored folder that a test may damage."""
    return Path(shutil.copytree(FOLDER, tmp_path / "vendor"))


def manifest_files() -> list[vendored.VendoredFile]:
    packages = vendored.parse_manifest((FOLDER / vendored.MANIFEST_NAME).read_text())
    return [file for package in packages for file in package.files]


def test_shipped_files_are_those_of_the_manifest() -> None:
    assert vendored.disagreements(FOLDER) == []


def test_every_package_says_its_licence_and_ships_it() -> None:
    for package in vendored.parse_manifest((FOLDER / vendored.MANIFEST_NAME).read_text()):
        assert package.licence
        assert package.why
        assert any(file.source == "LICENSE" for file in package.files), package.name


def test_a_changed_file_is_found(copy: Path) -> None:
    with (copy / "icons.svg").open("a") as sprite:
        sprite.write(" ")
    (problem,) = vendored.disagreements(copy)
    assert "icons.svg" in problem


def test_a_missing_file_is_found(copy: Path) -> None:
    (copy / "literata" / "latin-normal.woff2").unlink()
    (problem,) = vendored.disagreements(copy)
    assert "literata/latin-normal.woff2" in problem


def test_a_file_that_nobody_listed_is_found(copy: Path) -> None:
    (copy / "literata" / "stray.js").write_text("")
    (problem,) = vendored.disagreements(copy)
    assert "literata/stray.js" in problem


def test_the_command_refuses_a_damaged_folder_and_accepts_a_sound_one(copy: Path) -> None:
    call_command("vendor", "--check", folder=copy)
    (copy / "icons.svg").unlink()
    with pytest.raises(CommandError, match=r"icons\.svg"):
        call_command("vendor", "--check", folder=copy)


@pytest.mark.parametrize("file", manifest_files(), ids=lambda file: file.path)
def test_a_new_hash_is_written_to_its_own_entry_only(file: vendored.VendoredFile) -> None:
    text = (FOLDER / vendored.MANIFEST_NAME).read_text()
    renewed = vendored.with_sha256(text, file.path, vendored.sha256_of(b"renewed"))
    before = {f.path: f.sha256 for p in vendored.parse_manifest(text) for f in p.files}
    after = {f.path: f.sha256 for p in vendored.parse_manifest(renewed) for f in p.files}
    assert after == before | {file.path: vendored.sha256_of(b"renewed")}


def test_the_sprite_has_a_drawing_for_each_icon_of_the_manifest() -> None:
    (file,) = (file for file in manifest_files() if file.icons)
    root = ET.parse(FOLDER / file.path).getroot()  # noqa: S314 - our own file, hash checked above
    symbols = {symbol.get("id"): symbol for symbol in root}
    assert set(symbols) == {f"icon-{name}" for name in file.icons}
    for symbol in symbols.values():
        assert symbol.get("viewBox")
        assert len(symbol)
        assert {element.tag for element in symbol} <= {
            SVG + name
            for name in ("path", "polyline", "polygon", "line", "rect", "circle", "ellipse")
        }


def test_an_icon_is_drawn_as_its_package_draws_it() -> None:
    nodes = {"theirs": [["path", {"d": "M1 2"}], ["circle", {"cx": "3", "r": '"<'}]]}
    root = ET.fromstring(vendored.icon_sprite(nodes, {"ours": "theirs"}))  # noqa: S314 - made here
    (symbol,) = root
    assert symbol.get("id") == "icon-ours"
    assert [(e.tag.removeprefix(SVG), e.attrib) for e in symbol] == [
        (name, attributes) for name, attributes in nodes["theirs"]
    ]


def test_an_icon_that_the_package_lacks_is_an_error() -> None:
    with pytest.raises(KeyError):
        vendored.icon_sprite({}, {"ours": "theirs"})


@pytest.mark.parametrize(
    "line", ["//# sourceMappingURL=a.js.map", "//@ sourceMappingURL=a", "/*# sourceMappingURL=a */"]
)
def test_the_source_map_line_is_cut_and_nothing_else(line: str) -> None:
    assert vendored.without_source_map(f"one;\n{line}\ntwo;\n".encode()) == b"one;\ntwo;\n"
    assert vendored.without_source_map(f"one;\n{line}".encode()) == b"one;\n"


def test_no_shipped_file_names_a_source_map() -> None:
    assert not [
        p for p in FOLDER.rglob("*") if p.is_file() and b"sourceMappingURL=" in p.read_bytes()
    ]
