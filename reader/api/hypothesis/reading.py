"""Annotations as clients of Hypothesis send them: checked for their form, and taken apart."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from reader.actions.passages import Selectors
from reader.api.hypothesis.base import bad
from reader.models import AsSent
from reader.queries.hypothesis import PUBLIC, Json, quote_in

MOST_SELECTORS = 50
MOST_TARGETS = 20
MOST_REFERENCES = 1_000
LONGEST_QUOTE = 10_000
SETTLED = frozenset(
    {
        "actions",
        "created",
        "flagged",
        "group",
        "hidden",
        "id",
        "links",
        "mentions",
        "moderation",
        "moderation_status",
        "permissions",
        "references",
        "tags",
        "text",
        "updated",
        "uri",
        "user",
        "user_info",
    }
)
"""What this site says itself, whatever is sent."""
READER = re.compile(r"(acct|group):.+")


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent; None for what was not.

    ``shared``: whether others may read it. ``rest``: what is kept to be given back.
    """

    uri: str | None = None
    text: str | None = None
    tags: list[str] | None = None
    group: str | None = None
    shared: bool | None = None
    references: list[str] | None = None
    targets: list[Json] | None = None
    rest: Json = field(default_factory=dict)

    def selectors(self) -> Selectors:
        """Return the selectors that can be looked for in the text: the quote.

        A position sent by these clients counts the characters of a page, not those of the text.
        """
        quote = quote_in(self.targets[0]) if self.targets else {}
        return Selectors([quote] if quote.get("exact") else [])

    def as_sent(self) -> AsSent:
        """Return what is kept beside the annotation, unsaved."""
        targets = {"target": self.targets} if self.targets else {}
        return AsSent(protocol=AsSent.Protocol.HYPOTHESIS, data={**self.rest, **targets})


def read(data: Any) -> Sent:
    """Return what was sent.

    Raises:
        ValidationError: it has not the form of an annotation.
    """
    if not isinstance(data, dict):
        raise bad("body", _("Send a JSON object."))
    group = text_in(data, "group")
    return Sent(
        uri=text_in(data, "uri"),
        text=text_in(data, "text"),
        tags=texts_in(data, "tags"),
        group=group,
        shared=_shared(data),
        references=_references(data),
        targets=_targets(data),
        rest={name: value for name, value in data.items() if name not in {*SETTLED, "target"}},
    )


def text_in(data: Mapping[str, Any], name: str) -> str | None:
    """Return a field that is text; None where it is missing.

    Raises:
        ValidationError: it is something else.
    """
    value = data.get(name)
    if name in data and not isinstance(value, str):
        raise bad(name, _("This must be text."))
    return value


def texts_in(data: Mapping[str, Any], name: str) -> list[str] | None:
    """Return a field that is a list of texts; None where it is missing.

    Raises:
        ValidationError: it is something else.
    """
    value = data.get(name)
    if name in data and not (
        isinstance(value, list) and all(isinstance(one, str) for one in value)
    ):
        raise bad(name, _("This must be a list of texts."))
    return value


def _references(data: Mapping[str, Any]) -> list[str] | None:
    found = texts_in(data, "references")
    if found is None:
        return None
    if len(found) > MOST_REFERENCES:
        raise bad("references", _("At most %(limit)d, please.") % {"limit": MOST_REFERENCES})
    if len(set(found)) < len(found) or data.get("id") in found:
        raise bad("references", _("An annotation cannot answer itself, nor another one twice."))
    return found


def _shared(data: Mapping[str, Any]) -> bool | None:
    """Return whether others may read it: its readers are exactly its group."""
    if "permissions" not in data:
        return None
    permissions = data["permissions"]
    if not isinstance(permissions, dict) or "read" not in permissions:
        raise bad("permissions", _("Say who may read it, under “read”."))
    for name in ("read", "update", "delete", "admin"):
        readers = permissions.get(name, [])
        named = isinstance(readers, list) and all(isinstance(one, str) for one in readers)
        if not named or not all(READER.fullmatch(one) for one in readers):
            raise bad("permissions", _("Name readers in lists: “group:” or “acct:” and a name."))
    group = data.get("group", PUBLIC)
    return bool(permissions["read"] == [f"group:{group}"])


def _targets(data: Mapping[str, Any]) -> list[Json] | None:
    if "target" not in data:
        return None
    targets = data["target"]
    if not isinstance(targets, list) or not all(isinstance(one, dict) for one in targets):
        raise bad("target", _("This must be a list of objects."))
    if len(targets) > MOST_TARGETS:
        raise bad("target", _("At most %(limit)d, please.") % {"limit": MOST_TARGETS})
    for target in targets:
        _check_selectors(target.get("selector", []))
    return targets


def _check_selectors(selectors: Any) -> None:
    if not isinstance(selectors, list):
        raise bad("target", _("“selector” must be a list."))
    if len(selectors) > MOST_SELECTORS:
        message = _("At most %(limit)d selectors for one passage, please.")
        raise bad("target", message % {"limit": MOST_SELECTORS})
    for one in selectors:
        if not isinstance(one, dict) or not isinstance(one.get("type"), str):
            raise bad("target", _("Each selector must be an object with a “type”."))
        if one["type"] == "TextQuoteSelector":
            _check_quote(one)


def _check_quote(selector: Mapping[str, Any]) -> None:
    for name in ("exact", "prefix", "suffix"):
        words = selector.get(name, "")
        if not isinstance(words, str):
            raise bad("target", _("A quotation must be text."))
        if len(words) > LONGEST_QUOTE:
            message = _("A quotation has at most %(limit)d characters.")
            raise bad("target", message % {"limit": LONGEST_QUOTE})
    if "exact" not in selector:
        raise bad("target", _("A TextQuoteSelector needs “exact”."))


def quotes_anew(sent: Sequence[Json], shown: Sequence[Json]) -> bool:
    """Whether the first target quotes other words, or other surroundings, than is shown now."""
    new = quote_in(sent[0]) if sent else {}
    old = quote_in(shown[0]) if shown else {}
    return [new.get(name, "") for name in ("exact", "prefix", "suffix")] != [
        old.get(name, "") for name in ("exact", "prefix", "suffix")
    ]
