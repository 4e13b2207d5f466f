"""The new text beside a case, to choose words from."""

import re

import pytest
from django.test import Client

from reader.models import Edition, User
from tests.editions import make_draft, make_edition
from tests.factories import (
    make_annotation,
    make_document,
    promote,
)
from tests.web.desk.working import (
    NEW,
    WORKERS,
    address,
    main_of,
    note,
)


def text_of(client: Client, edition: Edition, words: str, **query: str) -> str:
    response = client.get(address("desk_text", edition, note(words).uid), query)
    assert response.status_code == 200
    return main_of(response)


def refs_in(html: str) -> list[str]:
    return re.findall(r'<div class="desk-block[^"]*" data-ref="(\w+)"', html)


def test_the_text_beside_a_case_is_for_its_editors(
    people: dict[str, Client], draft: Edition, author: User
) -> None:
    url = address("desk_text", draft, note("that went").uid)
    for who, client in people.items():
        assert client.get(url).status_code == (200 if who in WORKERS else 404), who
    hidden = make_annotation(author, draft.document, "about herrings", visibility="private")
    assert people["editor"].get(address("desk_text", draft, hidden.uid)).status_code == 404
    make_edition(draft.document, *NEW)
    for who, client in people.items():
        assert client.get(url).status_code == (200 if who in WORKERS else 403), who


def test_the_text_beside_a_case_begins_where_its_words_would_be(
    at_desk: Client, author: User
) -> None:
    long = [f"Paragraph {n} of a long text tells of harbour {n} and no more." for n in range(40)]
    document = make_document(*long, slug="long")
    promote(User.objects.get(username="editor"), "document:editor", document)
    make_annotation(author, document, "of harbour 20", body="Gone from the middle.")
    draft = make_draft(document, *long[:20], *long[21:])
    html = text_of(at_desk, draft, "Gone from the middle")
    assert 'is-near" data-ref="p20"' in html or 'is-near" data-ref="p21"' in html
    middle = refs_in(html)
    assert len(middle) == 9
    earlier, later = re.findall(r'href="[^"]*[?]from=(\d+)"', html)
    before = refs_in(text_of(at_desk, draft, "Gone from the middle", **{"from": earlier}))
    after = refs_in(text_of(at_desk, draft, "Gone from the middle", **{"from": later}))
    refs = list(draft.blocks.order_by("position").values_list("ref", flat=True))
    at = refs.index(middle[0])
    assert before + middle + after == refs[at - 9 : at + 18]
    for start, block in zip(re.findall(r'data-start="(\d+)"', html), middle, strict=True):
        assert draft.blocks.get(ref=block).start == int(start)


@pytest.mark.parametrize("first", ["", "x", "-1", "9" * 30, "777777", "²"])
def test_nonsense_asks_for_some_text_or_none(at_desk: Client, draft: Edition, first: str) -> None:
    text_of(at_desk, draft, "that went", **{"from": first})
