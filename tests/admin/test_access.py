"""Who may open what in the admin, from one table; a page missing from the table fails."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Group as PermissionGroup
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from reader.actions.appeals import appeal
from reader.actions.moderation import decide
from reader.actions.oauth import ensure_own_client
from reader.actions.sanctions import sanction
from reader.models import (
    Annotation,
    Decision,
    Document,
    Event,
    Group,
    Rule,
    Tag,
    User,
    Webhook,
    WebhookDelivery,
    WordList,
)
from tests import factories
from tests.admin.conftest import ROLES

ALL = set(ROLES)
STAFF = ALL - {"reader"}
MODERATORS = {"moderator", "document moderator", "superuser"}
SITE_MODERATORS = {"moderator", "superuser"}
LIBRARIANS = {"editor", "document editor", "superuser"}
EDITORS = {"editor", "superuser"}
OPERATORS = {"superuser"}
NOBODY: set[str] = set()

# What each role is let into with GET (an answer of 200). Names as in reverse("admin:…").
TABLE: dict[str, set[str]] = {
    "index": STAFF,
    "jsi18n": STAFF,
    "reader_queueitem_changelist": MODERATORS,
    "reader_queueitem_change": MODERATORS,
    "reader_queueitem_add": NOBODY,
    "reader_queueitem_delete": NOBODY,
    "reader_decision_changelist": MODERATORS,
    "reader_decision_change": MODERATORS,
    "reader_decision_history": MODERATORS,
    "reader_decision_add": NOBODY,
    "reader_decision_delete": NOBODY,
    "reader_flag_changelist": MODERATORS,
    "reader_flag_change": MODERATORS,
    "reader_flag_history": MODERATORS,
    "reader_flag_add": NOBODY,
    "reader_flag_delete": NOBODY,
    "reader_appeal_changelist": MODERATORS,
    "reader_appeal_change": MODERATORS,
    "reader_appeal_add": NOBODY,
    "reader_appeal_delete": NOBODY,
    "reader_rule_changelist": SITE_MODERATORS,
    "reader_rule_change": SITE_MODERATORS,
    "reader_rule_history": SITE_MODERATORS,
    "reader_rule_add": SITE_MODERATORS,
    "reader_rule_delete": NOBODY,
    "reader_sanction_changelist": SITE_MODERATORS,
    "reader_sanction_change": SITE_MODERATORS,
    "reader_sanction_history": SITE_MODERATORS,
    "reader_sanction_person": SITE_MODERATORS,
    "reader_sanction_add": NOBODY,
    "reader_sanction_delete": NOBODY,
    "reader_wordlist_changelist": SITE_MODERATORS,
    "reader_wordlist_change": SITE_MODERATORS,
    "reader_wordlist_history": SITE_MODERATORS,
    "reader_wordlist_add": SITE_MODERATORS,
    "reader_wordlist_delete": SITE_MODERATORS,
    "reader_document_changelist": LIBRARIANS,
    "reader_document_change": LIBRARIANS,
    "reader_document_edition": LIBRARIANS,
    "reader_document_history": LIBRARIANS,
    "reader_document_add": EDITORS,
    "reader_document_delete": NOBODY,
    "reader_edition_changelist": EDITORS,
    "reader_edition_change": EDITORS,
    "reader_edition_history": EDITORS,
    "reader_edition_add": NOBODY,
    "reader_edition_delete": NOBODY,
    "reader_block_changelist": EDITORS,
    "reader_block_change": EDITORS,
    "reader_block_history": EDITORS,
    "reader_block_add": NOBODY,
    "reader_block_delete": NOBODY,
    "reader_annotation_changelist": OPERATORS,
    "reader_annotation_change": OPERATORS,
    "reader_annotation_history": OPERATORS,
    "reader_annotation_add": NOBODY,
    "reader_annotation_delete": NOBODY,
    "reader_tag_changelist": OPERATORS,
    "reader_tag_change": OPERATORS,
    "reader_tag_history": OPERATORS,
    "reader_tag_add": NOBODY,
    "reader_tag_delete": NOBODY,
    "reader_user_changelist": OPERATORS,
    "reader_user_change": OPERATORS,
    "reader_user_history": OPERATORS,
    "reader_user_add": OPERATORS,
    "reader_user_delete": OPERATORS,
    "auth_user_password_change": OPERATORS,
    "reader_group_changelist": OPERATORS,
    "reader_group_change": OPERATORS,
    "reader_group_history": OPERATORS,
    "reader_group_add": OPERATORS,
    "reader_group_delete": NOBODY,
    "reader_oauthclient_changelist": OPERATORS,
    "reader_oauthclient_change": OPERATORS,
    "reader_oauthclient_history": OPERATORS,
    "reader_oauthclient_add": OPERATORS,
    "reader_oauthclient_delete": OPERATORS,
    "reader_webhook_changelist": OPERATORS,
    "reader_webhook_change": OPERATORS,
    "reader_webhook_history": OPERATORS,
    "reader_webhook_add": OPERATORS,
    "reader_webhook_delete": OPERATORS,
    "reader_webhookdelivery_changelist": OPERATORS,
    "reader_webhookdelivery_change": OPERATORS,
    "reader_webhookdelivery_history": OPERATORS,
    "reader_webhookdelivery_add": NOBODY,
    "reader_webhookdelivery_delete": NOBODY,
    "auth_group_changelist": OPERATORS,
    "auth_group_change": OPERATORS,
    "auth_group_history": OPERATORS,
    "auth_group_add": OPERATORS,
    "auth_group_delete": OPERATORS,
    "account_emailaddress_changelist": OPERATORS,
    "account_emailaddress_add": OPERATORS,
}
# Answered by redirects, by POST alone, or in need of parameters: tried in tests of their own.
ELSEWHERE = {
    "login",
    "logout",
    "password_change",
    "password_change_done",
    "autocomplete",
    "app_list",
    "reader_appeal_history",
    "reader_appeal_judge",
    "reader_queueitem_history",
    "reader_queueitem_claim",
    "reader_queueitem_decide",
    "reader_queueitem_undo",
    "reader_wordlist_try",
    "account_emailaddress_change",
    "account_emailaddress_history",
    "account_emailaddress_delete",
}


def admin_patterns(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from admin_patterns(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


@pytest.fixture
def addresses(moderator: User, reported: Annotation, document: Document) -> dict[str, str]:
    """The address of each page of the table, with an object where it needs one."""
    decision = decide(moderator=moderator, annotation=reported, act="approve")
    tag = Tag.objects.create(name="canon")
    reported.tags.add(tag)
    webhook = Webhook.objects.create(name="Elsewhere", url="https://elsewhere.example/")
    event = Event.objects.latest("pk")
    delivery = WebhookDelivery.objects.create(webhook=webhook, event=event)
    made = sanction(moderator=moderator, person=factories.make_user(), act="warn", reason="abuse")
    reporter = reported.flags.get().reporter
    assert reporter is not None
    appealed = appeal(appellant=reporter, decision=decision, words="Why?")
    objects: dict[str, int] = {
        "reader_appeal": appealed.pk,
        "reader_sanction": made.pk,
        "reader_rule": Rule.objects.create(title="Be kind").pk,
        "reader_queueitem": reported.pk,
        "reader_decision": decision.pk,
        "reader_flag": reported.flags.get().pk,
        "reader_document": document.pk,
        "reader_edition": reported.edition_id,
        "reader_block": reported.edition.blocks.earliest("position").pk,
        "reader_annotation": reported.pk,
        "reader_tag": tag.pk,
        "reader_user": factories.make_user().pk,
        "reader_group": Group.objects.create(slug="circle", name="Circle").pk,
        "reader_oauthclient": ensure_own_client().pk,
        "reader_wordlist": WordList.objects.create(name="Words").pk,
        "reader_webhook": webhook.pk,
        "reader_webhookdelivery": delivery.pk,
        "auth_group": PermissionGroup.objects.create(name="Others").pk,
    }
    found = {"index": "/admin/", "jsi18n": "/admin/jsi18n/"}
    found["auth_user_password_change"] = f"/admin/reader/user/{objects['reader_user']}/password/"
    found["reader_sanction_person"] = f"/admin/reader/sanction/person/{made.person_id}/"
    for name in TABLE:
        model, _sep, page = name.rpartition("_")
        if page == "changelist":
            found[name] = f"/admin/{model.replace('_', '/')}/"
        elif page == "add":
            found[name] = f"/admin/{model.replace('_', '/')}/add/"
        elif name not in found:
            found[name] = f"/admin/{model.replace('_', '/')}/{objects[model]}/{page}/"
    return found


def test_no_page_of_the_admin_is_missing_from_the_table() -> None:
    resolver = next(
        one
        for one in get_resolver().url_patterns
        if isinstance(one, URLResolver) and one.namespace == "admin"
    )
    assert set(admin_patterns(resolver.url_patterns)) == TABLE.keys() | ELSEWHERE


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_the_table_says(
    browser: Callable[[str], Client], addresses: dict[str, str], role: str
) -> None:
    client = browser(role)
    opened = {name for name in TABLE if client.get(addresses[name]).status_code == 200}
    assert opened == {name for name, roles in TABLE.items() if role in roles}


def test_strangers_are_sent_to_the_sites_own_sign_in(
    client: Client, addresses: dict[str, str]
) -> None:
    for name, address in addresses.items():
        response = client.get(address, follow=True)
        assert response.redirect_chain, name
        last, _status = response.redirect_chain[-1]
        assert last.startswith("/accounts/login/?next=%2Fadmin%2F"), name


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/", "/\\evil"])
def test_signing_in_leads_to_this_site_only(client: Client, elsewhere: str) -> None:
    response = client.get("/admin/login/", {"next": elsewhere})
    assert response.url == "/accounts/login/?next=%2Fadmin%2F"  # type: ignore[attr-defined]


def test_a_reader_is_told_no_without_going_round_in_circles(
    browser: Callable[[str], Client],
) -> None:
    response = browser("reader").get("/admin/", follow=True)
    assert response.status_code == 403
    assert len(response.redirect_chain) == 1
    assert "You are signed in as" in response.content.decode()


@pytest.mark.parametrize(
    ("role", "rooms"),
    [
        ("moderator", {"QueueItem", "Appeal", "Sanction", "Decision", "Flag", "Rule", "WordList"}),
        ("document moderator", {"QueueItem", "Appeal", "Decision", "Flag"}),
        ("editor", {"Document", "Edition", "Block"}),
        ("document editor", {"Document"}),
    ],
)
def test_the_index_lists_what_a_role_needs_and_no_more(
    browser: Callable[[str], Client], role: str, rooms: set[str]
) -> None:
    page = browser(role).get("/admin/")
    listed = {model["object_name"] for app in page.context["app_list"] for model in app["models"]}
    assert listed == rooms


@pytest.mark.parametrize("role", sorted(ALL - MODERATORS))
def test_only_moderators_decide(
    browser: Callable[[str], Client], reported: Annotation, role: str
) -> None:
    client = browser(role)
    sent = {"act": "spam", "version": reported.version}
    client.post(f"/admin/reader/queueitem/{reported.pk}/decide/", sent)
    ticked = {"_selected_action": reported.pk, f"version-{reported.pk}": reported.version}
    client.post("/admin/reader/queueitem/", {"action": "spam_items", "index": "0", **ticked})
    assert not Decision.objects.exists()


@pytest.mark.parametrize("role", sorted(ALL - OPERATORS))
def test_nobody_but_an_operator_gives_powers(
    browser: Callable[[str], Client], document: Document, role: str
) -> None:
    client = browser(role)
    person = User.objects.get(pk=client.session["_auth_user_id"])
    # Even a permission given by mistake does not open the people's room.
    names = ("change_user", "add_user", "delete_user", "view_user")
    person.user_permissions.add(*Permission.objects.filter(codename__in=names))
    sent = {"username": person.username, "is_superuser": "on", "is_staff": "on", "is_active": "on"}
    for address in (f"/admin/reader/user/{person.pk}/change/", "/admin/reader/user/add/"):
        client.post(address, sent)
    password = {"password1": "another long one", "password2": "another long one"}
    client.post(f"/admin/reader/user/{person.pk}/password/", password)
    after = User.objects.get(pk=person.pk)
    assert not after.is_superuser
    assert after.is_staff == person.is_staff
    assert after.password == person.password
    assert User.objects.filter(username=person.username).count() == 1


def test_a_document_editor_changes_their_document_and_gives_no_roles(
    browser: Callable[[str], Client], document: Document
) -> None:
    client = browser("document editor")
    other = factories.make_document(slug="not-theirs")
    sent = {
        "title": "A better title",
        "language": "en",
        "annotating": "reviewed",
        "guests_may_annotate": "on",
        "is_published": "on",
        "rules-TOTAL_FORMS": "0",
        "rules-INITIAL_FORMS": "0",
        "roles-TOTAL_FORMS": "1",
        "roles-INITIAL_FORMS": "0",
        "roles-0-user": client.session["_auth_user_id"],
        "roles-0-role": "moderator",
        "slug": "moved",
    }
    client.post(f"/admin/reader/document/{document.pk}/change/", sent)
    client.post(f"/admin/reader/document/{other.pk}/change/", sent)
    document.refresh_from_db()
    other.refresh_from_db()
    assert (document.title, document.annotating) == ("A better title", "reviewed")
    assert document.slug == "close-reading"
    assert not document.roles.filter(role="moderator").exists()
    assert other.title != "A better title"


def test_only_those_who_give_parts_search_for_people(
    browser: Callable[[str], Client], document: Document
) -> None:
    factories.make_user("kestrel", name="Kes Trell")
    url = "/admin/autocomplete/?app_label=reader&model_name=documentrole&field_name=user&term=kes"
    found = browser("superuser").get(url).json()["results"]
    assert [one["text"] for one in found] == ["Kes Trell (@kestrel)"]
    for role in sorted(STAFF - OPERATORS):
        assert browser(role).get(url).status_code == 403


def test_changing_ones_password_happens_on_the_site(as_moderator: Client) -> None:
    response = as_moderator.get("/admin/password_change/")
    assert response.url == "/accounts/password/change/"  # type: ignore[attr-defined]
