"""Parts of addresses."""

import re

from reader.models.annotations import UID_ALPHABET, UID_LENGTH


class RefConverter:
    """A block's reference: p12, h3."""

    regex = "[ph][1-9][0-9]{0,6}"

    def to_python(self, value: str) -> str:
        """Return the reference as it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """Return the reference as it goes into an address."""
        return value


class NumberConverter:
    """The number of an edition or of a row: 1, 12."""

    regex = "[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        """Return the number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Return the number as it goes into an address."""
        return str(value)


def as_number(value: str) -> int | None:
    """Return the number that stands in a query; None for anything else."""
    return int(value) if re.fullmatch(NumberConverter.regex, value) else None


class UidConverter(RefConverter):
    """An annotation's unguessable name."""

    regex = f"[{UID_ALPHABET}]{{{UID_LENGTH}}}"
