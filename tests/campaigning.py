"""Form letters for tests."""

LETTER = (
    "Please put the original text of this address beside the translation. Whoever reads only the"
    " translation cannot tell which slips are the speaker’s and which happened at the keyboard."
    " Two columns, the same paragraph numbers, nothing more. That is all we ask."
)
OTHER_LETTER = (
    "The shops of our town were shut that evening, and nobody has said who will pay for the"
    " windows. We demand that the damage be counted street by street, that the count be printed,"
    " and that those who lost their work be heard before anybody decides about them."
)


def copies(number: int) -> list[str]:
    """Return so many copies of the letter, each changed a little as people change them."""
    ways = [
        LETTER,
        f"Dear editors, {LETTER}",
        LETTER.replace("translation", "transaltion", 1),
        f"{LETTER} Anna Petrova",
        LETTER.upper(),
    ]
    return [ways[at % len(ways)] for at in range(number)]
