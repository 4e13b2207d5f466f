"""Other people's files that Postil ships: what the manifest says of them, and whether it is true.

Everything here works on text, bytes and a folder that is there; fetching packages is the business
of the command ``vendor``.
"""

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

MANIFEST_NAME = "manifest.toml"
SOURCE_MAP_LINE = re.compile(rb"^\s*(?://[#@]|/\*[#@])\s*sourceMappingURL=.*$\n?", re.MULTILINE)
# How Lucide draws: outlines two units wide on a field of 24, in the colour of the text around.
SYMBOL_ATTRIBUTES = (
    'viewBox="0 0 24 24" fill="none" stroke="currentColor" '
    'stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
)


@dataclass(frozen=True, kw_only=True)
class VendoredFile:
    """One file of the manifest.

    ``path`` is relative to the manifest's folder, ``source`` to the package's. With ``icons``, a
    mapping of Postil's icon names to the package's, the source is a file of icon nodes and the
    file a sprite made of it; without, a copy.
    """

    path: str
    source: str
    sha256: str
    icons: dict[str, str] = field(default_factory=dict)

    def made_from(self, source: bytes) -> bytes:
        """Return the file's bytes, made from those of its source in the package.

        Raises:
            KeyError: an icon that the manifest names is not in the source.
        """
        if self.icons:
            return icon_sprite(json.loads(source), self.icons).encode()
        return without_source_map(source)


@dataclass(frozen=True, kw_only=True)
class Package:
    """One npm package of the manifest and the files taken from it."""

    name: str
    version: str
    licence: str
    why: str
    files: tuple[VendoredFile, ...]


def parse_manifest(text: str) -> list[Package]:
    """Return the manifest's packages.

    Raises:
        tomllib.TOMLDecodeError: the text is not TOML.
        TypeError: an entry lacks a key or has one that nobody knows.
    """
    return [
        Package(
            **{key: value for key, value in entry.items() if key != "file"},
            files=tuple(VendoredFile(**file) for file in entry["file"]),
        )
        for entry in tomllib.loads(text)["package"]
    ]


def with_sha256(manifest: str, path: str, sha256: str) -> str:
    """Return the manifest's text with the hash of the file at ``path`` replaced."""
    entry = re.compile(
        rf'(^path = "{re.escape(path)}"\n(?:(?!\[).*\n)*?sha256 = ")[^"]*', re.MULTILINE
    )
    return entry.sub(rf"\g<1>{sha256}", manifest, count=1)


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def without_source_map(content: bytes) -> bytes:
    """Return a script or style sheet without the line that names its source map.

    The map is not shipped, and the storage of hashed static files refuses a reference to a file
    that is missing. Bytes that hold no such line (a font) come back as they are.
    """
    return SOURCE_MAP_LINE.sub(b"", content) if b"sourceMappingURL" in content else content


def icon_sprite(nodes: dict[str, list[list[Any]]], icons: dict[str, str]) -> str:
    """Return an SVG file with one ``<symbol id="icon-NAME">`` per icon, in order of name.

    Args:
        nodes: Lucide's drawings: icon name to a list of [element name, attributes].
        icons: Postil's name of each icon wanted and Lucide's.

    Raises:
        KeyError: Lucide has no icon of that name.
    """
    symbols = "".join(
        f'<symbol id="icon-{name}" {SYMBOL_ATTRIBUTES}>{_drawing(nodes[icons[name]])}</symbol>\n'
        for name in sorted(icons)
    )
    return (
        "<!-- Lucide icons, ISC and MIT licences: see lucide-LICENSE.txt -->\n"
        f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}</svg>\n'
    )


def _drawing(elements: list[list[Any]]) -> str:
    return "".join(f"<{name} {_attributes(attributes)}/>" for name, attributes in elements)


def _attributes(attributes: dict[str, Any]) -> str:
    return " ".join(f"{key}={quoteattr(str(value))}" for key, value in attributes.items())


def disagreements(folder: Path) -> list[str]:
    """Return a sentence for each way in which the manifest in ``folder`` and its files disagree.

    An empty list says that every file listed is there with the hash it should have, and that
    no other file is.
    """
    manifest = folder / MANIFEST_NAME
    files = [file for package in parse_manifest(manifest.read_text()) for file in package.files]
    listed = {folder / file.path: file.sha256 for file in files}
    present = {path for path in folder.rglob("*") if path.is_file()} - {manifest}
    missing = [
        f"{path.relative_to(folder)} is missing." for path in sorted(listed.keys() - present)
    ]
    unlisted = [
        f"{path.relative_to(folder)} is not in the manifest."
        for path in sorted(present - listed.keys())
    ]
    changed = [
        f"{path.relative_to(folder)} is not the file that the manifest names (SHA-256 differs)."
        for path in sorted(present & listed.keys())
        if sha256_of(path.read_bytes()) != listed[path]
    ]
    return missing + unlisted + changed
