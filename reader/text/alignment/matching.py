"""Matching: which token of one text is which of the other, wherever it went.

Passes, each over what the earlier ones left open:

1. *Ends*: what both texts begin and end with.
2. *Seeds*: sequences of a few tokens that stand once in each text, extended as far as both agree.
   A seed is believed when it is long, or when its neighbours in one text are its neighbours in the
   other. Order does not matter, so moved, split and merged paragraphs need no rule of their own.
3. *Gaps*: what lies between two neighbouring runs is compared token by token. Where too little of
   it agrees, other words were put there, and only what chance would not put there is the same.
4. *Pairs*: paragraphs without any counterpart, by the words that they share.

Time is linear in the texts but for the gaps, whose size is limited.
"""

from reader.text.alignment.gaps import fill_gaps
from reader.text.alignment.matches import Common, Matches, Side
from reader.text.alignment.pairs import pair_paragraphs
from reader.text.alignment.seeds import match_ends, match_seeds

SEED_LENGTHS = (6, 4)
"""How many tokens a seed has, in the order tried."""


def match(old: Side, new: Side) -> list[Common]:
    """Return the runs of tokens that the two sides share, in the older's order."""
    both = Matches(old, new)
    match_ends(both)
    for length in SEED_LENGTHS:
        match_seeds(both, length)
        fill_gaps(both)
    pair_paragraphs(both)
    fill_gaps(both)
    return list(both.runs())
