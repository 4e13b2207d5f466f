"""Publishing from the desk and taking that back; and what is no longer as the editor saw it."""

import re

from django.test import Client

from reader.actions.editions import discard_draft
from reader.models import Anchor, Document, Edition, User
from reader.queries import desk as desk_queries
from reader.queries import desk_cases
from tests.editions import make_draft, make_edition
from tests.factories import (
    make_annotation,
)
from tests.web.desk.working import (
    NEW,
    address,
    anchor_of,
    cases_in,
    decide,
    look,
    main_of,
    note,
    words_of,
)


def test_publishing(at_desk: Client, draft: Edition, edited: Document) -> None:
    decide(at_desk, draft, "that went", "move", exact="kept in public")
    response = at_desk.post(address("publish", draft))
    assert response["Location"] == edited.get_absolute_url()
    edited.refresh_from_db()
    assert edited.current_edition == draft
    assert words_of(anchor_of("that went", draft)) == "kept in public"
    html = look(at_desk, Edition.objects.get(pk=draft.pk))
    assert "Undo publication" in html
    assert cases_in(html) == [note("that changed").uid]


def test_undoing_keeps_what_was_decided(
    at_desk: Client, published: Edition, edited: Document
) -> None:
    decide(at_desk, published, "that went", "move", exact="kept in public")
    assert "Edition 1 again" in main_of(at_desk.get(address("undo_publish", published)))
    response = at_desk.post(address("undo_publish", published))
    assert response["Location"] == address("desk", published)
    edited.refresh_from_db()
    assert edited.current_edition is not None
    assert edited.current_edition.number == 1
    html = look(at_desk, Edition.objects.get(pk=published.pk), show="decided")
    assert cases_in(html) == [note("that went").uid]


def test_discarding_asks_first(at_desk: Client, draft: Edition) -> None:
    decide(at_desk, draft, "that went", "orphan")
    page = main_of(at_desk.get(address("discard", draft)))
    assert "1 decision" in page
    assert Edition.objects.filter(pk=draft.pk).exists()
    assert at_desk.post(address("discard", draft)).status_code == 302
    assert not Edition.objects.filter(pk=draft.pk).exists()


def test_a_draft_that_is_gone_is_said_to_be_gone(
    at_desk: Client, draft: Edition, editor: User
) -> None:
    discard_draft(editor=editor, edition=draft)
    for name in ("publish", "discard", "undo_publish"):
        response = at_desk.post(address(name, draft))
        assert response.status_code == 409, name
        assert "was discarded" in main_of(response)
    assert decide(at_desk, draft, "that went", "orphan").status_code == 409
    assert at_desk.get(address("desk", draft)).status_code == 404


def test_a_draft_that_goes_while_its_desk_is_looked_at_breaks_nothing(
    draft: Edition, editor: User
) -> None:
    lying = desk_queries.desk_of(editor, draft)
    discard_draft(editor=editor, edition=Edition.objects.get(pk=draft.pk))
    assert [case.entry for case in desk_cases.cases_of(editor, lying, lying.entries)]


def test_what_is_published_is_not_published_again(at_desk: Client, published: Edition) -> None:
    for name in ("publish", "discard"):
        response = at_desk.post(address(name, published))
        assert response.status_code == 409, name
        assert "is published already" in main_of(response)
    at_desk.post(address("undo_publish", published))
    response = at_desk.post(address("undo_publish", published))
    assert response.status_code == 409
    assert "is a draft" in main_of(response)


def test_a_past_edition_is_not_worked_on(
    at_desk: Client, published: Edition, edited: Document
) -> None:
    third = make_edition(edited, *NEW, "And one more.")
    for response in (
        at_desk.get(address("desk", published)),
        decide(at_desk, published, "that went", "orphan"),
        at_desk.post(address("undo_publish", published)),
    ):
        assert response.status_code == 409
        html = main_of(response)
        assert "is past" in html
        assert address("desk", third) in html


def test_a_form_made_for_a_draft_that_was_replaced_changes_nothing(
    at_desk: Client, draft: Edition, edited: Document
) -> None:
    seen = re.findall(r'name="seen" value="([^"]+)"', look(at_desk, draft))[0]
    other = make_draft(edited, *NEW, "And one more.")
    assert other.number == draft.number
    for name in ("publish", "discard"):
        response = at_desk.post(address(name, draft), {"seen": seen})
        assert response.status_code == 409, name
        assert "was replaced" in main_of(response)
    assert decide(at_desk, draft, "that went", "orphan", seen=seen).status_code == 409
    other.refresh_from_db()
    assert other.is_draft
    assert not Anchor.objects.filter(edition=other).exists()


def test_undoing_with_a_draft_in_the_way(
    at_desk: Client, published: Edition, edited: Document
) -> None:
    make_draft(edited, *NEW, "And one more.")
    response = at_desk.post(address("undo_publish", published))
    assert response.status_code == 409
    assert "There is a draft of the next edition." in main_of(response)


def test_what_is_written_meanwhile_is_on_the_desk_at_once(
    at_desk: Client, draft: Edition, edited: Document, author: User
) -> None:
    assert len(cases_in(look(at_desk, draft))) == 2
    late = make_annotation(author, edited, "about herrings", body="Late.")
    assert late.uid in cases_in(look(at_desk, draft))
