"""The benchmark of anchoring in short: its truth is right, and the algorithm keeps its promises.

Figures of time are for ``make bench-anchoring``; nothing here depends on how fast a machine is.
"""

from random import Random

import pytest

from tests.bench.revisions import (
    LANGUAGES,
    SCENARIOS,
    Answer,
    Fate,
    Outcome,
    Tally,
    judge,
    make_quotes,
    make_revision,
    truth_of,
)
from tests.bench.revisions.lines import FRESH, Line
from tests.bench.revisions.running import Result, postil, run

SEEDS = (1,)
SIZE = 7_000
QUOTES = 60
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


@pytest.fixture(scope="module")
def tallies() -> dict[str, Tally]:
    found = {}
    for scenario in SCENARIOS:
        result = Result()
        for seed in SEEDS:
            for language in LANGUAGES:
                revision = make_revision(scenario, language, seed, SIZE)
                run(revision, QUOTES, postil, result)
        assert not result.errors
        found[scenario.name] = result.tally
    return found


def test_nothing_moves_where_nothing_changed(tallies: dict[str, Tally]) -> None:
    unchanged = tallies["unchanged"]
    assert unchanged.quotes > 800
    assert unchanged.right == unchanged.edges == 1


def test_quotes_are_put_right(tallies: dict[str, Tally]) -> None:
    quotes = sum(tally.quotes for tally in tallies.values())
    right = sum(tally.outcomes[Outcome.RIGHT] for tally in tallies.values())
    assert right / quotes >= 0.99


def test_surviving_quotes_do_not_stand_on_wrong_words(tallies: dict[str, Tally]) -> None:
    surviving = sum(tally.fates[Fate.SURVIVES] for tally in tallies.values())
    wrong = sum(tally.outcomes[Outcome.WRONG] for tally in tallies.values())
    assert wrong / surviving <= 0.002


def test_vanished_quotes_are_orphaned(tallies: dict[str, Tally]) -> None:
    vanished = sum(tally.fates[Fate.VANISHED] for tally in tallies.values())
    pinned = sum(tally.outcomes[Outcome.PINNED] for tally in tallies.values())
    assert vanished > 150
    assert pinned / vanished <= 0.02


@pytest.mark.parametrize("name", BY_NAME)
def test_a_seed_always_makes_the_same_revision(name: str) -> None:
    one, other = (make_revision(BY_NAME[name], "German", 5, 3_000) for _ in range(2))
    assert (one.old, one.new, one.origins) == (other.old, other.new, other.origins)
    assert list(make_quotes(one, 20)) == list(make_quotes(other, 20))


@pytest.mark.parametrize("name", sorted(set(BY_NAME) - {"signs renormalised"}))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_origin_is_the_same_character(name: str, language: str) -> None:
    revision = make_revision(BY_NAME[name], language, 3, 2_000)
    for place, origin in enumerate(revision.origins):
        if origin != FRESH:
            assert revision.new[place] == revision.old[origin]
            assert revision.first[origin] == revision.last[origin] == place


def test_origins_stay_true_through_several_edits() -> None:
    rng = Random(7)
    line = Line("abcdefghij", list(range(10)))
    for _ in range(20):
        start = rng.randrange(len(line.chars))
        end = rng.randint(start, len(line.chars))
        line = line.changed([(start, end, Line.fresh("XY")), (end, end, line.cut(start, end))])
    kept = [pair for pair in zip(line.chars, line.origins, strict=True) if pair[1] != FRESH]
    assert all("abcdefghij"[origin] == char for char, origin in kept)


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotes_are_passages_of_the_old_text(language: str) -> None:
    revision = make_revision(BY_NAME["all mixed"], language, 6, 4_000)
    quotes = list(make_quotes(revision, 60))
    assert len(quotes) == 60
    for quote in quotes:
        selector, around = quote.quote, revision.old[: quote.start]
        assert 5 <= len(selector.exact) <= 200
        assert revision.old[quote.start : quote.end] == selector.exact
        assert around.endswith(selector.prefix)
        assert revision.old.startswith(selector.suffix, quote.end)


def test_truth_tells_the_fates_apart() -> None:
    deleted = make_revision(BY_NAME["sentences deleted"], "English", 4, 10_000)
    quotes = list(make_quotes(deleted, 300))
    truths = [truth_of(deleted, quote.start, quote.end) for quote in quotes]
    assert {truth.fate for truth in truths} == {Fate.SURVIVES, Fate.EITHER, Fate.VANISHED}
    for quote, truth in zip(quotes, truths, strict=True):
        words = deleted.old[quote.start : quote.end]
        if truth.fate is Fate.SURVIVES and len(truth.survivors) == len(words.replace(" ", "")):
            assert deleted.new[truth.spans[0].start : truth.spans[0].end] == words


def test_judging_is_not_lenient() -> None:
    revision = make_revision(BY_NAME["unchanged"], "English", 4, 3_000)
    truth = truth_of(revision, 100, 140)
    span = truth.spans[0]
    assert judge(truth, Answer(span.start, span.end, 1)) == (Outcome.RIGHT, True)
    assert judge(truth, Answer(span.start, span.end - 5, 1)) == (Outcome.RIGHT, False)
    assert judge(truth, Answer(span.start + 30, span.end + 30, 1))[0] is Outcome.WRONG
    assert judge(truth, Answer(None, None, 0))[0] is Outcome.LOST


def test_only_an_orphan_is_right_for_a_passage_that_vanished() -> None:
    rewritten = make_revision(BY_NAME["paragraphs rewritten"], "English", 3, 20_000)
    gone = next(
        truth
        for quote in make_quotes(rewritten, 200)
        if (truth := truth_of(rewritten, quote.start, quote.end)).fate is Fate.VANISHED
    )
    assert judge(gone, Answer(0, 9, 0.5))[0] is Outcome.PINNED
    assert judge(gone, Answer(None, None, 0))[0] is Outcome.RIGHT
