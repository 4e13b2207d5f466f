"""The fixtures are what the seeds and the code make of them, and show what Postil is for."""

import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Count, F, Q

from reader.actions.demo import demo_uid
from reader.actions.people import set_up_roles
from reader.models import Anchor, Annotation, Disposition, Document, Edition, Flag, User
from reader.queries import carrying
from reader.queries.dispositions import taken_up_by

FIXTURES = settings.BASE_DIR / "fixtures"
GOLDEN = settings.BASE_DIR / "tests" / "golden" / "speech_edition_2.json"


def test_fixtures_are_up_to_date(tmp_path: Path) -> None:
    call_command("make_fixtures", into=tmp_path, verbosity=0)
    for name in ("library.json", "demo.json"):
        assert (tmp_path / name).read_bytes() == (FIXTURES / name).read_bytes(), "run make fixtures"


@pytest.fixture
def _demo(db: None) -> None:
    set_up_roles()
    call_command("loaddata", FIXTURES / "library.json", FIXTURES / "demo.json", verbosity=0)


@pytest.mark.usefixtures("_demo")
def test_demo_discussion_shows_what_postil_is_for() -> None:
    roots = Annotation.objects.filter(parent=None)
    replies = Annotation.objects.filter(parent__isnull=False)
    assert User.objects.count() >= 8
    assert roots.count() >= 40
    assert replies.count() >= 60
    kinds = Counter(roots.values_list("motivation", flat=True))
    assert min(kinds["questioning"], kinds["editing"], kinds["highlighting"]) >= 8
    longest = replies.values("root").annotate(n=Count("pk")).order_by("-n")[0]
    assert longest["n"] >= 18
    states = Counter(roots.values_list("status", flat=True))
    assert (states["pending"], states["denied"]) == (1, 1)
    assert Flag.objects.filter(resolution="").count() == 1
    across = Anchor.objects.filter(edition__number=2).exclude(first_block=F("last_block"))
    assert across.exclude(first_block=None).count() >= 4
    assert roots.filter(tags__isnull=False).exists()


@pytest.mark.usefixtures("_demo")
def test_some_passages_overlap() -> None:
    overlapping = 0
    anchors = list(Anchor.objects.filter(edition__number=2, first_block=F("last_block")))
    for anchor in anchors:
        overlapping += Anchor.objects.filter(
            Q(start__lt=anchor.end) & Q(end__gt=anchor.end) & Q(start__gt=anchor.start),
            first_block=anchor.first_block,
            last_block=anchor.last_block,
        ).count()
    assert overlapping >= 6


@pytest.mark.usefixtures("_demo")
def test_nobody_in_the_demo_can_sign_in_by_the_fixture_alone() -> None:
    assert not any(user.has_usable_password() for user in User.objects.all())


@pytest.mark.usefixtures("_demo")
def test_corrected_speech_is_current_and_adopts_what_was_suggested() -> None:
    document = Document.objects.get()
    assert document.current_edition is not None
    assert (document.current_edition.number, document.current_edition.is_draft) == (2, False)
    corrected = (settings.BASE_DIR / "seeds" / "corrected.txt").read_text(encoding="utf-8")
    assert f"{document.title}\n\n{document.current_edition.text}" == corrected
    adopted = taken_up_by(document.current_edition)
    assert adopted.count() >= 10
    stands = words_in(document.current_edition)
    for answer in adopted:
        note = answer.annotation
        assert stands[note.uid] == ("confirmed", note.replacement)
    assert Disposition.objects.filter(outcome="declined").exclude(reason="").exists()
    answered = Disposition.objects.filter(addressed_in=document.current_edition)
    assert answered.filter(outcome="answered").exists()
    unanswered = Annotation.objects.filter(motivation="editing", dispositions=None)
    assert unanswered.exists()


@pytest.mark.usefixtures("_demo")
def test_every_thread_stands_where_it_was_judged_to_belong() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))["threads"]
    editions = {edition.number: edition for edition in Edition.objects.all()}
    before, after = words_in(editions[1]), words_in(editions[2])
    found = {uid: (before[uid][1], *after[uid]) for uid in after}
    assert found == {
        demo_uid(line["key"]): (line["old"], line["verdict"], line["new"]) for line in golden
    }
    assert all(line["judged"].startswith("right") for line in golden)


@pytest.mark.usefixtures("_demo")
def test_discussion_quotes_the_first_edition_to_the_letter() -> None:
    source = tomllib.loads((settings.BASE_DIR / "seeds" / "discussion.toml").read_text("utf-8"))
    before = words_in(Edition.objects.get(number=1))
    assert set(before) == {demo_uid(entry["key"]) for entry in source["threads"]}
    for entry in source["threads"]:
        verdict, words = before[demo_uid(entry["key"])]
        assert verdict == "exact"
        assert words is not None
        assert words.startswith(entry["quote"])


def words_in(edition: Edition) -> dict[str, tuple[str, str | None]]:
    """Return each root's verdict and its words in the edition, by uid."""
    rows = Anchor.objects.filter(edition=edition)
    found = {}
    for row in rows.select_related("annotation", "first_block", "last_block"):
        span = carrying.span_of(row)
        words = edition.text[slice(*span)] if span else None
        found[row.annotation.uid] = (row.verdict, words)
    return found
