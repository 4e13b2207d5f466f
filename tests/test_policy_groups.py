"""Who may read what was written for a group, through every door: its members, and nobody else."""

from itertools import product

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from reader.actions import groups
from reader.actions.annotations import create_annotation, reply
from reader.actions.changes import delete_annotation
from reader.actions.moderation import decide, flag
from reader.actions.wording import Wording
from reader.models import Document, Membership, User
from reader.queries.notifications import count_unread
from tests.factories import force_status, make_document, make_user, passage_of, promote
from tests.test_policy_matrix import CANARY, DOORS, Case, admin_pages

IN_GROUP = ("author", "member", "group moderator", "owner")
OUTSIDE = (
    "anonymous",
    "stranger",
    "former member",
    "moderator",
    "document moderator",
    "reviewer",
    "editor",
    "admin",
)
ROLES = (*IN_GROUP, "author who left", *OUTSIDE)
RUNNING = {"group moderator", "owner"}
OWN = {"author", "author who left"}
READERS: dict[str, set[str]] = {
    "pending": OWN | RUNNING,
    "approved": {*IN_GROUP, "author who left"},
    "denied": OWN | RUNNING,
    "spam": OWN | RUNNING,
    "deleted": set(),
}


class GroupCase(Case):
    """One annotation for a group, the person looking, and their browser."""

    def __init__(self, role: str, status: str = "approved", kind: str = "private") -> None:
        self.document = make_document()
        self.author = make_user()
        self.owner = make_user()
        self.group = groups.make_group(maker=self.owner, name=f"Circle of {role}", kind=kind)
        self.viewer = self._person(role)
        Membership.objects.get_or_create(user=self.author, group=self.group)
        self.annotation = create_annotation(
            author=self.author,
            document=self.document,
            motivation="commenting",
            passage=passage_of(self.document, "The margin"),
            wording=Wording(f"Some words, {CANARY}.", None, [f"tag-{CANARY}"]),
            visibility="group",
            group=self.group,
        )
        if status == "deleted":
            delete_annotation(editor=self.author, annotation=self.annotation)
        else:
            force_status(self.annotation, status)
        if role == "author who left":
            groups.leave(person=self.author, group=self.group)
        self.client = Client()
        if self.viewer:
            self.client.force_login(self.viewer, settings.AUTHENTICATION_BACKENDS[0])

    def _person(self, role: str) -> User | None:
        if role == "anonymous":
            return None
        if role in OWN:
            return self.author
        if role == "owner":
            return self.owner
        person = make_user()
        if role in ("member", "former member", "group moderator"):
            part = "moderator" if role == "group moderator" else "member"
            Membership.objects.create(user=person, group=self.group, role=part)
        if role == "former member":
            groups.remove_member(moderator=self.owner, group=self.group, person=person)
        if role in ("moderator", "admin", "editor"):
            return promote(person, role)
        if role in ("reviewer", "document moderator"):
            return promote(person, f"document:{role.rsplit(maxsplit=1)[-1]}", self.document)
        return person


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "status"), list(product(ROLES, READERS)))
def test_group_words_are_seen_by_whom_the_table_says(role: str, status: str) -> None:
    case = GroupCase(role, status)
    expected = role in READERS[status]
    seen = {name: door(case) for name, door in DOORS.items()}
    assert seen == dict.fromkeys(DOORS, expected)


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "status"), list(product(ROLES, READERS)))
def test_admin_map_and_responses_hold_nothing_of_a_group(role: str, status: str) -> None:
    case = GroupCase(role, status)
    case.document.responses_published_at = case.document.created_at
    case.document.save()
    slug = case.document.slug
    pages = {
        **admin_pages(case),
        "tags": case.get("admin:reader_tag_changelist"),
        "item anew": case.get("admin:reader_queueitem_change", case.annotation.pk),
        "responses": case.get("responses", slug),
        "csv": case.get("responses_csv", slug),
    }
    assert {name for name, page in pages.items() if CANARY in page} == set()
    assert "1 thread," not in case.get("map", slug)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_feeds_tell_members_only(role: str) -> None:
    case = GroupCase(role)
    told = {
        CANARY in case.get("document_feed", case.document.slug),
        CANARY in case.get("paragraph_feed", case.document.slug, "p1"),
        CANARY in case.get("thread_feed", case.annotation.uid),
        CANARY in case.get("author_feed", case.author.username),
        CANARY in case.get("tag_feed", f"tag-{CANARY}").split("<entry>", 1)[-1]
        and "Some words" in case.get("tag_feed", f"tag-{CANARY}"),
    }
    assert told == {role in READERS["approved"]}


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_forms_open_for_whoever_reads_and_for_nobody_else(role: str) -> None:
    case = GroupCase(role)
    reads = role in READERS["approved"]
    for name in ("reply", "edit", "adjust", "delete", "flag", "react", "history", "decide"):
        address = reverse(name, args=[case.annotation.uid])
        for response in (case.client.get(address), case.client.post(address, {"body": "x"})):
            assert reads or CANARY not in response.content.decode()
            assert reads or response.status_code in {302, 403, 404, 405}, name


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "kind"), list(product(ROLES, ["private", "restricted", "open"])))
def test_the_groups_page_shows_its_words_and_people_to_members(role: str, kind: str) -> None:
    case = GroupCase(role, kind=kind)
    response = case.client.get(reverse("group", args=[case.group.slug]))
    page = response.content.decode()
    hidden = kind == "private" and role not in IN_GROUP
    assert response.status_code == (404 if hidden else 200)
    assert (case.group.name in page) == (not hidden)
    assert (CANARY in page) == (role in READERS["approved"] and not hidden)
    assert (f"/people/{case.owner.username}/" in page) == (role in IN_GROUP)
    listed = case.group.name in case.get("groups")
    assert listed == (not hidden)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_what_was_reported_and_decided_in_a_group_is_read_by_those_who_run_it(role: str) -> None:
    case = GroupCase(role)
    reporter = make_user()
    Membership.objects.create(user=reporter, group=case.group)
    flag(reporter=reporter, annotation=case.annotation, reason="abuse", note="canary-report")
    pages = "".join(admin_pages(case).values())
    assert "canary-report" not in pages
    assert CANARY not in pages
    assert ("canary-report" in case.get("group", case.group.slug)) == (role in RUNNING)
    decide(
        moderator=case.owner,
        annotation=case.annotation,
        act="deny",
        reason="abuse",
        note="canary-note",
    )
    assert "canary-note" not in "".join(admin_pages(case).values())
    assert case.annotation.uid not in case.get("admin:reader_decision_changelist")


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_only_those_who_run_a_group_decide_in_it(role: str) -> None:
    case = GroupCase(role)
    sent = {"act": "deny", "reason": "abuse", "version": case.annotation.version}
    address = reverse("group_decide", args=[case.group.slug, case.annotation.uid])
    status = case.client.post(address, sent).status_code
    case.annotation.refresh_from_db()
    if role in RUNNING:
        assert (status, case.annotation.status) == (302, "denied")
    else:
        assert status in {302, 403, 404}
        assert case.annotation.status == "approved"
    admin = reverse("admin:reader_queueitem_decide", args=[case.annotation.pk])
    assert case.client.post(admin, {**sent, "act": "spam"}).status_code in {302, 403, 404}
    case.annotation.refresh_from_db()
    assert case.annotation.status != "spam"


