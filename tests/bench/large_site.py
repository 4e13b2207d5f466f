"""The large site of ``tests.bench.publishing``: a text of any size, and annotations all over it."""

import random
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command

from reader.actions.documents import About, import_document
from reader.actions.drafting import Ground
from reader.actions.editions import add_draft, publish_edition, undo_publication
from reader.actions.passages import attach
from reader.models import Anchor, Annotation, Edition
from reader.text.anchoring import Resolution, Verdict
from tests.bench.discussion import make_people

LONGEST = 120  # characters of a passage
SAVED_AT_ONCE = 5_000


class Figures:
    """What was measured: seconds by name, and counts."""

    def __init__(self) -> None:
        self.rows: dict[str, Any] = {}

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Write down how long it takes, and the most memory the process has held by then."""
        began = time.perf_counter()
        yield
        self.rows[name] = round(time.perf_counter() - began, 2)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self.rows[f"{name}, peak MB so far"] = peak // 1024

    def __str__(self) -> str:
        return "\n".join(f"{name:<44} {value}" for name, value in self.rows.items())


def revision(size: int, into: Path) -> None:
    """Write both texts in a process of their own: making them takes more memory than the rest."""
    code = (
        "import sys, pathlib\n"
        "from tests.bench.revisions import SCENARIOS, make_revision\n"
        "mixed = next(one for one in SCENARIOS if one.name == 'all mixed')\n"
        "made = make_revision(mixed, 'English', 1, int(sys.argv[1]))\n"
        "folder = pathlib.Path(sys.argv[2])\n"
        "(folder / 'old.txt').write_text('Title\\n\\n' + made.old, encoding='utf-8')\n"
        "(folder / 'new.txt').write_text('Title\\n\\n' + made.new, encoding='utf-8')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(size), str(into)], check=True)


def annotate(edition: Edition, count: int) -> None:
    """Save so many roots on passages of the edition, past the rules of posting."""
    chance, people, ground = random.Random(2022), make_people(), Ground(edition)
    text = edition.text
    for begun in range(0, count, SAVED_AT_ONCE):
        roots: list[Annotation] = []
        anchors: list[Anchor] = []
        while len(roots) < min(SAVED_AT_ONCE, count - begun):
            start = chance.randrange(len(text) - LONGEST)
            end = start + chance.randrange(5, LONGEST)
            if text[start].isspace() or text[end - 1].isspace():
                continue
            root = Annotation(
                document=edition.document,
                author=chance.choice(people),
                motivation="highlighting",
                language="en",
            )
            attach(root, edition, (start, end))
            roots.append(root)
            anchors.append(ground.anchor(0, Resolution(Verdict.EXACT, 1.0, start, end)))
        Annotation.objects.bulk_create(roots)
        for root, anchor in zip(roots, anchors, strict=True):
            anchor.annotation_id = root.pk
        Anchor.objects.bulk_create(anchors)


def measure(size: int, count: int, folder: Path) -> Figures:
    """Make the site, publish, take it back, publish again."""
    figures = Figures()
    call_command("migrate", verbosity=0)
    revision(size, folder)
    edition, _is_new = import_document(
        data=(folder / "old.txt").read_bytes(), name="old.txt", about=About(slug="large")
    )
    annotate(edition, count)
    figures.rows |= {
        "characters": len(edition.text),
        "blocks": edition.blocks.count(),
        "annotations": count,
    }
    document = edition.document
    with figures.timed("adding the draft, seconds"):
        draft = add_draft(
            editor=None,
            document=document,
            data=(folder / "new.txt").read_bytes(),
            name="new.txt",
        )
    told: list[int] = []
    with figures.timed("publishing, seconds"):
        publish_edition(editor=None, edition=draft, progress=lambda done, _total: told.append(done))
    figures.rows["times progress was told"] = len(told)
    verdicts = Anchor.objects.filter(edition=draft).values_list("verdict", flat=True)
    figures.rows["verdicts"] = dict(Counter(verdicts.iterator()))
    with figures.timed("undoing, seconds"):
        undo_publication(editor=None, edition=draft)
    with figures.timed("publishing again, seconds"):
        publish_edition(editor=None, edition=draft)
    return figures
