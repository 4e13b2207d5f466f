"""The two buttons: in the reader's cards and replies, with and without HTMX."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.actions.reactions import react
from reader.models import Annotation, Document, User
from tests.factories import make_annotation, make_document, make_reply, make_user
from tests.web.browsers import signed_in
from tests.web.pages import Page

HTMX = {"HX-Request": "true"}


@pytest.fixture
def remark(author: User, document: Document) -> Annotation:
    return make_annotation(author, document)


def url(annotation: Annotation) -> str:
    return reverse("react", args=[annotation.uid])


def shown(viewer: User | None, annotation: Annotation) -> str:
    client = signed_in(viewer) if viewer else Client()
    return client.get(annotation.get_absolute_url(), follow=True).content.decode()


def test_agreeing_leads_back_to_the_place(stranger: User, remark: Annotation) -> None:
    answer = signed_in(stranger).post(url(remark), {"stance": "agree"})
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"?thread={remark.uid}#a-{remark.uid}")
    page = shown(stranger, remark)
    assert 'name="stance" value="" aria-pressed="true">Agree <span class="n">1</span>' in page
    assert 'name="stance" value="disagree" aria-pressed="false">Disagree</button>' in page


def test_htmx_gets_the_two_buttons_alone(stranger: User, remark: Annotation) -> None:
    client = signed_in(stranger)
    answer = client.post(url(remark), {"stance": "disagree"}, headers=HTMX)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.strip().startswith("<form")
    assert 'value="" aria-pressed="true">Disagree <span class="n">1</span>' in html
    html = client.post(url(remark), {"stance": ""}, headers=HTMX).content.decode()
    assert 'aria-pressed="true"' not in html
    remark.refresh_from_db()
    assert remark.disagree_count == 0


def test_replies_have_the_buttons_too(stranger: User, author: User, remark: Annotation) -> None:
    reply = make_reply(author, remark)
    page = shown(stranger, remark)
    assert f'action="{url(reply)}"' in page
    assert f'action="{url(remark)}"' in page
    assert Page(page).problems() == []


@pytest.mark.parametrize("who", ["anonymous", "author"])
def test_others_see_the_counts_only(
    author: User, stranger: User, remark: Annotation, who: str
) -> None:
    assert url(remark) not in shown(author if who == "author" else None, remark)
    react(person=stranger, annotation=remark, stance="disagree")
    page = shown(author if who == "author" else None, remark)
    assert url(remark) not in page
    assert '<p class="reactions">Disagree 1</p>' in page


def test_whoever_is_not_signed_in_is_asked_to(client: Client, remark: Annotation) -> None:
    answer = client.post(url(remark), {"stance": "agree"})
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))
    assert remark.uid in answer["Location"]
    assert client.post(url(remark), {"stance": "agree"}, headers=HTMX).status_code == 401
    assert not remark.reactions.exists()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_refusals_are_said(
    author: User, stranger: User, remark: Annotation, headers: dict[str, str]
) -> None:
    own = signed_in(author).post(url(remark), {"stance": "agree"}, headers=headers)
    assert own.status_code == 403
    assert "You wrote this" in own.content.decode()
    wrong = signed_in(stranger).post(url(remark), {"stance": "maybe"}, headers=headers)
    assert wrong.status_code == 422
    assert "Agree or disagree." in wrong.content.decode()


def test_what_the_viewer_may_not_see_is_not_there(
    author: User, stranger: User, document: Document
) -> None:
    private = make_annotation(author, document, visibility="private")
    assert signed_in(stranger).post(url(private), {"stance": "agree"}).status_code == 404
    assert signed_in(stranger).get(url(private)).status_code == 405


def test_a_closed_discussion_shows_counts(author: User, stranger: User) -> None:
    document = make_document()
    remark = make_annotation(author, document)
    react(person=stranger, annotation=remark, stance="agree")
    Document.objects.filter(pk=document.pk).update(annotating="closed")
    page = shown(stranger, remark)
    assert url(remark) not in page
    assert '<p class="reactions">Agree 1</p>' in page


def test_ones_own_stance_costs_no_query_a_card(
    author: User, stranger: User, document: Document
) -> None:
    client = signed_in(stranger)
    address = reverse("document", args=[document.slug])

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    react(person=stranger, annotation=make_annotation(author, document), stance="agree")
    few = queries()
    for words in ("A promise", "Nobody", "is also a promise"):
        one = make_annotation(author, document, words)
        react(person=stranger, annotation=one, stance="disagree")
        react(person=make_user(), annotation=one, stance="agree")
    assert queries() == few
