"""Texts as the world writes them: accents, joined emoji, both directions, several planes."""

from hypothesis import strategies as st

TRICKY = [
    "👩‍💻",
    "👍🏽",
    "❤️",
    "🇰🇿",
    "e\u0301",
    "é",
    "й",
    "и\u0306",
    "ß",
    "İ",
    "שלום",
    "مرحبا",
    "\u202eabc\u202c",
    "𝔸",
    "漢字",
    "қазақ",
    "\u00a0",
    "\u00ad",
    "\u200b",
    "“x”",
    "—",
    "…",
    "\t",
    "\n",
    "\n\n",
    "a",
    "b",
    "aa",
    " ",
]


def texts(max_pieces: int = 12) -> st.SearchStrategy[str]:
    """Mostly tricky pieces, sometimes anything but lone surrogates and control characters."""
    anything = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)
    parts = st.lists(st.sampled_from(TRICKY) | anything, max_size=max_pieces)
    return parts.map("".join)
