"""The fixtures are what the seeds and the code make of them, and show what Postil is for."""

from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Count, F, Q

from reader.actions.people import set_up_roles
from reader.models import Anchor, Annotation, Flag, User

FIXTURES = settings.BASE_DIR / "fixtures"


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
    assert Anchor.objects.exclude(first_block=F("last_block")).count() >= 4
    assert roots.filter(tags__isnull=False).exists()


@pytest.mark.usefixtures("_demo")
def test_some_passages_overlap() -> None:
    overlapping = 0
    anchors = list(Anchor.objects.filter(first_block=F("last_block")))
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
