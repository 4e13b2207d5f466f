"""Every address of the site with something real in it, read from the routes themselves.

A route whose parts are not known here fails the tests: nothing is left out in silence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver, get_resolver

from tests.security.world import SOUGHT, STATES, WORDS, World

CONVERTER = re.compile(r"<\w+:")
# What has tests of its own for all roles: tests/admin, and parts of other programs.
ELSEWHERE = ("admin/",)
# Answered without a look at what people wrote: files, and what only a key that was mailed opens.
FILES = {"hypothesis_asset"}
MAILED = {"account_confirm_email", "account_reset_password_from_key"}
# Asked with words that only some may find. What is looked for is not what must not be shown.
ASKED = {
    "search": "q",
    "search_document": "q",
    "api_search": "text",
    "library": "q",
    "tags": "q",
    "groups": "q",
}


@dataclass(frozen=True, slots=True)
class Route:
    """One pattern of the site."""

    name: str
    parts: tuple[str, ...]
    shape: str

    def addresses(self, world: World) -> Iterator[str]:
        """Yield it for each annotation, document and person that it can be about."""
        wheres: list[dict[str, Any]] = [{}]
        for part in self.parts:
            wheres = [
                {**where, part: one} for where in wheres for one in _values(self, part, world)
            ]
        for where in wheres:
            address = self.shape
            for part, value in where.items():
                address = address.replace(f"<{part}>", str(value))
            assert "<" not in address, f"{address}: something is not filled in"
            yield f"/{address.lstrip('/')}"
            yield from self._asked(f"/{address.lstrip('/')}")

    def _asked(self, address: str) -> Iterator[str]:
        if name := ASKED.get(self.name):
            for state in STATES:
                yield f"{address}?{name}={SOUGHT[state]}"


def routes() -> list[Route]:
    """Return all of them but those that stand :data:`ELSEWHERE`."""
    return [
        Route(name, parts, shape)
        for name, parts, shape in _walk(get_resolver().url_patterns, "")
        if not shape.startswith(ELSEWHERE) and name not in FILES | MAILED
    ]


def _walk(
    patterns: list[URLPattern | URLResolver], before: str
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    for pattern in patterns:
        shape = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, shape)
        else:
            # path() writes "<slug:name>"; of a regular expression "<name>" is left.
            plain = CONVERTER.sub("<", simplify_regex(shape)).lstrip("/")
            parts = tuple(re.findall(r"<(\w+)>", plain))  # those of what stands before it too
            yield pattern.name or shape, parts, plain


def _values(route: Route, part: str, world: World) -> list[Any]:
    if part == "slug":
        return _slugs(route, world)
    values: dict[str, list[Any]] = {
        "uid": [one.uid for one in world.annotations.values()],
        "ref": ["p1", "p2"],
        "number": [1],
        "part": [1],
        "older": [1],
        "newer": [1],
        "pk": [1],
        "secret": ["unknown"],
        "username": ["author", "member"],
        "name": [*(WORDS[state] for state in ("private", "group", "pending")), "author"],
    }
    return values[part]  # a part that is not known here is told to whoever adds it


def _slugs(route: Route, world: World) -> list[str]:
    if "group" in route.shape:
        return [world.group.slug]
    return [world.document.slug, world.hidden.slug]
