"""Long passages cut to what can be looked at, in whole words."""

CONTEXT_SHOWN = 180
PASSAGE_SHOWN = 700


def first_words(text: str, limit: int = CONTEXT_SHOWN) -> str:
    """Return the beginning of the text in whole words, with an ellipsis where it was cut."""
    if len(text) <= limit:
        return text
    cut = text[:limit]
    return (cut[: cut.rfind(" ")] if " " in cut else cut) + "…"


def last_words(text: str, limit: int = CONTEXT_SHOWN) -> str:
    """Return the end of the text in whole words, with an ellipsis where it was cut."""
    if len(text) <= limit:
        return text
    cut = text[-limit:]
    return "…" + (cut[cut.find(" ") + 1 :] if " " in cut else cut)


def shortened(passage: str, limit: int = PASSAGE_SHOWN) -> str:
    """Return the passage, or its beginning and end when it is longer than the limit."""
    if len(passage) <= limit:
        return passage
    return f"{first_words(passage, limit * 2 // 3)} {last_words(passage, limit // 3)}"
