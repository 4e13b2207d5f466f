"""What is said over a socket, in the words of Hypothesis's streaming protocol."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

LONGEST_FRAME = 65_536  # bytes
LARGEST = 2**53
MOST_CLAUSES = 20
MOST_ADDRESSES = 100
LONGEST_ADDRESS = 2_000
CLIENT = re.compile(r"[-\w]{1,64}", re.ASCII)
ACTIONS = ("create", "update", "delete")


class BadFrame(Exception):
    """What was sent cannot be understood; ``str()`` says why, for programmers."""


@dataclass(frozen=True, slots=True)
class Named:
    """The client says what it calls itself when it writes."""

    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The client asks ``whoami``, or whether somebody is there (``ping``)."""

    question: str
    number: Any


@dataclass(frozen=True, slots=True)
class Filter:
    """The client says of which addresses it wants to hear, and which kinds of changes."""

    addresses: tuple[str, ...]
    actions: frozenset[str] = field(default_factory=lambda: frozenset(ACTIONS))


Frame = Named | Asked | Filter


def read(text: str) -> Frame:
    """Return what a frame says.

    Raises:
        BadFrame: it is not of the protocol.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame("This is not JSON.") from error
    if not isinstance(data, dict):
        raise BadFrame("Send an object.")
    if data.get("messageType") == "client_id":
        return _named(data.get("value"))
    if "filter" in data:
        return _filter(data["filter"])
    kind, number = data.get("type"), data.get("id")
    if kind not in {"whoami", "ping"}:
        raise BadFrame("Send client_id, whoami, ping or a filter.")
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise BadFrame("id is a number.")
    if not abs(number) <= LARGEST:  # 1e999 is read as infinity, which is no JSON
        raise BadFrame("id is a number that JSON holds exactly.")
    return Asked(kind, number)


def _named(value: Any) -> Named:
    if not isinstance(value, str) or not CLIENT.fullmatch(value):
        raise BadFrame("value is a name of at most 64 letters, digits, - and _.")
    return Named(value)


def _filter(data: Any) -> Filter:
    clauses = data.get("clauses", []) if isinstance(data, dict) else None
    if not isinstance(clauses, list) or len(clauses) > MOST_CLAUSES:
        raise BadFrame(f"clauses is a list of at most {MOST_CLAUSES}.")
    addresses: list[str] = []
    for clause in clauses:
        addresses += _addresses(clause)
    if len(addresses) > MOST_ADDRESSES:
        raise BadFrame(f"At most {MOST_ADDRESSES} addresses.")
    wanted = data.get("actions", {})
    wanted = wanted if isinstance(wanted, dict) else {}
    actions = frozenset(name for name in ACTIONS if wanted.get(name, True) is not False)
    return Filter(tuple(addresses), actions)


def _addresses(clause: Any) -> list[str]:
    if not isinstance(clause, dict) or clause.get("field") != "/uri":
        raise BadFrame("The field of a clause is /uri.")
    value = clause.get("value")
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list):
        raise BadFrame("The value of a clause is an address or a list of them.")
    if any(not isinstance(one, str) or len(one) > LONGEST_ADDRESS for one in values):
        raise BadFrame(f"An address is a text of at most {LONGEST_ADDRESS} characters.")
    return values


def identity(userid: str | None, number: Any) -> str:
    """Return the answer to ``whoami``."""
    return json.dumps({"type": "whoyouare", "userid": userid, "ok": True, "reply_to": number})


def pong(number: Any) -> str:
    """Return the answer to ``ping``."""
    return json.dumps({"type": "pong", "ok": True, "reply_to": number})


def refusal(reason: str) -> str:
    """Return the answer to what cannot be understood."""
    error = {"type": "invalid_data", "description": reason}
    return json.dumps({"ok": False, "error": error})


def notification(action: str, payload: list[Any]) -> str:
    """Return the news that annotations were made, changed or are gone."""
    data = {"type": "annotation-notification", "options": {"action": action}, "payload": payload}
    return json.dumps(data, ensure_ascii=False)


STILL_HERE = notification("update", [])
"""News of nothing: keeps proxies from closing a quiet connection, and clients ignore it."""
