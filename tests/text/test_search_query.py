"""What is typed into the search box."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.text.hits import Piece, excerpt, matches, score
from reader.text.search_query import (
    MOST_TERMS,
    STATES,
    SearchQuery,
    Term,
    parse,
    wanted,
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("", SearchQuery()),
        ("margin", SearchQuery((Term("margin"),))),
        ("a margin", SearchQuery((Term("a"), Term("margin")))),
        ("margin margin", SearchQuery((Term("margin"),))),
        ('"the margin"', SearchQuery((Term("the margin", is_phrase=True),))),
        ("„der Rand“", SearchQuery((Term("der Rand", is_phrase=True),))),
        ('"not closed', SearchQuery((Term("not closed", is_phrase=True),))),
        ("mar*", SearchQuery((Term("mar", is_prefix=True),))),
        ("m*", SearchQuery((Term("m"),))),
        ("*", SearchQuery()),
        ("-margin", SearchQuery((Term("margin", is_excluded=True),))),
        ('-"the margin"', SearchQuery((Term("the margin", is_phrase=True, is_excluded=True),))),
        ("author:ada", SearchQuery(authors=("ada",))),
        ('AUTHOR:"Ada Author"', SearchQuery(authors=("Ada Author",))),
        ("-author:ada", SearchQuery(not_authors=("ada",))),
        ('tag:"open data" -tag:x', SearchQuery(tags=("open data",), not_tags=("x",))),
        ("in:p12..p20", SearchQuery(places=(("p12", "p20"),))),
        ("in:12-20 in:h3", SearchQuery(places=(("p12", "p20"), ("h3", "h3")))),
        ("in:p0", SearchQuery(ignored=("in:p0",))),
        ("is:Undecided", SearchQuery(states=frozenset({"undecided"}))),
        ("is:happy", SearchQuery(ignored=("is:happy",))),
        ("-is:mine", SearchQuery(ignored=("-is:mine",))),
        ("author:", SearchQuery((Term("author:"),))),
        ("http://example.org", SearchQuery((Term("http://example.org"),))),
        ("a\x00b", SearchQuery((Term("a\x00b"),))),
    ],
)
def test_a_query_is_read(raw: str, expected: SearchQuery) -> None:
    assert parse(raw) == expected


@given(
    st.one_of(
        st.text(max_size=600),
        st.lists(
            st.sampled_from(
                ['"', "-", "*", ":", "author:", "tag:", "in:", "is:", "p1", "..", " ", "word", "和"]
            )
        ).map("".join),
    )
)
def test_anything_can_be_typed(raw: str) -> None:
    query = parse(raw)
    assert len(query.terms) <= MOST_TERMS
    assert query.states <= STATES
    for one in wanted(query, ["en", "ru"]):
        assert all(one.exact)
        assert not set("\"'\\ *") & set("".join((*one.exact, *one.stems)))
    pieces = excerpt(raw, "en", wanted(query, ["en"]))
    assert all(piece.text for piece in pieces)


@given(st.text(max_size=2_000), st.text(max_size=20))
def test_an_excerpt_is_part_of_the_text_and_marks_only_words(text: str, raw: str) -> None:
    words = wanted(parse(raw), ["en"])
    pieces = excerpt(text, "en", words)
    shown = "".join(piece.text for piece in pieces).removeprefix("… ").removesuffix(" …")
    assert shown in text or "… " in text or " …" in text
    if matches(text, "en", words) and any(not one.is_excluded for one in words):
        assert any(piece.is_hit for piece in pieces)


def test_an_excerpt_shows_where_most_of_the_words_stand() -> None:
    text = "Margin. " + "filler " * 200 + "the margin is where readers answer " + "filler " * 200
    pieces = excerpt(text, "en", wanted(parse("margin reader answers"), ["en"]))
    assert [piece.text for piece in pieces if piece.is_hit] == ["margin", "readers", "answer"]
    assert pieces[0] == Piece("… ")
    assert pieces[-1] == Piece(" …")
    assert sum(len(piece.text) for piece in pieces) < 300


def test_a_phrase_is_marked_as_one() -> None:
    pieces = excerpt("In the margin, in the end.", "en", wanted(parse('"the margin"'), ["en"]))
    assert pieces == [Piece("In "), Piece("the margin", is_hit=True), Piece(", in the end.")]


def ranked(query: str, *texts: str) -> list[str]:
    words = wanted(parse(query), ["en"])

    def value(text: str) -> float:
        from reader.text.words import words_of  # noqa: PLC0415 -- used here only

        found = list(words_of(text, "en"))
        return score(" ".join(w.exact for w in found), " ".join(w.stem for w in found), words)

    return sorted(texts, key=value, reverse=True)


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("margin", "margin margin", "a margin"),
        ("margin", "a margin", "a margin " + "and more " * 50),
        ("margins", "the margins", "the margin"),
        ("open letter", "an open letter here", "a letter, an open one"),
    ],
)
def test_what_fits_better_ranks_higher(query: str, better: str, worse: str) -> None:
    assert ranked(query, worse, better) == [better, worse]