@pytest.mark.django_db
def test_a_group_moderator_has_no_admin(client: Client) -> None:
    case = GroupCase("group moderator")
    answer = case.client.get(reverse("admin:index"), follow=True)
    assert answer.status_code == 403
    assert reverse("admin:index") not in case.get("document", case.document.slug)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["reviewer", "editor"])
def test_a_reviewer_sees_a_groups_threads_at_the_desk_once_in_the_group(role: str) -> None:
    case = GroupCase(role)
    assert case.viewer is not None
    address = ("review", case.document.slug)
    assert CANARY not in case.get(*address)
    assert CANARY not in case.get(*address, group=case.group.slug)
    held = Membership.objects.create(user=case.viewer, group=case.group)
    assert CANARY in case.get(*address, group=case.group.slug)
    held.delete()
    assert CANARY not in case.get(*address, group=case.group.slug)


@pytest.mark.django_db
def test_no_notice_of_a_group_reaches_whoever_has_left(document: Document) -> None:
    case = GroupCase("member")
    member = case.viewer
    assert member is not None
    answered = reply(author=member, parent=case.annotation, wording=Wording("Mine."))
    reply(author=case.owner, parent=answered, wording=Wording("canary-answer"))
    assert count_unread(member) == 1
    assert "replied to you" in case.get("notifications")
    groups.remove_member(moderator=case.owner, group=case.group, person=member)
    assert count_unread(member) == 0
    page = case.get("notifications")
    assert "replied to you" not in page
    assert CANARY not in page
    # One's own words stay one's own, and lead to nothing of the others'.
    landed = case.get("annotation", answered.uid)
    assert CANARY not in landed
    assert "canary-answer" not in landed
    assert "Mine." in case.get("profile", member.username)


def shown_for(case: GroupCase, whom: str, name: str, *args: object) -> str:
    """Return the page with the switch turned to somebody."""
    response = case.client.get(reverse(name, args=args), {"for": whom}, follow=True)
    return response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_the_switch_shows_a_group_to_its_members_only(role: str) -> None:
    case = GroupCase(role)
    slug = case.document.slug
    for name, args in (("document", [slug]), ("paragraph", [slug, "p1"])):
        page = shown_for(case, case.group.slug, name, *args)
        reads_here = role in IN_GROUP
        # Whoever is in no such group gets everything they may read: their own too.
        assert (CANARY in page) == (role in READERS["approved"])
        assert (f'value="group:{case.group.slug}" checked' in page) == reads_here
        assert CANARY not in shown_for(case, "public", name, *args)
        assert CANARY not in shown_for(case, "me", name, *args)
    fragment = case.fragment("block_threads", slug, "p1", **{"for": case.group.slug})
    assert (CANARY in fragment) == (role in READERS["approved"])


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_exports_leave_out_a_group_that_one_is_not_in(role: str) -> None:
    case = GroupCase(role)
    assert (CANARY in case.get("export")) == (role in OWN)
