"""The rules of a document: written by its editors, read by everybody, named by decisions."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from reader.actions import moderation
from reader.models import Document, Rule, User
from tests.factories import make_annotation, make_document, make_user, promote
from tests.web.browsers import signed_in
from tests.web.pages import Page

pytestmark = pytest.mark.django_db


def text_of(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert not Page(text).problems()
    return text


def test_everybody_reads_the_rules_that_hold(document: Document) -> None:
    address = reverse("rules", args=[document.slug])
    assert "None are written down" in text_of(Client(), address)
    Rule.objects.create(document=document, title="Quote what you mean", words="<b>Always</b>.")
    Rule.objects.create(title="Be kind")
    Rule.objects.create(document=document, title="An old one", retired_at=timezone.now())
    Rule.objects.create(document=make_document(), title="Of another house")
    text = text_of(Client(), address)
    assert "Quote what you mean" in text
    assert "&lt;b&gt;Always" in text
    assert "Be kind" in text
    assert "An old one" not in text
    assert "Of another house" not in text
    assert address in text_of(Client(), document.get_absolute_url())


def test_a_document_that_is_hidden_has_none_to_read(author: User) -> None:
    hidden = make_document(is_published=False)
    assert Client().get(reverse("rules", args=[hidden.slug])).status_code == 404
    assert signed_in(author).get("/d/nothing/rules/").status_code == 404


def inline(rule: Rule | None, **values: str) -> dict[str, str]:
    """Return what the document's page in the admin sends of its rules."""
    number = "1" if rule else "0"
    head = {"TOTAL_FORMS": "1", "INITIAL_FORMS": number, "MIN_NUM_FORMS": "0"}
    row = {"position": "1", "title": "Be brief", "words": "", **values}
    if rule:
        row["id"] = str(rule.pk)
    sent = {f"rules-{name}": value for name, value in head.items()}
    return {**sent, **{f"rules-0-{name}": value for name, value in row.items()}}


@pytest.fixture
def send(document: Document) -> Callable[..., Any]:
    """A function that sends the document's page in the admin with these rules."""

    def post(browser: Client, rules: dict[str, str]) -> int:
        address = reverse("admin:reader_document_change", args=[document.pk])
        answer = browser.get(address)
        if answer.status_code != 200:
            return answer.status_code
        form = answer.context["adminform"].form
        fields = {name: form[name].value() for name in form.fields}
        data = {name: value for name, value in fields.items() if value not in (None, False, "")}
        for formset in answer.context["inline_admin_formsets"]:
            data |= {
                f"{formset.formset.prefix}-{name}": str(
                    formset.formset.management_form[name].value()
                )
                for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
            }
            for one in formset.formset.initial_forms:
                data |= {one.add_prefix(name): one[name].value() or "" for name in one.fields}
        return browser.post(address, data | rules).status_code

    return post


def editor_of(document: Document) -> Client:
    person = promote(make_user(is_staff=True), "document:editor", document)
    client = Client()
    client.force_login(person, settings.AUTHENTICATION_BACKENDS[0])
    return client


def test_editors_write_retire_and_do_not_reword(
    document: Document, author: User, moderator: User, send: Callable[..., Any]
) -> None:
    browser = editor_of(document)
    assert send(browser, inline(None)) == 302
    rule = Rule.objects.get()
    assert (rule.title, rule.document, rule.retired_at) == ("Be brief", document, None)
    assert send(browser, inline(rule, title="Be briefer")) == 302
    rule.refresh_from_db()
    assert rule.title == "Be briefer"
    moderation.decide(
        moderator=moderator,
        annotation=make_annotation(author, document),
        act="deny",
        reason="rules",
        rule=rule,
    )
    assert send(browser, inline(rule, title="Be long", retired="on")) == 302
    rule.refresh_from_db()
    assert rule.title == "Be briefer"
    assert rule.retired_at is not None
    assert rule.title in text_of(signed_in(author), "/accounts/standing/")


def test_nobody_else_writes_them(
    document: Document, author: User, moderator: User, send: Callable[..., Any]
) -> None:
    elsewhere = editor_of(make_document())
    for browser in (Client(), signed_in(author), signed_in(moderator), elsewhere):
        assert send(browser, inline(None)) in {302, 403, 404}
    assert not Rule.objects.exists()


def test_moderators_of_the_site_write_its_rules(moderator: User, document: Document) -> None:
    browser = signed_in(moderator)
    data = {"position": "1", "title": "Be kind", "words": "To all."}
    assert browser.post("/admin/reader/rule/add/", data).status_code == 302
    assert "Be kind" in text_of(Client(), reverse("rules", args=[document.slug]))
    own = Rule.objects.create(document=document, title="Of the house")
    assert browser.get(f"/admin/reader/rule/{own.pk}/change/").status_code in {302, 404}
