"""What clients sent and Postil has no place for, laid under what Postil says itself.

What Postil says goes first. What was sent is given back for as long as it says the same, in the
client's own form; when the words or the passage have changed since, Postil's are given in their
place, and beside them what of the client's Postil did not understand.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from reader.models import AsSent
from reader.text.exporters import Note, jsonld
from reader.text.importers.foreign import Unusable
from reader.text.importers.webannotation import listed, read_one

SETTLED = frozenset({"id", "type", "creator", "created", "modified", "generated", "value"})
"""What this site says itself, under whatever prefix it is sent."""
OWN = frozenset({"bodyValue", "body", "target", "motivation", "canonical", "via"})
AT = "postil:at"
"""Which of the targets that were sent is the one here. No client can send it: it is settled."""
PLACED = frozenset({"TextQuoteSelector", "TextPositionSelector"})
_LAST_NAME = re.compile(r"[^:/#]*\Z")

Json = dict[str, Any]


def kept_of(data: Mapping[str, Any]) -> Json:
    """Return what is kept of an annotation that was sent: all but what this site says itself."""
    kept = {name: value for name, value in data.items() if not _is_settled(name)}
    contexts = [one for one in listed(data.get("@context")) if one not in _own_contexts()]
    if contexts:
        kept["@context"] = contexts
    return kept


def _own_contexts() -> list[Any]:
    return [jsonld.ANNO, dict(jsonld.CONTEXT)]


def _is_settled(name: str) -> bool:
    last = _LAST_NAME.search(name)
    return (
        name.startswith(("@", "postil:", jsonld.NAMESPACE))
        or (last is not None and last.group() in SETTLED)
        or (":" in name and last is not None and last.group() in _ALIASES)
    )


_ALIASES = OWN | {"hasBody", "hasTarget", "motivatedBy", "issued"}


def overlaid(own: Json, note: Note, kept: AsSent | None) -> Json:
    """Return what Postil says of an annotation, with what was kept of what a client sent."""
    if kept is None or not isinstance(kept.data, dict):
        return own
    if kept.protocol == AsSent.Protocol.HYPOTHESIS:
        return _with_ranges(own, note, kept.data)
    sent = kept.data
    contexts = listed(sent.get("@context"))
    base = {name: value for name, value in sent.items() if name not in {"@context", AT, *OWN}}
    named = {name: sent[name] for name in ("canonical", "via") if name in sent}
    # The client's contexts go first, so that they cannot give our words another meaning.
    whole = {**own, "@context": [*contexts, *own["@context"]], **named}
    whole = {**whole, **{name: value for name, value in base.items() if name not in whole}}
    return _with_target(_with_words(whole, note, sent), note, sent)


def _with_words(whole: Json, note: Note, sent: Mapping[str, Any]) -> Json:
    """Give the motivation and the bodies that were sent, where they say what Postil says."""
    try:
        read = read_one({**sent, "type": "Annotation"}, timezone.now())
    except Unusable:
        return whole
    if "motivation" in sent and (note.parent or read.motivation == note.motivation):
        whole["motivation"] = sent["motivation"]
    said = (read.body.strip(), read.replacement, sorted(read.tags))
    if said == (note.body.strip(), note.replacement, sorted(note.tags)):
        whole.pop("body", None)
        whole |= {name: sent[name] for name in ("body", "bodyValue") if name in sent}
        return whole
    others = [one for one in listed(sent.get("body")) if not _is_text(one)]
    if others:
        whole["body"] = [*whole.get("body", []), *others]
    return whole


def _is_text(body: Any) -> bool:
    return isinstance(body, Mapping) and isinstance(body.get("value"), str)


def _with_target(whole: Json, note: Note, sent: Mapping[str, Any]) -> Json:
    """Give the targets that were sent; of the first one the place, where it has another by now."""
    if "target" not in sent:
        return whole
    targets = listed(sent["target"])
    at = sent.get(AT, 0)
    placed = targets[at] if isinstance(at, int) and at < len(targets) else None
    if note.parent or note.start is None or _says_place(placed, note):
        whole["target"] = sent["target"]
    else:
        mine = [_moved(whole["target"], placed), *targets[:at], *targets[at + 1 :]]
        whole["target"] = mine if len(mine) > 1 else mine[0]
    return whole


def _says_place(target: Any, note: Note) -> bool:
    """Whether the target's selectors name the passage that the annotation is attached to."""
    selectors = _selectors(target)
    quotes = [one.get("exact") for one in selectors if one.get("type") == "TextQuoteSelector"]
    if quotes:
        return all(isinstance(one, str) and one.split() == note.exact.split() for one in quotes)
    places = [one for one in selectors if one.get("type") == "TextPositionSelector"]
    return bool(places) and all(
        (one.get("start"), one.get("end")) == (note.start, note.end) for one in places
    )


def _selectors(target: Any) -> Sequence[Mapping[str, Any]]:
    rows = listed(target.get("selector")) if isinstance(target, Mapping) else ()
    return [one for one in rows if isinstance(one, Mapping)]


def _is_place(selector: Mapping[str, Any]) -> bool:
    """Whether it is of a type that Postil speaks; a type may be anything that JSON holds."""
    return any(isinstance(one, str) and one in PLACED for one in listed(selector.get("type")))


def _moved(own: Json, sent: Any) -> Json:
    """Return Postil's target with what a client said of its own beside the place."""
    if not isinstance(sent, Mapping):
        return own
    others = [one for one in _selectors(sent) if not _is_place(one)]
    selectors = [*own.get("selector", []), *others]
    return {**sent, **own, **({"selector": selectors} if selectors else {})}


def _with_ranges(own: Json, note: Note, sent: Mapping[str, Any]) -> Json:
    """Add the ranges of a page that a client of Hypothesis named, in the W3C's form."""
    first = next(iter(listed(sent.get("target"))), None)
    if note.parent or note.start is None or not _says_place(first, note):
        return own
    ranges = [one for row in _selectors(first) if (one := _w3c_range(row))]
    target = own["target"]
    return {**own, "target": {**target, "selector": [*target.get("selector", []), *ranges]}}


def _w3c_range(selector: Mapping[str, Any]) -> Json | None:
    """Return Hypothesis's range as the W3C has it: two places in the tree, each with an offset."""
    if selector.get("type") != "RangeSelector":
        return None
    ends = {}
    for side in ("start", "end"):
        path, offset = selector.get(f"{side}Container"), selector.get(f"{side}Offset")
        if not isinstance(path, str) or isinstance(offset, bool) or not isinstance(offset, int):
            return None
        place = {"type": "TextPositionSelector", "start": offset, "end": offset}
        ends[f"{side}Selector"] = {"type": "XPathSelector", "value": path, "refinedBy": place}
    return {"type": "RangeSelector", **ends}
