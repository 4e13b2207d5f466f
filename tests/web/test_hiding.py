"""Hiding what somebody writes, for oneself alone."""

import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.actions import hiding
from reader.models import Annotation, Document, HiddenPerson, User
from reader.queries import personal_data
from tests.api.hypothesis_client import Api
from tests.api.w3c_client import W3C
from tests.factories import make_annotation, make_reply, make_user
from tests.web.browsers import signed_in
from tests.web.pages import Page

pytestmark = pytest.mark.django_db
LIST, STYLES = "/accounts/hidden/", "/accounts/hidden.css"


@pytest.fixture
def remark(author: User, document: Document) -> Annotation:
    return make_annotation(author, document, body="Very tiresome.")


def text_of(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def hide(browser: Client, annotation: Annotation) -> int:
    return browser.post(reverse("hide_author", args=[annotation.uid])).status_code


def test_one_hides_somebody_and_shows_them_again(
    remark: Annotation, author: User, stranger: User, document: Document
) -> None:
    browser, page = signed_in(stranger), document.get_absolute_url()
    before = text_of(browser, page)
    assert f'data-by="{author.pk}"' in before
    assert STYLES not in before
    assert text_of(browser, STYLES) == ""
    assert hide(browser, remark) == 302
    assert hide(browser, remark) == 302
    assert HiddenPerson.objects.count() == 1
    after = text_of(browser, page)
    (styles,) = re.findall(rf"{STYLES}\?v=\w+", after)
    assert f'[data-by="{author.pk}"]' in text_of(browser, styles)
    assert browser.get(styles)["Cache-Control"].startswith("private")
    listed = text_of(browser, LIST)
    assert author.name in listed
    assert not Page(listed).problems()
    row = HiddenPerson.objects.get()
    assert browser.post(reverse("show_again", args=[row.pk])).status_code == 302
    assert STYLES not in text_of(browser, page)
    assert author.name not in text_of(browser, LIST)


def test_nobody_else_is_told(
    remark: Annotation, author: User, stranger: User, document: Document
) -> None:
    hide(signed_in(stranger), remark)
    for browser in (Client(), signed_in(author), signed_in(make_user())):
        assert STYLES not in text_of(browser, document.get_absolute_url())
        assert text_of(browser, STYLES) == ""
    data = json.loads("".join(personal_data.as_json(author)))
    assert "reader.hiddenperson.person" not in data["rows"]
    own = json.loads("".join(personal_data.as_json(stranger)))
    assert len(own["rows"]["reader.hiddenperson.viewer"]) == 1


def test_the_kept_page_is_another_ones_as_before(
    remark: Annotation, stranger: User, document: Document
) -> None:
    page = document.get_absolute_url()
    other, browser = signed_in(make_user()), signed_in(stranger)
    assert "Very tiresome." in text_of(browser, page)
    hide(browser, remark)
    assert STYLES in text_of(browser, page)
    assert STYLES not in text_of(other, page)
    assert "Very tiresome." in text_of(other, page)


def test_replies_of_the_hidden_are_not_told(
    author: User, stranger: User, document: Document
) -> None:
    mine = make_annotation(stranger, document)
    browser = signed_in(stranger)
    reply = make_reply(author, mine, "Nonsense.")
    assert "Notices: 1 unread" in text_of(browser, "/notifications/")
    hide(browser, reply)
    assert "unread" not in text_of(browser, "/notifications/")
    make_reply(make_user(), mine, "Sense.")
    assert "Notices: 1 unread" in text_of(browser, "/notifications/")


def test_who_may_hide_whom(
    remark: Annotation, author: User, stranger: User, document: Document
) -> None:
    assert hide(Client(), remark) == 302
    assert hide(signed_in(author), remark) == 403
    private = make_annotation(author, document, body="Mine.", visibility="private")
    assert hide(signed_in(stranger), private) == 404
    assert signed_in(stranger).get(reverse("hide_author", args=[remark.uid])).status_code == 405
    assert Client().get(LIST).status_code == 302
    assert not HiddenPerson.objects.exists()
    row = hiding.hide_author(viewer=stranger, annotation=remark)
    assert signed_in(author).post(reverse("show_again", args=[row.pk])).status_code == 302
    assert HiddenPerson.objects.exists()


def test_there_is_an_end_to_hiding(
    remark: Annotation, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hiding, "MOST_HIDDEN", 0)
    assert hide(signed_in(stranger), remark) == 403


def test_the_menu_offers_it(
    remark: Annotation, author: User, stranger: User, document: Document
) -> None:
    thread = reverse("thread", args=[remark.uid])
    way = reverse("hide_author", args=[remark.uid])
    for browser, offered in ((signed_in(stranger), 1), (signed_in(author), 0), (Client(), 0)):
        answer = browser.get(thread, headers={"hx-request": "true"})
        assert answer.status_code == 200
        assert answer.content.decode().count(way) == offered


def test_the_protocols_leave_them_out_for_who_hides_them(
    remark: Annotation, author: User, stranger: User, document: Document
) -> None:
    mine = make_annotation(stranger, document, "kept in public", body="Mine.")
    make_reply(author, mine, "Nonsense.")
    sense = make_reply(make_user(), mine, "Sense.")
    paths = ("/w3c/", f"/w3c/documents/{document.slug}/")

    def totals(person: User | None) -> list[int]:
        api, w3c = Api(person), W3C(person)
        found = api.search(_separate_replies="true")
        counted = [found["total"], len(found["rows"]), len(found["replies"])]
        counted.append(api.search()["total"])
        return counted + [w3c.get(path).json()["total"] for path in paths]

    before = totals(stranger)
    assert before == [2, 2, 2, 4, 4, 4]
    hiding.hide_author(viewer=stranger, annotation=remark)
    assert totals(stranger) == [1, 1, 1, 2, 2, 2]
    found = Api(stranger).search(_separate_replies="true")
    assert [row["id"] for row in found["rows"] + found["replies"]] == [mine.uid, sense.uid]
    named = W3C(stranger).get("/w3c/?page=0&iris=1").json()["items"]
    assert [address[-22:] for address in named] == [mine.uid, sense.uid]
    for person in (None, author, make_user()):
        assert totals(person) == before, "others find them as before"
    # By its name it is there: whoever has its address has asked for it.
    assert Api(stranger).get(f"annotations/{remark.uid}").status_code == 200
    assert W3C(stranger).get(f"/w3c/{remark.uid}").status_code == 200


def test_leaving_them_out_costs_no_query(
    remark: Annotation, stranger: User, document: Document
) -> None:
    api, w3c = Api(stranger), W3C(stranger)
    for _warming in range(2):
        api.search()
        w3c.get("/w3c/")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            api.search(_separate_replies="true")
            w3c.get("/w3c/")
        return len(queries)

    make_annotation(stranger, document, "kept in public", body="Mine.")
    before = asked()
    for number in range(5):
        other = make_annotation(make_user(), document, body=f"Number {number}")
        hiding.hide_author(viewer=stranger, annotation=other)
    assert asked() == before
