"""Reading JSON that other software sends: at most so much, so deep, and text that can be kept."""

import json
from typing import IO, Any, NoReturn

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.parsers import JSONParser

MOST_BYTES = 1_000_000
DEEPEST = 32
LARGEST = 2**53  # beyond it, JavaScript's numbers are not whole


class TooLarge(exceptions.APIException):
    """More was sent than is read."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("This is too large: at most 1 MB can be sent at once.")


class Body(JSONParser):
    """JSON in UTF-8, whatever type it is sent as: some clients send none."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> Any:
        """Return what was sent; an empty body is None.

        Raises:
            TooLarge: it is more than :data:`MOST_BYTES`.
            ParseError: it is no JSON, nested too deeply, or holds what is no text or number.
        """
        raw = stream.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise TooLarge
        return read(raw) if raw.strip() else None


def read(raw: bytes) -> Any:
    """Return the JSON in these bytes.

    Raises:
        ParseError: as in :meth:`Body.parse`.
    """
    try:
        data = json.loads(raw.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise exceptions.ParseError(_("This is not JSON in UTF-8.")) from error
    check(data)
    return data


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def check(data: Any) -> None:
    """Pass silently when the data can be kept and given back.

    Raises:
        ParseError: it is nested too deeply, or holds what is no text or number.
    """
    level = [data]
    for _depth in range(DEEPEST + 1):
        level = [child for one in level for child in _checked(one)]
        if not level:
            return
    raise exceptions.ParseError(_("This is nested too deeply."))


def _checked(one: Any) -> list[Any]:
    """Return what is inside of a value that is in order itself."""
    if isinstance(one, dict):
        return [*one.keys(), *one.values()]
    if isinstance(one, list):
        return one
    if isinstance(one, str):
        _check_text(one)
    elif isinstance(one, int | float) and not abs(one) <= LARGEST:  # nor is what is no number
        raise exceptions.ParseError(_("There is a number in this that is too large."))
    return []


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise exceptions.ParseError(_("There is half a character in this text.")) from error
    if "\0" in text:
        raise exceptions.ParseError(_("There is an invisible control character in this text."))
