"""The outside judge: everything waits for it, where there is one."""

from tests.checks.drafts import why


def test_everything_waits_for_the_judge_where_there_is_one() -> None:
    assert why("outside", has_judge=True, is_known=True) is not None
    assert why("outside") is None
