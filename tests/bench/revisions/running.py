"""Put an algorithm to revisions, and keep what it answers beside what is true."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from reader.text.anchoring import Carrier
from tests.bench.revisions.judging import Answer, Outcome, Tally
from tests.bench.revisions.quotes import Quote, make_quotes
from tests.bench.revisions.scenarios import LANGUAGES, Revision, Scenario, make_revision
from tests.bench.revisions.truth import Fate, Truth, truth_of

SIZES = (5_000, 12_000, 30_000, 60_000)
LARGE = 400_000
SURROUNDINGS = 40
"""How much text is shown on either side of a span in a failure."""

Carry = Callable[[Quote], Answer]
Algorithm = Callable[[str, str], Carry]


@dataclass
class Result:
    """What one scenario gave."""

    tally: Tally = field(default_factory=Tally)
    by_language: dict[str, Tally] = field(default_factory=dict)
    by_kept: dict[str, Tally] = field(default_factory=dict)
    failures: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    diff_seconds: float = 0.0
    """On the large text: making the carrier and carrying one quote, so that nothing is put off."""
    microseconds: float = 0.0
    """On the large text: for each quote, the diff included."""


def postil(old: str, new: str) -> Carry:
    """The project's own way."""
    carrier = Carrier(old, new)

    def carry(quote: Quote) -> Answer:
        found = carrier.carry(quote.quote, quote.position)
        return Answer(found.start, found.end, found.score)

    return carry


def small_revisions(scenario: Scenario, seeds: Iterable[int]) -> Iterator[Revision]:
    """One revision for each seed and language, of several sizes."""
    for seed in seeds:
        for number, language in enumerate(LANGUAGES):
            size = SIZES[(seed + number) % len(SIZES)]
            yield make_revision(scenario, language, seed, size)


def run(revision: Revision, count: int, algorithm: Algorithm, result: Result) -> None:
    """Carry ``count`` quotes of one revision and add what comes of it."""
    quotes = list(make_quotes(revision, count))
    try:
        carry = algorithm(revision.old, revision.new)
    except Exception as error:
        result.errors.append(f"{_title(revision)}: {error!r}")
        return
    for quote in quotes:
        _judge(revision, quote, _answer(carry, revision, quote, result), result)


def run_large(
    scenario: Scenario,
    language: str,
    seed: int,
    counts: tuple[int, int],
    algorithm: Algorithm,
    result: Result,
) -> None:
    """Time a text of 400 KB; of ``counts`` the first is how many are carried, the second judged.

    The time is the processor's, so that other work on the same machine does not count.
    """
    revision = make_revision(scenario, language, seed, LARGE)
    quotes = list(make_quotes(revision, counts[0]))
    begun = time.process_time()
    carry = algorithm(revision.old, revision.new)
    answers = [_answer(carry, revision, quotes[0], result)]
    compared = time.process_time()
    answers += [_answer(carry, revision, quote, result) for quote in quotes[1:]]
    ended = time.process_time()
    result.diff_seconds = compared - begun
    result.microseconds = (ended - begun) / len(quotes) * 1e6
    for quote, answer in list(zip(quotes, answers, strict=True))[: counts[1]]:
        _judge(revision, quote, answer, result)


def _answer(carry: Carry, revision: Revision, quote: Quote, result: Result) -> Answer:
    try:
        answer = carry(quote)
    except Exception as error:
        result.errors.append(f"{_title(revision)} at {quote.start}: {error!r}")
        return Answer(None, None, 0.0)
    if answer.start is None or answer.end is None:
        return answer
    if not 0 <= answer.start < answer.end <= len(revision.new):
        result.errors.append(f"{_title(revision)} at {quote.start}: outside, {answer}")
    return answer


def _judge(revision: Revision, quote: Quote, answer: Answer, result: Result) -> None:
    truth = truth_of(revision, quote.start, quote.end)
    outcome, exact = result.tally.add(truth, answer)
    result.by_language.setdefault(revision.language, Tally()).add(truth, answer)
    result.by_kept.setdefault(quote.kept, Tally()).add(truth, answer)
    if outcome is None or (outcome is Outcome.RIGHT and exact):
        return
    kind = "edges" if outcome is Outcome.RIGHT else outcome.value
    result.failures.append(_failure(revision, quote, truth, answer, kind))


def _title(revision: Revision) -> str:
    return f"{revision.scenario.name}, {revision.language}, seed {revision.seed}"


def _failure(
    revision: Revision, quote: Quote, truth: Truth, answer: Answer, kind: str
) -> dict[str, Any]:
    """Everything that is needed to look into one failure."""
    new = revision.new
    given = None
    if answer.start is not None and answer.end is not None:
        given = _shown(new, answer.start, answer.end)
    survivors = truth.survivors if truth.fate is Fate.EITHER else ()
    return {
        "kind": kind,
        "scenario": revision.scenario.name,
        "language": revision.language,
        "seed": revision.seed,
        "size": len(revision.old),
        "kept": quote.kept,
        "selector": asdict(quote.quote),
        "position": asdict(quote.position) if quote.position else None,
        "old": _shown(revision.old, quote.start, quote.end),
        "fate": truth.fate.value,
        "expected": [_shown(new, span.start, span.end) for span in truth.spans],
        "limits": [[span.earliest, span.latest] for span in truth.spans],
        "surviving_places": list(survivors),
        "given": given,
        "score": answer.score,
    }


def _shown(text: str, start: int, end: int) -> dict[str, Any]:
    return {
        "start": start,
        "end": end,
        "words": text[start:end],
        "before": text[max(0, start - SURROUNDINGS) : start],
        "behind": text[end : end + SURROUNDINGS],
    }
