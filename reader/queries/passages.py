"""The passages that most people marked, as everybody sees them."""

from collections.abc import Iterable
from dataclasses import dataclass

from reader.models import Block, Edition
from reader.queries.tallies import Tallies
from reader.text.popular import Passage
from reader.text.selectors import TextQuoteSelector, text_fragment, whole_words

CONTEXT = 32  # characters before and after, by which a browser finds the very place


@dataclass(frozen=True, slots=True)
class MarkedPassage:
    """Words of a block that many people marked. ``goes_on``: in the block after it."""

    block: Block
    people: int
    start: int
    end: int

    @property
    def words(self) -> str:
        """The words, as far as they stand in the block."""
        return self.block.text[self.start : self.end].strip()

    @property
    def goes_on(self) -> bool:
        """Whether more of the passage stands in the blocks that follow."""
        return self.end > len(self.block.text)

    @property
    def fragment(self) -> str:
        """What leads a browser to the very words, behind the address of the page they are on."""
        text = self.block.text
        before, after = text[max(0, self.start - CONTEXT) : self.start], text[self.end :]
        quote = TextQuoteSelector(text[self.start : self.end], before, after[:CONTEXT])
        return f"#{self.block.ref}{text_fragment(whole_words(quote))}"


def most_marked(tallies: Tallies, edition: Edition, limit: int) -> list[MarkedPassage]:
    """Return the passages of the edition that most people marked, most of them first."""
    found = sorted(tallies.passages(), key=lambda one: (-one[1].people, one[1].start, one[1].end))
    return _with_words(edition, found[:limit])


def most_marked_on(tallies: Tallies, edition: Edition, block: int) -> list[MarkedPassage]:
    """Return the passages that most people marked on one block."""
    rows = tallies.marked.get(block, ())
    return _with_words(edition, ((block, Passage(*one)) for one in rows))


def _with_words(edition: Edition, found: Iterable[tuple[int, Passage]]) -> list[MarkedPassage]:
    chosen = list(found)
    if not chosen:
        return []
    rows = Block.objects.filter(edition=edition, pk__in={block for block, _passage in chosen})
    blocks = {row.pk: row for row in rows.defer("inline")}
    return [
        MarkedPassage(
            blocks[pk], one.people, one.start - blocks[pk].start, one.end - blocks[pk].start
        )
        for pk, one in chosen
        if pk in blocks
    ]
