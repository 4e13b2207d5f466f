"""Why a check holds something, by the name that moderators know the check by."""

from typing import Any

from django import template

from reader.checks import BY_NAME

register = template.Library()


@register.filter
def holds(item: Any) -> list[tuple[str, str]]:
    """Return the label of each check that holds an item of the queue, and why it does."""
    rows = getattr(item, "standing_holds", ()) if item.status == "pending" else ()
    return [
        (str(BY_NAME[row.check_name].label) if row.check_name in BY_NAME else "", row.why)
        for row in rows
    ]
