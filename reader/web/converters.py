"""Parts of addresses."""

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


class UidConverter(RefConverter):
    """An annotation's unguessable name."""

    regex = f"[{UID_ALPHABET}]{{{UID_LENGTH}}}"
