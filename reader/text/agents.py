"""What a browser says of itself, in two words: enough to know one's own again."""

import re

# The first that is found counts: browsers name those before them, to be let in everywhere.
BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Version/.*Safari/"),
)
SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("ChromeOS", r"CrOS"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)
LONGEST = 500  # characters that are looked at


def browser_of(agent: str) -> str:
    """Return the name of the browser in a User-Agent header; empty for one that is unknown."""
    return _first(BROWSERS, agent)


def system_of(agent: str) -> str:
    """Return the name of the system in a User-Agent header; empty for one that is unknown."""
    return _first(SYSTEMS, agent)


def _first(known: tuple[tuple[str, str], ...], agent: str) -> str:
    seen = agent[:LONGEST]
    return next((name for name, pattern in known if re.search(pattern, seen)), "")
