"""Where a note stood in each edition."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.models import Anchor, Annotation, Document, User
from reader.queries.orphans import last_places, orphans_of
from reader.queries.placements import AROUND, MOST_WORDS, placements_of
from reader.text.anchoring import Verdict
from reader.text.diff import Op
from tests.editions import make_draft, make_edition
from tests.factories import make_annotation, make_document, make_reply

FIRST = (
    "The margin is where a reader answers.",
    "A promise, once made in public before so many witnesses, is kept in public.",
    "Nobody reads the same sentence twice.",
)
SECOND = (FIRST[0], FIRST[1].replace("so many", "countless"), FIRST[2])
THIRD = (FIRST[0], "Here begins a matter of which there was no word.", FIRST[2])


@pytest.fixture
def travelled(author: User) -> Annotation:
    """A note whose words changed in the second edition and went in the third."""
    document = make_document(*FIRST, slug="travelled")
    note = make_annotation(author, document, "made in public before so many witnesses")
    make_edition(document, *SECOND)
    make_edition(document, *THIRD)
    return note


def test_each_edition_tells_its_words_and_what_changed(travelled: Annotation) -> None:
    first, second, third = placements_of(travelled)
    assert first.is_origin
    assert (first.verdict, first.words) == (Verdict.EXACT, travelled.exact)
    assert (first.ref, first.number) == ("p2", 2)
    assert not first.changed
    assert second.verdict == Verdict.FUZZY
    assert second.words == "made in public before countless witnesses"
    ops = {run.op: run.text for run in second.changed if run.op is not Op.SAME}
    assert ops == {Op.DELETED: "so many", Op.INSERTED: "countless"}
    assert (third.verdict, third.words, third.ref) == (Verdict.ORPHANED, "", "")


def test_words_after_an_absence_are_compared_with_the_last_ones(travelled: Annotation) -> None:
    make_edition(travelled.document, *FIRST)
    *_before, last = placements_of(travelled)
    assert last.words == travelled.exact
    assert {run.op for run in last.changed} >= {Op.DELETED, Op.INSERTED}


def test_a_passage_that_was_too_long_to_be_shown_is_not_compared(author: User) -> None:
    long = " ".join(f"word{n}" for n in range(MOST_WORDS // 6))
    short = long[: MOST_WORDS - 50]
    document = make_document(long, slug="long")
    note = make_annotation(author, document, long)
    make_edition(document, short)
    make_edition(document, short.replace("word7 ", "other "))
    first, second, third = placements_of(note)
    assert (first.is_cut, second.is_cut, third.is_cut) == (True, False, False)
    assert not second.changed  # half of what it would be compared with is not here
    assert [run.text for run in third.changed if run.op is not Op.SAME] == ["word7", "other"]


def test_context_is_of_the_paragraph_and_in_whole_words(author: User) -> None:
    long = " ".join(f"word{n}" for n in range(200))
    document = make_document("A short one.", long, "Another.", slug="context")
    inside = make_annotation(author, document, "word100")
    edge = make_annotation(author, document, "word0")
    all_of_it = make_annotation(author, document, "A short one.")
    [placed] = placements_of(inside)
    assert placed.before.startswith("…word")
    assert placed.after.endswith("…")
    assert long.startswith(placed.before[1:] or "x") or placed.before[1:] in long
    assert len(placed.before) <= AROUND + 1
    [at_edge] = placements_of(edge)
    assert at_edge.before == ""
    [whole] = placements_of(all_of_it)
    assert (whole.before, whole.words, whole.after) == ("", "A short one.", "")


def test_passage_at_the_very_beginning_and_end_of_the_text(author: User) -> None:
    document = make_document(*FIRST, slug="edges")
    assert document.current_edition is not None
    text = document.current_edition.text
    for words in (text[:3], text[-4:]):
        note = make_annotation(author, document, words)
        [placed] = placements_of(note)
        assert placed.words == note.exact


def test_passage_over_paragraphs_and_beyond_the_basic_plane(author: User) -> None:
    document = make_document("Smile 😀 twice 👩‍👩‍👧 here.", "And once more 😀 there.", slug="wide")
    note = make_annotation(author, document, "👩‍👩‍👧 here.\n\nAnd once")
    [placed] = placements_of(note)
    assert placed.words == note.exact
    assert placed.before == "Smile 😀 twice "


def test_what_is_too_long_is_cut_and_not_compared(author: User) -> None:
    long = " ".join(f"word{n}" for n in range(2000))
    document = make_document(long, slug="too-long")
    make_annotation(author, document, long)
    make_edition(document, long.replace("word5 ", "changed "))
    _first, second = placements_of(Annotation.objects.get(document=document))
    assert second.is_cut
    assert len(second.words) == MOST_WORDS
    assert not second.changed


@pytest.mark.parametrize(
    ("verdict", "score", "percent"),
    [
        (Verdict.FUZZY, 0.834, 83),
        (Verdict.MOVED, 0.5, 50),
        (Verdict.FUZZY, 0.999, None),
        (Verdict.CONFIRMED, 0.2, None),
        (Verdict.EXACT, 0.2, None),
    ],
)
def test_doubt_is_told_where_there_is_any(
    travelled: Annotation, verdict: Verdict, score: float, percent: int | None
) -> None:
    Anchor.objects.filter(edition__number=2).update(verdict=verdict, score=score)
    assert placements_of(travelled)[1].percent == percent


def test_draft_is_no_part_of_the_history(travelled: Annotation) -> None:
    make_draft(travelled.document, *FIRST)
    assert len(placements_of(travelled)) == 3


def test_history_takes_one_query_however_many_editions(travelled: Annotation) -> None:
    with CaptureQueriesContext(connection) as captured:
        placements_of(travelled)
    assert len(captured) == 1


def test_page_tells_it_in_human_words(client: Client, travelled: Annotation) -> None:
    Anchor.objects.filter(edition__number=2).update(score=0.81)
    html = client.get(reverse("history", args=[travelled.uid])).content.decode()
    assert "marked here" in html
    assert "words changed, 81 % sure" in html
    assert "no longer in the text" in html
    assert f"/p2/?edition=2&amp;thread={travelled.uid}" in html
    told = html.partition("What changed in its words")[2].partition("</p>")[0]
    assert "so many" in told.partition("<del")[2].partition("</del>")[0]
    assert "countless" in told.partition("<ins")[2].partition("</ins>")[0]


def test_reply_has_no_places_of_its_own(
    client: Client, stranger: User, travelled: Annotation
) -> None:
    answer = make_reply(stranger, travelled)
    html = client.get(reverse("history", args=[answer.uid])).content.decode()
    assert "Where it stood" not in html


def test_orphan_knows_where_it_last_stood(travelled: Annotation, author: User) -> None:
    document = Document.objects.get(pk=travelled.document_id)
    assert document.current_edition is not None
    found = orphans_of(AnonymousUser(), document.current_edition)
    assert [one.thread.root.annotation for one in found.shown] == [travelled]
    stood = found.shown[0].stood
    assert stood is not None
    assert (stood.edition.number, stood.ref) == (2, "p2")
    second = document.editions.get(number=2)
    assert last_places(second, [travelled.pk])[travelled.pk].edition.number == 1
