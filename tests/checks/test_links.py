"""Links: one to a source is fine, many are not, nor is one that several newcomers spread."""

import pytest

from tests.checks.drafts import DAY, HOUR, others, why

SITE = "pills.example"


@pytest.mark.parametrize(
    ("count", "is_known", "waits"),
    [(0, False, False), (3, False, False), (4, False, True), (6, True, False), (7, True, True)],
)
def test_many_links_wait_and_people_who_are_known_may_have_more(
    count: int, is_known: bool, waits: bool
) -> None:
    said = why("links", hosts=("law.example",) * count, word_count=50, is_known=is_known)
    assert (said is not None) == waits
    if waits:
        assert said is not None
        assert str(count) in said


def test_a_bare_link_of_somebody_new_waits() -> None:
    assert why("links", hosts=(SITE,), word_count=2) is not None
    assert why("links", hosts=(SITE,), word_count=3) is None
    assert why("links", hosts=(SITE,), word_count=2, is_known=True) is None
    assert why("links", hosts=(SITE, SITE), word_count=15) is not None
    assert why("links", hosts=(SITE, SITE), word_count=16) is None


@pytest.mark.parametrize(
    ("earlier", "waits"),
    [
        (others(2, hosts=frozenset({SITE})), True),
        (others(1, hosts=frozenset({SITE})), False),
        (others(1, hosts=frozenset({SITE})) * 3, False),  # one person, three times
        (others(2, hosts=frozenset({"law.example"})), False),
        (others(2, hosts=frozenset({SITE}), is_new=False), False),
        (others(2, hosts=frozenset({SITE}), age=DAY + HOUR), False),
        (others(3, hosts=frozenset({SITE}), was_approved=True), False),
        (others(2, hosts=frozenset({SITE})) + others(1, was_approved=True), True),
        (others(2, hosts=frozenset({SITE}), is_new=False, was_refused=True), True),
    ],
)
def test_where_several_newcomers_link_to_the_next_one_waits(
    earlier: list[object], waits: bool
) -> None:
    facts = {"hosts": (SITE,), "word_count": 30, "earlier": earlier}
    assert (why("links", **facts) is not None) == waits
    assert why("links", **facts, is_known=True) is None
