"""Rows of every table, with values that are easily lost on the way from one database to another.

``python -m tests.odd_rows`` puts them into the site that the surroundings name.
"""

import datetime
import random
from itertools import count
from typing import Any

import django

ODD_TEXTS = [
    "",
    " trailing space ",
    "Казахстан Қазақстан “quotes” — dashes\u00a0and\u202fspaces",
    "\U0001f469\u200d\U0001f680 astral, e\u0301 and \u00e9, \ufeff, \u202eright to left",
    "tab\there\\ backslash \\N and \\. alone\r\nand lines\n",
    "'; DROP TABLE reader_user; --",
]
HUGE = "Word сөз 🖋 " * 10_000
ODD_JSON: list[Any] = [
    {},
    [],
    {"ю": [1, 1.0, -0.0, 0.1, 1e300, 12345678901234567890, True, None, ""], "a": {"z": 1, "a": 2}},
    ["\U0001f58b", {"": "empty key"}, [[[]]]],
]
ROWS = 6
SPAN = ("start", "end", "deleted_at")
_numbers = count(1)
_dice = random.Random(1)


def fill() -> None:
    """Add rows to every table, as far as constraints let them in."""
    from reader.management.copying import tables  # noqa: PLC0415 -- Django is set up by now

    for model in tables():
        for number in range(ROWS):
            fields = model._meta.local_concrete_fields
            odd = {field.attname: _value(field, number) for field in fields}
            like = model._base_manager.order_by("?").first()
            # What goes together, as constraints say, is taken from a row that is there.
            kept = [f.attname for f in fields if f.choices or f.is_relation or f.attname in SPAN]
            together = {name: getattr(like, name) for name in kept} if like else {}
            _is_saved(model(**{**odd, **together})) or _is_saved(model(**odd))


def _is_saved(row: Any) -> bool:
    from django.db import IntegrityError, connection, transaction  # noqa: PLC0415 -- likewise

    try:
        with transaction.atomic():
            # No default, no time stamp and no rule of a model's own save().
            row.save_base(raw=True, force_insert=True)
            connection.check_constraints()
    except IntegrityError:
        return False
    return True


def _value(field: Any, number: int) -> Any:
    kind = field.get_internal_type()
    if field.primary_key and not field.is_relation:
        return f"key{number}" if kind == "CharField" else None
    if field.null and (number == 0 or (field.is_relation and number % 2)):
        return None
    if field.is_relation:
        keys = list(field.related_model._base_manager.values_list("pk", flat=True)[:500])
        return _dice.choice(keys) if keys else None
    if field.choices:
        return _dice.choice([value for value, _label in field.flatchoices])
    return _plain_value(field, kind, number)


def _plain_value(field: Any, kind: str, number: int) -> Any:
    moment = datetime.datetime(1999, 12, 31, 23, 59, 59, 999_999 - number, tzinfo=datetime.UTC)
    values = {
        "DateTimeField": moment + datetime.timedelta(days=9_000 * number),
        "DateField": datetime.date.min if number % 2 else datetime.date.max,
        "BooleanField": bool(number % 2),
        "FloatField": 1 / (3 + number),
        "JSONField": ODD_JSON[number % len(ODD_JSON)],
        "PositiveSmallIntegerField": number,
        "BigIntegerField": 2**62 + next(_numbers),
        "PositiveBigIntegerField": 2**62 + next(_numbers),
        "PositiveIntegerField": next(_numbers),
    }
    return values[kind] if kind in values else _text(field, number)


def _text(field: Any, number: int) -> str:
    text = ODD_TEXTS[number % len(ODD_TEXTS)]
    if field.max_length is None:
        return HUGE if number == len(ODD_TEXTS) - 1 else text
    mark = f"{next(_numbers)}"
    return (mark + text)[: field.max_length] if field.max_length > len(mark) else ""


if __name__ == "__main__":
    django.setup()
    fill()
