"""Repetition: one's own, a campaign of newcomers, and what was refused before."""

import pytest

from reader.checks import Earlier
from tests.checks.drafts import HOUR, MINUTE, others, own, why

SITE = ("pills.example",)


@pytest.mark.parametrize(
    ("earlier", "hosts", "waits"),
    [
        (own(1, is_like=True), (), False),  # pasted on another paragraph
        (own(2, is_like=True), (), True),
        (own(1, is_like=True), SITE, True),
        (own(9), SITE, False),
        (own(3, is_equal=True), (), False),  # "I agree", once more
        (own(4, is_equal=True), (), True),
        (own(4, is_equal=True, age=11 * MINUTE), (), False),
    ],
)
def test_the_same_again_waits(earlier: list[Earlier], hosts: tuple[str, ...], waits: bool) -> None:
    for is_known in (False, True):
        said = why("repeats", earlier=earlier, hosts=hosts, is_known=is_known)
        assert (said is not None) == waits


@pytest.mark.parametrize(
    ("earlier", "hosts", "waits"),
    [
        (others(4, is_like=True), (), False),
        (others(5, is_like=True), (), True),
        (others(1, is_like=True), SITE, True),
        (others(9, is_like=True, age=HOUR + 1), (), False),  # a form letter, over days
        (others(9, is_like=True, is_new=False), (), False),
        (others(9), (), False),
        (others(9, is_equal=True), (), False),  # many people agree
    ],
)
def test_what_several_newcomers_say_within_the_hour_waits(
    earlier: list[Earlier], hosts: tuple[str, ...], waits: bool
) -> None:
    assert (why("repeats", earlier=earlier, hosts=hosts) is not None) == waits
    assert why("repeats", earlier=earlier, hosts=hosts, is_known=True) is None


def test_a_letter_of_which_a_moderator_approved_one_does_not_wait() -> None:
    several = others(9, is_like=True)
    approved = others(1, is_like=True, was_approved=True)
    assert why("repeats", earlier=several) is not None
    assert why("repeats", earlier=several + approved) is None
    assert why("repeats", earlier=several + others(1, was_approved=True)) is not None


def test_what_is_like_a_refused_text_waits_whoever_writes_it() -> None:
    refused = others(1, is_like=True, is_new=False, was_refused=True, age=30 * HOUR)
    assert why("repeats", earlier=refused, is_known=True) is not None
    other = others(1, is_new=False, was_refused=True)
    assert why("repeats", earlier=other) is None
