"""Gaps: what lies between runs that are neighbours in both texts, and what hangs on their ends."""

from reader.text.alignment.matches import Common, Matches, Span, equal_runs

LARGEST_GAP = 4_000_000
"""Gaps are compared when the product of their two lengths is at most this."""

SMALL_GAP = 4
"""In gaps of at most so many tokens on each side, whatever agrees is believed."""

GAP_AGREEMENT = 0.45
"""In larger gaps, at least this share of the characters must agree."""

UNLIKELY = 0.01
"""Else only words are believed that chance would put into the gap less often than this."""


def fill_gaps(both: Matches) -> None:
    """Compare what lies between runs, and what hangs on their ends."""
    before: Common | None = None
    for run in list(both.runs()):
        if before is None:
            _fill(both, Span(0, run.old), Span(_open_until(both, run.new), run.new), at_end=True)
        elif _open_from(both, before.new + before.length) == run.new:
            gap = Span(before.old + before.length, run.old)
            _fill(both, gap, Span(before.new + before.length, run.new))
        else:
            _fill_tail(both, before, run.old)
            _fill_head(both, run, before.old + before.length)
        before = run
    if before is not None:
        ends = before.new + before.length
        rest = Span(before.old + before.length, len(both.old.ids))
        _fill(both, rest, Span(ends, _open_from(both, ends)), at_end=True)


def _open_from(both: Matches, at: int) -> int:
    """Return where the open tokens of the newer text that begin at ``at`` end."""
    while at < len(both.new.ids) and both.new.match[at] < 0:
        at += 1
    return at


def _open_until(both: Matches, at: int) -> int:
    """Return where the open tokens of the newer text that end at ``at`` begin."""
    while at > 0 and both.new.match[at - 1] < 0:
        at -= 1
    return at


def _fill_tail(both: Matches, run: Common, limit: int) -> None:
    """Compare the rest of the run's paragraph with what follows the run in the newer text."""
    start, there = run.old + run.length, run.new + run.length
    end = min(limit, both.old.paragraph_of(start - 1).end)
    reach = min(_open_from(both, there), there + 2 * (end - start) + SMALL_GAP)
    _fill(both, Span(start, end), Span(there, reach), at_end=True)


def _fill_head(both: Matches, run: Common, limit: int) -> None:
    """Compare the beginning of the run's paragraph with what stands before the run."""
    start = max(limit, both.old.paragraph_of(run.old).start)
    while start < run.old and both.old.match[start] >= 0:
        start += 1
    reach = max(_open_until(both, run.new), run.new - 2 * (run.old - start) - SMALL_GAP)
    _fill(both, Span(start, run.old), Span(reach, run.new), at_end=True)


def _fill(both: Matches, gap: Span, new_gap: Span, *, at_end: bool = False) -> None:
    """Join the tokens of two gaps that agree, unless it is too few of them."""
    size, new_size = gap.end - gap.start, new_gap.end - new_gap.start
    if not size or not new_size or size * new_size > LARGEST_GAP:
        return
    old_ids = both.old.ids[gap.start : gap.end]
    new_ids = both.new.ids[new_gap.start : new_gap.end]
    if size == 1 == new_size and old_ids != new_ids:
        return
    runs = equal_runs(old_ids, new_ids)
    if not runs:
        return
    is_small = max(size, new_size) <= SMALL_GAP and not at_end
    if not is_small and both.agreement(gap, new_gap, runs) < GAP_AGREEMENT:
        runs = [run for run in runs if both.chance(old_ids, run) * new_size < UNLIKELY]
    for run in runs:
        both.join(Common(gap.start + run.old, new_gap.start + run.new, run.length))
