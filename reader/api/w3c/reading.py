"""Annotations as clients of the protocol send them: checked for their form, and taken apart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import exceptions

from reader.models import Visibility
from reader.queries.addresses import parsed
from reader.queries.w3c import ANNO, Json
from reader.queries.w3c_kept import kept_of
from reader.text.importers.foreign import MAX_TEXT, Incoming, Unusable, string
from reader.text.importers.webannotation import listed, read_one

MOST = 50
LONGEST_NAME = 2_000
NAMED_BY_CLIENTS = ("canonical", "via")


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent.

    ``note`` is what Postil understands of it, ``kept`` what is kept to be given back, ``sources``
    what each target is about, ``visibility`` and ``group`` who shall read it (empty: not said).
    """

    row: Json
    note: Incoming
    kept: Json
    sources: Sequence[str]
    id: str = ""
    via: Sequence[str] = ()
    visibility: str = ""
    group: str = ""

    @property
    def target(self) -> Any:
        """The targets, as they were sent."""
        return self.row["target"]

    def reading(self, at: int) -> Incoming:
        """Return what Postil understands of it where this target is the one here."""
        return _understood({**self.row, "target": listed(self.target)[at]})


def bad(field: str, reason: str) -> exceptions.ValidationError:
    """Return the error about a field of what was sent."""
    return exceptions.ValidationError(f"{field}: {reason}")


def read(data: Any) -> Sent:
    """Return what was sent.

    Raises:
        ValidationError: it is no annotation of the W3C's model, or too much of one.
    """
    if not isinstance(data, dict):
        raise bad("body", _("Send an annotation: a JSON object."))
    _check_kind(data)
    _check_sizes(data)
    _check_names(data)
    _check_texts(data)
    visibility = data.get("postil:visibility", "")
    if visibility not in ("", *Visibility.values):
        raise bad("postil:visibility", _("It is one of “public”, “group” and “private”."))
    group = data.get("postil:group", "")
    name: str = data.get("id") or data.get("@id") or ""
    return Sent(
        row=data,
        note=_understood(data),
        kept=kept_of(data),
        sources=[_source(target) for target in listed(data["target"])],
        id="" if name.startswith("_:") else name,
        via=listed(data.get("via")),
        visibility=visibility,
        group=group if isinstance(group, str) else "",
    )


def _understood(data: Json) -> Incoming:
    try:
        return read_one(data, timezone.now())
    except Unusable as error:
        raise bad("body", str(error)) from error


def _check_kind(data: Json) -> None:
    if ANNO not in listed(data.get("@context")):
        raise bad("@context", _("It must name “%(context)s”.") % {"context": ANNO})
    if "Annotation" not in listed(data.get("type")):
        raise bad("type", _("It must be “Annotation”."))
    if not listed(data.get("target")):
        raise bad("target", _("Say what the annotation is about."))
    if "body" in data and "bodyValue" in data:
        raise bad("bodyValue", _("Send “body” or “bodyValue”, not both."))
    if "bodyValue" in data and not isinstance(data["bodyValue"], str):
        raise bad("bodyValue", _("This must be text."))


def _check_sizes(data: Json) -> None:
    """Pass silently when there are not too many bodies, targets and selectors."""
    for name in ("body", "target"):
        if len(listed(data.get(name))) > MOST:
            raise bad(name, _("At most %(limit)d, please.") % {"limit": MOST})
        if not all(isinstance(one, str | dict) for one in listed(data.get(name))):
            raise bad(name, _("Each must be an address or an object."))
    for target in listed(data["target"]):
        if sum(1 for _one in _selectors(target)) > MOST:
            message = _("At most %(limit)d selectors for one passage, please.")
            raise bad("target", message % {"limit": MOST})


def _check_texts(data: Json) -> None:
    """Pass silently when the words are text that can be kept as it is."""
    bodies = [one.get("value") for one in listed(data.get("body")) if isinstance(one, dict)]
    for value in [data.get("bodyValue"), *bodies]:
        if isinstance(value, str) and len(value) <= MAX_TEXT and string(value) != value:
            raise bad("body", _("There is an invisible control character in this text."))


def _selectors(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield all selectors in a target, also those in others; the depth is limited already."""
    if not isinstance(value, Mapping):
        return
    for name in ("selector", "refinedBy", "startSelector", "endSelector"):
        for one in listed(value.get(name)):
            if isinstance(one, Mapping):
                yield one
                yield from _selectors(one)


def _check_names(data: Json) -> None:
    """Pass silently when ids are addresses or other names without spaces, of a sane length."""
    for name in ("id", "@id", *NAMED_BY_CLIENTS):
        values = listed(data.get(name))
        if name != "via" and len(values) > 1:
            raise bad(name, _("There can be only one."))
        for value in values:
            if not (isinstance(value, str) and _is_name(value)):
                raise bad(name, _("This must be an IRI."))
    for name in ("id", "@id", "canonical"):
        if isinstance(data.get(name), list):
            raise bad(name, _("This must be an IRI."))


def _is_name(value: str) -> bool:
    return 0 < len(value) <= LONGEST_NAME and value.isprintable() and " " not in value


def _source(target: Any) -> str:
    """Return the address of what a target is about.

    Raises:
        ValidationError: it is none on the web.
    """
    if isinstance(target, Mapping):
        target = target.get("source", target.get("id"))
        target = target.get("id") if isinstance(target, Mapping) else target
    if not isinstance(target, str) or parsed(target) is None:
        raise bad("target", _("Name what it is about by its address on the web."))
    return target
