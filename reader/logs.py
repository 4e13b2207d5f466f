"""How a line of the log is written, and the request that it belongs to.

Django's settings name the formatters, so that this module needs nothing of Postil's. What a line
never holds: what was asked for behind the question mark, the values that a query was run with, and
the secrets that some addresses are made of. docs/decisions/0010-logs.md has the reasons.
"""

import json
import logging
import math
import re
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from django.db import InterfaceError, OperationalError

from reader import metrics

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that this thread answers; empty outside of requests."""

# Whoever has such an address may do what it says: join, confirm, set a new password.
SECRETS = re.compile(
    r"(/(?:invitations|groups/join|accounts/confirm-email|accounts/password/reset/key)/)[^\s/]+"
)
BEYOND_A_LINE = {code: f"\\x{code:02x}" for code in [*range(32), *range(127, 160)]}
BEYOND_A_LINE |= {0x2028: "\\u2028", 0x2029: "\\u2029"}
NEEDS_QUOTES = re.compile(r"[\s\"=]|^$")
REPEATED = re.compile(r"%s(?:, ?%s)+")
LONGEST_SQL = 2_000

queries_log = logging.getLogger("reader.queries")
Execute = Callable[..., Any]


def without_secrets(text: str) -> str:
    """Return the text with the secret part of such addresses left out."""
    return SECRETS.sub(r"\1…", text)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: what programs that gather logs read."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            **_fields(record),
        }
        if record.exc_info:
            fields["exception"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(fields, ensure_ascii=False, default=str)


class LineFormatter(logging.Formatter):
    """A line for people: the time, how bad it is, where, what, and ``name=value`` for the rest.

    What came from outside cannot begin a line of its own; only a stack trace has several.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the stack trace below it."""
        message = without_secrets(record.getMessage()).translate(BEYOND_A_LINE)
        words = [f"{_time(record)} {record.levelname} {record.name}: {message}"]
        words += [f"{name}={_quoted(value)}" for name, value in _fields(record).items()]
        line = " ".join(words)
        if record.exc_info:
            line += "\n" + without_secrets(self.formatException(record.exc_info))
        return line


def _time(record: logging.LogRecord) -> str:
    """Return when it happened: UTC, to the millisecond, as RFC 3339 writes it."""
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{seconds}.{int(record.msecs):03d}Z"


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    found: Mapping[str, Any] = getattr(record, "fields", {})
    request = request_id.get()
    return {**found, "request": request} if request else dict(found)


def _quoted(value: object) -> str:
    text = str(value).translate(BEYOND_A_LINE)
    return json.dumps(text, ensure_ascii=False) if NEEDS_QUOTES.search(text) else text


class SlowQueries:
    """Speaks of queries that took long; Django calls it around every query of a connection.

    Args:
        milliseconds: from when on a query is slow; 0: none is.
    """

    def __init__(self, milliseconds: float) -> None:
        self._seconds = milliseconds / 1_000 or math.inf

    def __call__(
        self, execute: Execute, sql: str, values: Any, many: bool, context: Mapping[str, Any]
    ) -> Any:
        """Run the query."""
        began = time.perf_counter()
        try:
            return execute(sql, values, many, context)
        except (OperationalError, InterfaceError):
            metrics.database_failed()
            raise
        finally:
            took = time.perf_counter() - began
            if took >= self._seconds:
                self._tell(sql, took, context)

    def _tell(self, sql: str, took: float, context: Mapping[str, Any]) -> None:
        metrics.query_was_slow()
        fields = {
            "ms": round(took * 1_000, 1),
            "database": context["connection"].alias,
            "sql": REPEATED.sub("%s, …", str(sql))[:LONGEST_SQL],
        }
        queries_log.warning("slow query", extra={"fields": fields})

    def watch(self, *, connection: Any, **_more: Any) -> None:
        """Watch a connection that was just opened."""
        if self not in connection.execute_wrappers:
            connection.execute_wrappers.append(self)
