"""How a person likes to read. Kept in a cookie, so that a page is right from its first paint."""

from dataclasses import asdict, astuple, dataclass
from typing import ClassVar

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Preferences:
    """The reading preferences; every field takes one of the values in ``CHOICES``.

    ``beside``: whether one is counted among the readers of a paragraph, and told the count.
    """

    theme: str = "system"
    size: str = "m"
    face: str = "serif"
    keys: str = "on"
    beside: str = "on"

    COOKIE: ClassVar = "reading"
    MAX_AGE: ClassVar = 400 * 24 * 3600  # seconds: the longest that browsers keep a cookie
    CHOICES: ClassVar = {
        "theme": [("system", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))],
        "size": [("s", _("Small")), ("m", _("Medium")), ("l", _("Large")), ("xl", _("Larger"))],
        "face": [("serif", _("Serif")), ("sans", _("Sans serif"))],
        "keys": [("on", _("On")), ("off", _("Off"))],
        "beside": [("on", _("On")), ("off", _("Off"))],
    }

    @classmethod
    def from_cookie(cls, value: str) -> "Preferences":
        """Return the preferences in a cookie's value; what is not understood is the default."""
        return cls.from_values(dict(zip(cls.CHOICES, value.split("-"), strict=False)))

    @classmethod
    def from_values(cls, values: dict[str, str]) -> "Preferences":
        """Return preferences from field values; unknown ones are the default."""
        known = {
            name: values[name]
            for name, choices in cls.CHOICES.items()
            if values.get(name) in {value for value, _label in choices}
        }
        return cls(**known)

    def as_cookie(self) -> str:
        """Return the value to keep in the cookie."""
        return "-".join(astuple(self))

    def items(self) -> list[tuple[str, str]]:
        """Return (name, value) pairs."""
        return list(asdict(self).items())
