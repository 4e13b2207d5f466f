"""Who may read whose words through the doors of the review, groups included, from tables.

It goes on from ``test_policy_matrix``: there is one more visibility (a group's) and one more role
(a member of that group), and doors that show what is shared with others and nothing else.
"""

from itertools import product

import pytest
from django.urls import reverse

from reader.actions.dispositions import Ruling, decide_thread
from reader.actions.reactions import react
from reader.models import Annotation, Assignment, Group, Label, Membership, SavedFilter, Tag, User
from tests.factories import make_reply, make_user, promote
from tests.test_policy_matrix import CANARY, DOORS, STATUSES, Case

ROLES = ("anonymous", "stranger", "author", "member", "moderator", "reviewer", "editor", "admin")
VISIBILITIES = ("private", "group", "public")
REVIEWERS = {"reviewer", "editor", "admin"}
MODERATION = {"moderator", "admin"}


class GroupCase(Case):
    """A case that may be about a group's thread, seen by one of its members or an editor too."""

    def __init__(self, role: str, visibility: str, status: str) -> None:
        here = role if role not in {"member", "editor"} else "stranger"
        super().__init__(here, "public" if visibility == "group" else visibility, status)
        self.role = role
        group = Group.objects.create(slug="inner", name="Inner")
        Membership.objects.create(user=self.author, group=group)
        if visibility == "group":
            rows = Annotation.objects.filter(pk=self.annotation.pk)
            rows.update(visibility="group", group=group)
        assert role == "anonymous" or self.viewer is not None
        if role == "member" and self.viewer:
            Membership.objects.create(user=self.viewer, group=group)
        if role == "editor" and self.viewer:
            self.viewer = promote(self.viewer, "document:editor", self.document)


def readers(visibility: str, status: str) -> set[str]:
    """Return who reads the words on pages: the table of ``test_policy_matrix`` with groups."""
    if status == "deleted":
        return set()
    if visibility == "private":
        return {"author"}
    if visibility == "group":
        return {"author", "member"} if status == "approved" else {"author"}
    return set(ROLES) if status == "approved" else {"author", *MODERATION}


def sharers(visibility: str, status: str) -> set[str]:
    """Return whom feeds tell: those with whom it is shared, once it is approved."""
    if status != "approved" or visibility == "private":
        return set()
    return set(ROLES) if visibility == "public" else {"author", "member"}


ALL = list(product(ROLES, VISIBILITIES, STATUSES))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "visibility", "status"), [case for case in ALL if "group" in case or "member" in case]
)
def test_groups_words_are_for_their_members(role: str, visibility: str, status: str) -> None:
    case = GroupCase(role, visibility, status)
    expected = role in readers(visibility, status)
    doors = {name: door for name, door in DOORS.items() if name not in {"count", "exports"}}
    assert {name: door(case) for name, door in doors.items()} == dict.fromkeys(doors, expected)


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "visibility", "status"), ALL)
def test_the_desk_shows_reviewers_what_they_may_read(
    role: str, visibility: str, status: str
) -> None:
    case = GroupCase(role, visibility, status)
    slug, uid = case.document.slug, case.annotation.uid
    expected = role in REVIEWERS and visibility != "private" and role in readers(visibility, status)
    assert (CANARY in case.get("review", slug)) == expected
    chosen = case.get("review", slug, fold="0", tag=f"tag-{CANARY}", thread=uid)
    assert (f"Some words, {CANARY}" in chosen) == expected  # the tag is in the address anyway
    assert (CANARY in case.fragment("review_thread", uid)) == expected
    assert (CANARY in case.get("decide", uid)) == expected
    sent = {"threads": f"{uid} 0-0", "known": "0", "shown": uid}
    many = case.client.post(reverse("decide_many", args=[slug]), sent)
    assert (CANARY in many.content.decode()) == expected
    pulse = case.client.post(reverse("review_pulse", args=[slug]), sent)
    assert (f'"uid": "{uid}"' in pulse.content.decode()) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "visibility", "status"), ALL)
