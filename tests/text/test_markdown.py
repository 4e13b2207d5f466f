"""Markdown files become blocks of their kinds."""

import pytest

from reader.text.blocks import BlockKind, plain_text
from reader.text.importers import importer_for
from reader.text.importers.markdown import read
from reader.text.importers.plain import UnreadableFile

FILE = """# On margins

Opening *words* with **weight**, `code` and a [link](https://example.org/a "t").

## First part

> Somebody said
> this.

- one
- two

```
literal
  lines
```

<script>alert(1)</script>
"""


def test_each_kind_is_recognised_and_numbered() -> None:
    imported = read(FILE.encode())
    assert imported.title == "On margins"
    found = [(block.kind, block.level, block.ref, block.text) for block in imported.blocks]
    assert found == [
        (BlockKind.PARAGRAPH, 0, "p1", "Opening words with weight, code and a link."),
        (BlockKind.HEADING, 1, "h1", "First part"),
        (BlockKind.QUOTATION, 0, "p2", "Somebody said this."),
        (BlockKind.LIST_ITEM, 0, "p3", "one"),
        (BlockKind.LIST_ITEM, 0, "p4", "two"),
        (BlockKind.PREFORMATTED, 0, "p5", "literal\n  lines"),
        (BlockKind.PARAGRAPH, 0, "p6", "<script>alert(1)</script>"),
    ]


def test_emphasis_and_links_cover_their_words() -> None:
    block = read(FILE.encode()).blocks[0]
    covered = {mark.kind.value: block.text[mark.start : mark.end] for mark in block.inline}
    assert covered == {"em": "words", "strong": "weight", "code": "code", "link": "link"}
    assert [mark.href for mark in block.inline if mark.href] == ["https://example.org/a"]


def test_positions_count_in_the_joined_text() -> None:
    blocks = read(FILE.encode()).blocks
    whole = plain_text(blocks)
    assert all(whole[block.start :].startswith(block.text) for block in blocks)


@pytest.mark.parametrize("data", [b"", b"# Title only", b"\xff\xfe", b"a\x00b"])
def test_file_without_text_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read(data)


def test_suffix_chooses_the_importer() -> None:
    assert importer_for("Report.MD") is read
