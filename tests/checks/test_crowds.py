"""Sudden crowds: of newcomers, in minutes."""

import pytest

from reader.checks import Earlier
from tests.checks.drafts import MINUTE, others, own, why


@pytest.mark.parametrize(
    ("earlier", "waits"),
    [
        (others(7), False),
        (others(8), True),
        (others(8, age=11 * MINUTE), False),
        (others(50, is_new=False), False),
        (others(7) * 5, False),  # the same seven people
        (own(19, is_new=True), False),
    ],
)
def test_newcomers_wait_while_many_newcomers_write(earlier: list[Earlier], waits: bool) -> None:
    assert (why("crowds", earlier=earlier) is not None) == waits
    assert why("crowds", earlier=earlier, is_known=True) is None