def test_feeds_tell_what_is_shared(role: str, visibility: str, status: str) -> None:
    case = GroupCase(role, visibility, status)
    slug, uid = case.document.slug, case.annotation.uid
    expected = role in sharers(visibility, status)
    for name, args in (
        ("document_feed", [slug]),
        ("paragraph_feed", [slug, "p1"]),
        ("thread_feed", [uid]),
        ("tag_feed", [f"tag-{CANARY}"]),
        ("author_feed", [case.author.username]),
    ):
        content = case.get(name, *args).replace(f"tag-{CANARY}", "")
        assert (f"Some words, {CANARY}" in content) == expected, name


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "visibility", "status"), ALL)
def test_what_is_published_holds_what_everybody_reads(
    role: str, visibility: str, status: str
) -> None:
    case = GroupCase(role, visibility, status)
    slug = case.document.slug
    expected = (visibility, status) == ("public", "approved")
    publisher = promote(make_user(), "document:editor", case.document)
    type(case.document).objects.update(
        responses_published_at=case.annotation.created_at, responses_published_by=publisher
    )
    assert (CANARY in case.get("responses", slug)) == expected
    assert (CANARY in case.get("responses_csv", slug)) == expected
    drawn = case.get("map", slug)
    assert CANARY not in drawn
    assert ("1 thread," in drawn) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("status", ["private", "denied", "deleted"])
def test_a_reason_on_what_one_may_not_see_is_not_told(role: str, status: str) -> None:
    case = GroupCase(role, "public", "approved")
    decider = promote(make_user(), "document:editor", case.document)
    ruling = Ruling("declined", f"Reason-{CANARY}.")
    decide_thread(reviewer=decider, root=case.annotation, ruling=ruling)
    rows = Annotation.objects.filter(pk=case.annotation.pk)
    if status == "private":
        rows.update(visibility="private")
    elif status == "denied":
        rows.update(status="denied")
    else:
        rows.update(body="", body_html="", deleted_at=case.annotation.created_at)
    allowed = {"private": {"author"}, "denied": {"author", *MODERATION}, "deleted": set()}[status]
    if role in allowed:
        return
    slug, uid = case.document.slug, case.annotation.uid
    pages = [
        case.get("document", slug),
        case.get("paragraph", slug, "p1"),
        case.get("annotation", uid),
        case.get("history", uid),
        case.get("thread_feed", uid),
        case.get("document_feed", slug),
        case.get("review", slug),
        case.get("search", q="reason"),
        case.get("notifications"),
        *(case.get("export_document", slug, format=name) for name in ("jsonld", "html")),
    ]
    assert [page for page in pages if f"Reason-{CANARY}" in page] == []


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_what_reviewers_note_for_themselves_stays_with_them(role: str) -> None:
    case = GroupCase(role, "public", "approved")
    worker = promote(
        make_user("worker", name=f"Worker-{CANARY}"), "document:reviewer", case.document
    )
    tag = Tag.objects.create(name=f"label-{CANARY}"[:40])
    Label.objects.create(annotation=case.annotation, tag=tag, added_by=worker)
    Assignment.objects.create(annotation=case.annotation, assignee=worker)
    SavedFilter.objects.create(
        document=case.document, owner=worker, name=f"Filter-{CANARY}", query="tag=law"
    )
    slug, uid = case.document.slug, case.annotation.uid
    signs = (f"label-{CANARY}", f"Worker-{CANARY}", f"Filter-{CANARY}")
    public = [
        case.get("document", slug),
        case.get("paragraph", slug, "p1"),
        case.fragment("thread", uid),
        case.get("thread_feed", uid),
        case.get("tags", q="label"),
        case.get("search", q=f"label-{CANARY}"),
        case.get("map", slug),
        *(case.get("export_document", slug, format=name) for name in ("jsonld", "html", "tei")),
    ]
    shown = [page.replace(f"q=label-{CANARY}", "") for page in public]
    assert not any(signs[1] in page or signs[2] in page for page in shown)
    assert f"#{signs[0]}" not in "".join(shown)
    assert signs[0] not in "".join([*shown[:5], *shown[6:]])
    desk = case.get("review", slug)
    assert (signs[0] in desk, signs[1] in desk) == (role in REVIEWERS, role in REVIEWERS)
    assert signs[2] not in desk + case.get("save_filter", slug)


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["pending", "denied", "deleted", "private"])
def test_notices_tell_nothing_of_what_was_taken_away(status: str) -> None:
    case = GroupCase("stranger", "public", "approved")
    assert isinstance(case.viewer, User)
    parent = make_reply(case.viewer, case.annotation, "Mine.")
    answer = make_reply(case.author, parent, f"Answer {CANARY}.")
    assert "Notices: 1 unread" in case.get("document", case.document.slug)
    react(person=case.viewer, annotation=answer, stance="agree")
    rows = Annotation.objects.filter(pk=answer.pk)
    if status == "deleted":
        rows.update(body="", body_html="", deleted_at=answer.created_at)
    elif status == "private":
        rows.update(visibility="private")
    else:
        rows.update(status=status)
    assert CANARY not in case.get("notifications")
    assert "unread" not in case.get("document", case.document.slug).split("notices-link")[1][:200]
