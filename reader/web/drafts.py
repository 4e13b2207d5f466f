"""Words that arrived when nobody was signed in any more, kept in the session for a while.

A form says who it was made for (``writer``); the words are given back to that person only.
"""

from typing import Any

from reader.web.http import Request

SESSION_KEY = "kept_words"
MAX_KEPT = 40_000  # characters in all: four times the longest body
NOT_KEPT = ("csrfmiddlewaretoken", "version", "client_key", "seen")


def keep(request: Request, path: str) -> None:
    """Keep the posted fields for the form at ``path``. Too much to keep is kept by the browser."""
    fields = {name: value for name, value in request.POST.items() if name not in NOT_KEPT}
    if sum(map(len, fields.values())) <= MAX_KEPT:
        request.session[SESSION_KEY] = {"path": path.partition("#")[0], "fields": fields}


def take(request: Request, path: str) -> dict[str, Any]:
    """Return the fields kept for the form at ``path``, and forget them.

    Somebody else who signs in instead gets nothing, and the words are forgotten.
    """
    kept = request.session.get(SESSION_KEY)
    if not kept or not request.viewer.is_authenticated:
        return {}
    fields: dict[str, Any] = kept["fields"]
    if fields.get("writer") != request.viewer.get_username():
        del request.session[SESSION_KEY]
        return {}
    if kept["path"] != path:
        return {}
    del request.session[SESSION_KEY]
    return fields
