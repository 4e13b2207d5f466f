"""First posts: who is new waits, whoever is known does not."""

from tests.checks.drafts import own, why


def test_somebody_new_waits_and_somebody_known_does_not() -> None:
    said = why("first")
    assert said is not None
    assert "new" in said
    assert why("first", is_known=True) is None


def test_having_written_much_lately_makes_nobody_known() -> None:
    assert why("first", earlier=own(20, age=3_600)) is not None
