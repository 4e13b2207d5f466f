"""The short form of ``python -m tests.bench.spam``: what must hold whatever the seed."""

import pytest

from tests.bench.spam import WITHOUT_FIRST, Tally, desk_of, run
from tests.bench.spam_texts import HONEST, SPAM

SEED = 1_700
NEVER_HELD = (
    "remarks",
    "a few words of agreement",
    "quotations of the text",
    "one keen person, twelve remarks",
    "one regular, a remark a day",
    "marks without words",
)
ALWAYS_HELD = ("many links", "hardly more than a link", "listed words in disguise")


@pytest.mark.django_db
def test_spam_waits_honest_words_are_shown_and_nothing_is_lost() -> None:
    tally = Tally()
    run(desk_of("English", SEED), WITHOUT_FIRST, True, tally)  # raises Lost where a text is
    assert {kind: tally.held[kind] for kind in NEVER_HELD} == dict.fromkeys(NEVER_HELD, 0)
    assert all(tally.held[kind] == tally.posted[kind] > 0 for kind in ALWAYS_HELD)
    spam, honest = (
        [sum(of[kind] for kind in kinds) for of in (tally.held, tally.posted)]
        for kinds in (SPAM, HONEST)
    )
    assert spam[0] / spam[1] >= 0.6
    assert honest[0] / honest[1] <= 0.12
    assert set(tally.posted) == {*SPAM, *HONEST}
