"""Addresses and forms made by hand: they get an answer, and the answer gives nothing away."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group as PermissionGroup
from django.contrib.auth.models import Permission
from django.test import Client, RequestFactory
from django.urls import reverse

from reader.actions.moderation import decide
from reader.admin.base import GuardedList, small_integer
from reader.models import Annotation, Decision, Document, DocumentRole, User
from tests import factories

HUGE = ("9" * 30, "9" * 5000, "-" + "9" * 30, "9_" * 20 + "9", "x", "\u00b2", "\u0669" * 30)
MODERATORS = "/admin/reader/queueitem/"
FILTERS = [
    "reader/queueitem/?document",
    "reader/decision/?actor",
    "reader/annotation/?document",
    "reader/block/?edition",
    "reader/user/?groups__id__exact",
    "reader/document/?is_published__exact",
]


def test_a_small_integer_is_what_a_key_can_be() -> None:
    assert small_integer("0") == 0
    assert small_integer("123456789012345678") == 123456789012345678
    assert {small_integer(one) for one in (*HUGE, "", " 1", "+1", "1.0")} == {None}


@pytest.mark.parametrize("page", FILTERS)
@pytest.mark.parametrize("value", HUGE)
def test_a_filter_that_makes_no_sense_is_ignored_or_refused(
    browser: Callable[[str], Client], page: str, value: str
) -> None:
    path, parameter = page.split("?")
    client = browser("superuser")
    for query in ({parameter: value}, {parameter: [value, "1"]}):
        response = client.get(f"/admin/{path}", query, follow=True)
        assert response.status_code in {200, 400}


@pytest.mark.parametrize("value", HUGE)
def test_undoing_what_is_no_decision_undoes_nothing(
    as_moderator: Client, moderator: User, reported: Annotation, value: str
) -> None:
    decision = decide(moderator=moderator, annotation=reported, act="spam")
    url = reverse("admin:reader_queueitem_undo")
    assert as_moderator.post(url, {"decision": value}).status_code == 302
    assert not Decision.objects.filter(act="undo").exists()
    as_moderator.post(url, {"decision": [value, decision.pk]})
    assert Decision.objects.get(act="undo").undoes_id == decision.pk


@pytest.mark.parametrize("value", HUGE)
def test_ticking_what_is_no_row_is_refused(
    browser: Callable[[str], Client], reported: Annotation, value: str
) -> None:
    client = browser("superuser")
    ticked = {"_selected_action": [value, reported.pk], f"version-{reported.pk}": reported.version}
    for more in ({"index": "0"}, {}, {"index": "0", "select_across": "1"}):
        for action in ("spam_items", "deny_items"):
            sent = {"action": action, **ticked, **more}
            assert client.post(MODERATORS, sent).status_code == 400
    assert not Decision.objects.exists()


@pytest.mark.parametrize("value", HUGE)
def test_a_version_that_cannot_be_decides_nothing(
    as_moderator: Client, reported: Annotation, value: str
) -> None:
    sent = {"action": "spam_items", "index": "0", "_selected_action": reported.pk}
    as_moderator.post(MODERATORS, {**sent, f"version-{reported.pk}": value})
    url = reverse("admin:reader_queueitem_decide", args=[reported.pk])
    assert as_moderator.post(url, {"act": "spam", "version": value}).status_code in {409, 422}
    assert not Decision.objects.exists()


def test_the_library_does_not_tell_where_private_annotations_are(
    browser: Callable[[str], Client], author: User, document: Document
) -> None:
    secret = factories.make_annotation(author, document, body="Mine.", visibility="private")
    superuser = browser("superuser")
    for role in ("editor", "document editor", "superuser"):
        for lookup in ("annotations", "annotations__gte", "annotations__body__contains"):
            query = {lookup: secret.pk}
            assert browser(role).get("/admin/reader/document/", query).status_code == 400
    for page in ("user/?annotations", "tag/?annotations", "edition/?annotations"):
        path, lookup = page.split("?")
        assert superuser.get(f"/admin/reader/{path}", {lookup: secret.pk}).status_code == 400


def test_no_list_can_be_asked_by_a_relation_to_what_people_wrote(
    rf: RequestFactory, browser: Callable[[str], Client]
) -> None:
    client = browser("superuser")
    request = rf.get("/")
    request.user = User.objects.get(pk=client.session["_auth_user_id"])
    checked = 0
    for model, model_admin in admin.site._registry.items():
        for field in model._meta.get_fields():
            ours = isinstance(model_admin, GuardedList) and field.one_to_many
            if not (ours or field.related_model is Annotation):
                continue
            for suffix in ("", "__in", "__gte", "__isnull", "__body__startswith"):
                lookup = f"{field.name}{suffix}"
                assert not model_admin.lookup_allowed(lookup, "1", request), (model, lookup)
                checked += 1
    assert checked


@pytest.mark.parametrize("page", ["document", "edition", "block", "annotation", "user", "tag"])
def test_the_lists_still_answer_their_own_filters(
    browser: Callable[[str], Client], page: str
) -> None:
    client = browser("superuser")
    changelist = client.get(f"/admin/reader/{page}/").context["cl"]
    queries = [
        choice["query_string"]
        for spec in changelist.filter_specs
        for choice in spec.choices(changelist)
    ]
    assert bool(queries) == (page not in {"edition", "tag"})
    for query in queries:
        assert client.get(f"/admin/reader/{page}/{query}").status_code == 200, query


def test_the_blocks_of_one_edition_are_reached_by_their_link(
    browser: Callable[[str], Client], document: Document
) -> None:
    other = factories.make_document()
    assert other.current_edition is not None
    rows = browser("editor").get("/admin/reader/block/", {"edition": other.current_edition.pk})
    assert {block.edition_id for block in rows.context["cl"].result_list} == {
        other.current_edition.pk
    }


ROLE_PERMISSIONS = [f"{verb}_documentrole" for verb in ("add", "change", "delete")]


def roles_form(document: Document, person: User, role: str) -> dict[str, str]:
    """Return the document's form, filled in to give somebody a part."""
    return {
        "title": "A better title",
        "language": "en",
        "annotating": "open",
        "is_published": "on",
        "rules-TOTAL_FORMS": "0",
        "rules-INITIAL_FORMS": "0",
        "roles-TOTAL_FORMS": "1",
        "roles-INITIAL_FORMS": "0",
        "roles-0-document": str(document.pk),
        "roles-0-user": str(person.pk),
        "roles-0-role": role,
    }


