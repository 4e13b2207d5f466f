"""A discussion of any size about the speech, the same every time."""

import random
from itertools import count

from django.db import transaction

from reader.actions.passages import attach
from reader.models import Anchor, Annotation, Block, Document, Motivation, User
from reader.text import markup
from reader.text.anchoring import Verdict

PEOPLE = 50
# Of ten annotations, four are highlights, four open a thread, two answer one.
KINDS = (
    *(Motivation.HIGHLIGHTING,) * 4,
    *(Motivation.COMMENTING,) * 3,
    Motivation.QUESTIONING,
    *(Motivation.REPLYING,) * 2,
)
BODY = "A remark of the usual length: two sentences, *one* word stressed. What does it rest on?"
LONGEST_SPAN = 120  # code points


def make_people() -> list[User]:
    """Save and return the people who write."""
    people = [User(username=f"person{i}", name=f"Person {i}") for i in range(PEOPLE)]
    return User.objects.bulk_create(people)


class Discussion:
    """Annotations about one document, evenly spread over its text by a seeded generator."""

    def __init__(self, document: Document, people: list[User]) -> None:
        self.document = document
        self.people = people
        assert document.current_edition is not None
        self.edition = document.current_edition
        self.blocks = list(Block.objects.filter(edition=self.edition, kind="paragraph"))
        self.chance = random.Random(2022)
        self.threads: list[Annotation] = []
        self.html = markup.render(BODY)
        self.numbers = count()

    @transaction.atomic
    def grow_to(self, total: int) -> None:
        """Add annotations until there are ``total``, past the rules of posting."""
        roots: list[tuple[Annotation, Anchor]] = []
        replies = []
        for number in self.numbers:
            kind = KINDS[number % len(KINDS)]
            if kind == Motivation.REPLYING:
                replies.append(kind)
            else:
                roots.append(self._root(kind))
            if number + 1 == total:
                break
        Annotation.objects.bulk_create([root for root, _anchor in roots], batch_size=500)
        Anchor.objects.bulk_create([anchor for _root, anchor in roots], batch_size=500)
        self.threads += [root for root, _anchor in roots if root.body]
        Annotation.objects.bulk_create([self._reply() for _reply in replies], batch_size=500)

    def _root(self, kind: Motivation) -> tuple[Annotation, Anchor]:
        block = self.chance.choice(self.blocks)
        start = self.chance.randrange(len(block.text) - 1)
        end = min(len(block.text), start + self.chance.randrange(2, LONGEST_SPAN))
        root = self._written(kind, "" if kind == Motivation.HIGHLIGHTING else BODY)
        attach(root, self.edition, (block.start + start, block.start + end))
        placed = Anchor(
            annotation=root,
            edition=self.edition,
            first_block=block,
            start=start,
            last_block=block,
            end=end,
            verdict=Verdict.EXACT,
            score=1.0,
        )
        return root, placed

    def _reply(self) -> Annotation:
        root = self.chance.choice(self.threads)
        answer = self._written(Motivation.REPLYING, BODY)
        answer.edition, answer.parent, answer.root = self.edition, root, root
        return answer

    def _written(self, kind: Motivation, body: str) -> Annotation:
        return Annotation(
            document=self.document,
            author=self.chance.choice(self.people),
            motivation=kind,
            body=body,
            body_html=self.html if body else "",
            language="en",
        )
