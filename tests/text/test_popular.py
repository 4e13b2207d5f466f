"""Which words many people marked: what is merged, and what is not."""

from hypothesis import given
from hypothesis import strategies as st

from reader.text.popular import Marking, Passage, is_same, popular

MARKINGS = st.lists(
    st.builds(
        lambda start, length, person: Marking(start, start + length, person),
        st.integers(0, 60),
        st.integers(1, 30),
        st.integers(1, 6),
    ),
    max_size=30,
)


def test_same_words_are_counted_by_people() -> None:
    marked = [Marking(10, 20, person) for person in (1, 2, 3, 3)]
    assert popular(marked) == [Passage(3, 10, 20)]


def test_a_few_letters_more_or_less_are_the_same_passage() -> None:
    marked = [Marking(10, 20, 1), Marking(10, 20, 2), Marking(9, 22, 3), Marking(12, 20, 4)]
    assert popular(marked) == [Passage(4, 10, 20)]


def test_one_word_of_a_long_passage_is_another_passage() -> None:
    marked = [Marking(0, 50, 1), Marking(0, 50, 2), Marking(20, 25, 3), Marking(20, 25, 4)]
    assert popular(marked) == [Passage(2, 0, 50), Passage(2, 20, 25)]


def test_a_chain_of_slight_overlaps_is_not_one_passage() -> None:
    marked = [Marking(at, at + 10, person) for person, at in enumerate(range(0, 70, 7))]
    assert popular(marked) == []
    assert popular(marked, least=1) == [Passage(1, at, at + 10) for at in range(0, 70, 7)]


def test_a_chain_of_large_overlaps_does_not_grow() -> None:
    marked = [Marking(at, at + 10, at) for at in range(0, 60, 3)]
    found = popular(marked)
    assert len(found) > 3
    assert all(one.end - one.start == 10 for one in found)


def test_who_marks_twice_is_one_person() -> None:
    assert popular([Marking(0, 10, 1), Marking(1, 10, 1)]) == []
    assert popular([Marking(0, 10, 1), Marking(1, 10, 1), Marking(0, 9, 2)])[0].people == 2


@given(MARKINGS, st.randoms(use_true_random=False))
def test_the_order_of_markings_does_not_matter(marked, chance) -> None:  # type: ignore[no-untyped-def]  # strategies
    shuffled = list(marked)
    chance.shuffle(shuffled)
    assert popular(shuffled) == popular(marked)


@given(MARKINGS)
def test_every_passage_was_marked_by_whom_it_counts(marked: list[Marking]) -> None:
    found = popular(marked)
    spans = {(one.start, one.end) for one in marked}
    for one in found:
        near = {other.person for other in marked if is_same((one.start, one.end), other[:2])}
        assert (one.start, one.end) in spans
        assert 2 <= one.people <= len(near)
    assert found == sorted(found, key=lambda one: (-one.people, one.start, one.end))


@given(MARKINGS)
def test_no_two_passages_are_the_same(marked: list[Marking]) -> None:
    found = popular(marked, least=1)
    pairs = [(one, other) for one in found for other in found if one is not other]
    assert not any(is_same(one[1:], other[1:]) for one, other in pairs)


@given(MARKINGS)
def test_the_first_passage_has_the_most_people_that_any_marking_gathers(
    marked: list[Marking],
) -> None:
    gathered = [
        len({other.person for other in marked if is_same(one[:2], other[:2])}) for one in marked
    ]
    most = max(gathered, default=0)
    found = popular(marked)
    assert (found[0].people if found else 0) == (most if most >= 2 else 0)


@given(MARKINGS)
def test_asking_for_more_people_only_leaves_passages_out(marked: list[Marking]) -> None:
    everything = popular(marked, least=1)
    assert popular(marked, least=3) == [one for one in everything if one.people >= 3]


@given(MARKINGS, MARKINGS)
def test_what_lies_apart_is_counted_apart(here: list[Marking], there: list[Marking]) -> None:
    moved = [Marking(one.start + 1_000, one.end + 1_000, one.person) for one in there]
    found = popular([*here, *moved])
    assert [one for one in found if one.start < 1_000] == popular(here)
    assert [one for one in found if one.start >= 1_000] == popular(moved)