def test_only_superusers_give_parts_whatever_was_granted(
    browser: Callable[[str], Client], document: Document, stranger: User
) -> None:
    url = f"/admin/reader/document/{document.pk}/change/"
    editor = browser("editor")
    person = User.objects.get(pk=editor.session["_auth_user_id"])
    group = PermissionGroup.objects.get(name="Editors")
    assert not group.permissions.filter(codename__in=ROLE_PERMISSIONS).exists()
    # Even the permissions that this group once had do not open the inline.
    person.user_permissions.add(*Permission.objects.filter(codename__in=ROLE_PERMISSIONS))
    held = factories.promote(stranger, "document:moderator", document)
    part = DocumentRole.objects.get(user=held, document=document)
    page = editor.get(url).content.decode()
    assert str(stranger) in page
    assert 'name="roles-0-user"' not in page
    editor.post(url, roles_form(document, person, "moderator"))
    given = {**roles_form(document, stranger, "editor"), "roles-INITIAL_FORMS": "1"}
    editor.post(url, {**given, "roles-0-id": str(part.pk), "roles-0-DELETE": "on"})
    document.refresh_from_db()
    assert document.title == "A better title"
    assert list(document.roles.values_list("user", "role")) == [(stranger.pk, "moderator")]
    browser("superuser").post(url, roles_form(document, person, "moderator"))
    assert document.roles.filter(user=person, role="moderator").exists()
