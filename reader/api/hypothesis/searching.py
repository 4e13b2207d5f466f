"""Searching: reading the parameters, which are many."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from reader.api.access import reader_of
from reader.api.hypothesis.base import View, bad
from reader.queries.hypothesis import username_in
from reader.queries.hypothesis_search import SORTS, Search, search

MOST, USUAL, FURTHEST = 200, 20, 9_800
MOST_VALUES = 100
LONGEST_VALUE = 3_000
MOST_WORDS = 50
MOST_WILDCARDS, LONGEST_WILDCARD, MOST_STARS = 10, 500, 20
FIRST_MILLISECOND = 9_999
"""A smaller number is a year."""
TRUE, FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off", ""}


class SearchView(View):
    """Annotations that the viewer may read."""

    def get(self, request: Request) -> Response:
        """Return those that fit all parameters."""
        viewer = reader_of(request)
        return Response(search(viewer, read(request.query_params)))


def read(sent: QueryDict) -> Search:
    """Return what is looked for.

    Raises:
        ValidationError: a parameter is none that it can be.
    """
    sort = chosen(sent, "sort", SORTS, "updated")
    return Search(
        limit=number(sent, "limit", 0, MOST, USUAL),
        offset=number(sent, "offset", 0, FURTHEST, 0),
        sort=sort,
        is_ascending=chosen(sent, "order", ("asc", "desc"), "desc") == "asc",
        after=_after(sent, sort),
        uris=[*values(sent, "uri"), *values(sent, "url")],
        wildcards=_wildcards(values(sent, "wildcard_uri")),
        parts=values(sent, "uri.parts"),
        users=values(sent, "user"),
        groups=values(sent, "group"),
        tags=[*words(sent, "tag"), *_listed(words(sent, "tags"))],
        anything=words(sent, "any"),
        quote=words(sent, "quote"),
        text=words(sent, "text"),
        references=values(sent, "references"),
        separates_replies=_truth(sent, "_separate_replies"),
    )


def values(sent: QueryDict, name: str) -> list[str]:
    """Return all values of a parameter.

    Raises:
        ValidationError: there are too many, or one is too long or no text.
    """
    found = [one for one in sent.getlist(name) if one.strip()]
    if len(found) > MOST_VALUES or any(len(one) > LONGEST_VALUE for one in found):
        raise bad(name, _("This is too much."))
    for one in found:
        check_text(name, one)
    return found


def words(sent: QueryDict, name: str) -> list[str]:
    """Return all values of a parameter in which words are looked for.

    Raises:
        ValidationError: there are too many, or one is no text.
    """
    found = values(sent, name)
    if sum(len(one.replace(",", " ").split()) for one in found) > MOST_WORDS:
        raise bad(name, _("At most %(limit)d words, please.") % {"limit": MOST_WORDS})
    return found


def check_text(name: str, value: str) -> None:
    """Pass silently when a database can be asked for the text.

    Raises:
        ValidationError: there is a NUL or half a character in it.
    """
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise bad(name, _("There is an invisible control character in this text."))


def number(sent: QueryDict, name: str, least: int, most: int, usual: int) -> int:
    """Return a whole number within bounds; the usual one where it is missing.

    Raises:
        ValidationError: it is something else.
    """
    raw = sent.get(name, "").strip()
    if not raw and name not in sent:
        return usual
    digits = raw.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= len(str(FURTHEST)) + 1):
        raise bad(
            name, _("This must be a number from %(least)d to %(most)d.") % _bounds(least, most)
        )
    if not least <= int(raw) <= most:
        raise bad(
            name, _("This must be a number from %(least)d to %(most)d.") % _bounds(least, most)
        )
    return int(raw)


def _bounds(least: int, most: int) -> dict[str, int]:
    return {"least": least, "most": most}


def chosen(sent: QueryDict, name: str, known: object, usual: str) -> str:
    """Return one of the known values; the usual one where it is missing.

    Raises:
        ValidationError: it is another one.
    """
    value = sent.get(name, usual)
    names = list(known)  # type: ignore[call-overload]  # any iterable of names
    if value not in names:
        raise bad(name, _("This must be one of: %(names)s.") % {"names": ", ".join(names)})
    return value


def _truth(sent: QueryDict, name: str) -> bool:
    value = sent.get(name, "").strip().lower()
    if value not in TRUE | FALSE:
        raise bad(name, _("This must be true or false."))
    return value in TRUE


def _listed(sent: list[str]) -> list[str]:
    """Return the tags in lists that are separated by commas, in brackets or not."""
    return [tag for one in sent for raw in one.strip("[]").split(",") if (tag := raw.strip())]


def _after(sent: QueryDict, sort: str) -> datetime | str | None:
    raw = sent.get("search_after", "").strip()
    if not raw:
        return None
    if sort in ("created", "updated"):
        return moment_in(raw, "search_after")
    check_text("search_after", raw)
    return username_in(raw) or raw if sort == "user" else raw


def moment_in(raw: str, name: str) -> datetime:
    """Return a time: in ISO 8601, or in milliseconds since 1970.

    Raises:
        ValidationError: it is none.
    """
    try:
        if raw.replace(".", "", 1).isdecimal() and float(raw) >= FIRST_MILLISECOND:
            return datetime.fromtimestamp(float(raw) / 1000, UTC)
        year = f"{raw}-01-01" if raw.isdecimal() else raw
        # A plus sign that was not encoded arrives as a space.
        at = datetime.fromisoformat(year.replace(" ", "+") if "T" in year else year)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise bad(name, _("This must be a time in ISO 8601.")) from error


def _wildcards(sent: Sequence[str]) -> list[str]:
    if len(sent) > MOST_WILDCARDS:
        raise bad("wildcard_uri", _("At most %(limit)d, please.") % {"limit": MOST_WILDCARDS})
    return [_wildcard(one) for one in sent]


def _wildcard(raw: str) -> str:
    """Return a pattern whose wildcards are where they may be: in the path and the query.

    Raises:
        ValidationError: they are elsewhere.
    """
    raw = raw.strip()
    if len(raw) > LONGEST_WILDCARD or raw.count("*") > MOST_STARS:
        raise bad("wildcard_uri", _("This pattern is too long, or has too many wildcards."))
    pattern = raw if ":" in raw.partition("/")[0] else f"http://{raw}"
    scheme, _colon, rest = pattern.partition(":")
    host = rest[2:].partition("/")[0].partition("?")[0] if rest.startswith("//") else ""
    if any(sign in f"{scheme}{host}" for sign in "*_"):
        message = _("Wildcards (_ and *) are permitted in the path and the query only.")
        raise bad("wildcard_uri", message)
    return pattern
