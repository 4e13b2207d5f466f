"""Speed: keen is fine, a flood is not."""

import pytest

from tests.checks.drafts import MINUTE, others, own, why


@pytest.mark.parametrize(
    ("count", "age", "is_known", "waits"),
    [
        (4, 50, False, False),
        (5, 50, False, True),
        (5, 50, True, False),
        (10, 50, True, True),
        (14, 9 * MINUTE, False, False),
        (15, 9 * MINUTE, False, True),
        (20, 11 * MINUTE, False, False),
    ],
)
def test_what_comes_after_many_others_waits(
    count: int, age: float, is_known: bool, waits: bool
) -> None:
    said = why("speed", earlier=own(count, age), is_known=is_known)
    assert (said is not None) == waits


def test_marks_without_words_may_come_twice_as_fast_and_do_not_count_against_words() -> None:
    marks = own(9, is_bare=True)
    assert why("speed", earlier=marks) is None
    assert why("speed", earlier=marks, text="") is None
    assert why("speed", earlier=own(10, is_bare=True), text="") is not None


def test_what_others_write_is_not_held_against_anybody() -> None:
    assert why("speed", earlier=others(50)) is None
