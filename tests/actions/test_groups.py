"""Making groups, coming in, going, and what remains."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from reader import policy
from reader.actions import group_invitations, groups
from reader.actions.annotations import create_annotation
from reader.actions.changes import edit_annotation
from reader.actions.errors import Invalid, TooMany
from reader.actions.moderation import decide, flag
from reader.actions.people import create_guest, erase_account
from reader.actions.wording import Wording
from reader.models import (
    Annotation,
    AnnotationRevision,
    Document,
    Flag,
    Group,
    GroupInvitation,
    Membership,
    User,
)
from reader.queries import search
from reader.text.search_query import parse
from tests.factories import make_reply, make_user, passage_of

Role = Membership.Role


@pytest.fixture
def member(db: None) -> User:
    return make_user("member", name="Mia Member")


@pytest.fixture
def circle(author: User, member: User) -> Group:
    """A private group that the author owns, with one member."""
    made = groups.make_group(maker=author, name="Reading circle")
    Membership.objects.create(user=member, group=made)
    return made


def write(person: User, document: Document, group: Group, body: str = "For us.") -> Annotation:
    return create_annotation(
        author=person,
        document=document,
        motivation="commenting",
        passage=passage_of(document, "The margin"),
        wording=Wording(body),
        visibility="group",
        group=group,
    )


def rewrite(annotation: Annotation, visibility: str, group: Group | None = None) -> Annotation:
    assert annotation.author is not None
    annotation.refresh_from_db()
    return edit_annotation(
        editor=annotation.author,
        annotation=annotation,
        version=annotation.version,
        wording=Wording("Other words."),
        visibility=visibility,
        group=group,
    )


def found_by(person: User, words: str) -> list[str]:
    """Return the words of the annotations that a search finds."""
    hits = search.search(person, parse(words)).hits
    return [hit.annotation.body for hit in hits if hit.annotation]


def roles(group: Group) -> dict[str, str]:
    rows = Membership.objects.filter(group=group)
    return dict(rows.values_list("user__username", "role"))


def test_whoever_makes_a_group_owns_it(author: User) -> None:
    made = groups.make_group(maker=author, name="  Кітап  оқу ", description=" About\n books ")
    assert (made.name, made.description, made.kind) == ("Кітап оқу", "About books", "private")
    assert roles(made) == {"author": "owner"}


def test_groups_of_one_name_have_addresses_that_nobody_guesses(author: User) -> None:
    slugs = [groups.make_group(maker=author, name="Reading circle").slug for _number in range(3)]
    assert len(set(slugs)) == 3
    assert all(slug.startswith("reading-circle-") and len(slug) == 23 for slug in slugs)


@pytest.mark.parametrize(
    "name",
    ["", "   ", "\0", "x" * 81, "Only me", "0nly me", "Public", "\u200b", "Аdmin", "postil", "⠀"],
)
def test_a_name_that_passes_for_something_else_is_refused(author: User, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        groups.make_group(maker=author, name=name)
    assert refused.value.field == "name"
    assert not Group.objects.exists()


@pytest.mark.parametrize("field", ["description", "kind"])
def test_other_fields_are_checked_too(author: User, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        groups.make_group(maker=author, name="Circle", **{field: "x" * 281})
    assert refused.value.field == field


def test_guests_make_no_groups_and_join_none(author: User) -> None:
    guest = create_guest(name="Gus")
    opened = groups.make_group(maker=author, name="Open to all", kind="open")
    with pytest.raises(policy.Refused):
        groups.make_group(maker=guest, name="Circle")
    with pytest.raises(policy.Refused):
        groups.join(person=guest, group=opened)
    _made, secret = group_invitations.invite(moderator=author, group=opened)
    with pytest.raises(policy.Refused):
        group_invitations.accept_invitation(person=guest, secret=secret)


def test_too_many_groups_in_an_hour_are_refused(author: User, settings: Any) -> None:
    settings.GROUPS_PER_HOUR = 2
    for _number in range(2):
        groups.make_group(maker=author, name="Circle")
    with pytest.raises(TooMany):
        groups.make_group(maker=author, name="Circle")


def test_too_many_links_in_an_hour_are_refused(author: User, circle: Group, settings: Any) -> None:
    settings.INVITATIONS_PER_HOUR = 1
    group_invitations.invite(moderator=author, group=circle)
    with pytest.raises(TooMany):
        group_invitations.invite(moderator=author, group=circle)


def test_only_an_owner_changes_a_group(author: User, member: User, circle: Group) -> None:
    groups.change_group(owner=author, group=circle, name="Circle", kind="restricted")
    circle.refresh_from_db()
    assert (circle.name, circle.kind) == ("Circle", "restricted")
    groups.give_role(owner=author, group=circle, person=member, role="moderator")
    with pytest.raises(policy.Refused):
        groups.change_group(owner=member, group=circle, name="Mine")


def test_what_others_wrote_for_invited_readers_is_not_opened_to_everybody(
    author: User, member: User, circle: Group, document: Document
) -> None:
    write(member, document, circle)
    with pytest.raises(Invalid, match="opened to everybody"):
        groups.change_group(owner=author, group=circle, kind="open")
    circle.refresh_from_db()
    assert circle.kind == "private"


def test_an_open_group_is_joined_once_and_others_are_not(author: User, stranger: User) -> None:
    opened = groups.make_group(maker=author, name="Open", kind="open")
    for _time in range(2):
        groups.join(person=stranger, group=opened)
    assert roles(opened) == {"author": "owner", "stranger": "member"}
    for kind in ("restricted", "private"):
        closed = groups.make_group(maker=author, name="Closed", kind=kind)
        with pytest.raises(policy.Refused):
            groups.join(person=stranger, group=closed)


def test_a_link_lets_in_until_it_expires(author: User, stranger: User, circle: Group) -> None:
    made, secret = group_invitations.invite(moderator=author, group=circle, days=1)
    assert secret not in made.secret_sha256
    assert timedelta(hours=23) < made.expires_at - timezone.now() <= timedelta(days=1)
    for _time in range(2):
        group_invitations.accept_invitation(person=stranger, secret=secret)
    made.refresh_from_db()
    assert made.use_count == 1
    assert roles(circle)["stranger"] == "member"
    GroupInvitation.objects.update(expires_at=timezone.now())
    with pytest.raises(Invalid, match="expired"):
        group_invitations.accept_invitation(person=make_user(), secret=secret)


def test_a_link_lets_nobody_in_once_it_is_taken_back(author: User, circle: Group) -> None:
    made, secret = group_invitations.invite(moderator=author, group=circle, days=30)
    group_invitations.revoke_invitation(moderator=author, invitation=made)
    with pytest.raises(Invalid, match="taken back"):
        group_invitations.accept_invitation(person=make_user(), secret=secret)
    with pytest.raises(Invalid, match="no invitation"):
        group_invitations.accept_invitation(person=make_user(), secret="guessed")


def test_a_link_outlives_neither_its_makers_part_nor_a_removal(
    author: User, member: User, stranger: User, circle: Group
) -> None:
    groups.give_role(owner=author, group=circle, person=member, role="moderator")
    _made, secret = group_invitations.invite(moderator=member, group=circle)
    groups.give_role(owner=author, group=circle, person=member, role="member")
    with pytest.raises(Invalid, match="does not invite"):
        group_invitations.accept_invitation(person=stranger, secret=secret)
    _made, secret = group_invitations.invite(moderator=author, group=circle)
    groups.remove_member(moderator=author, group=circle, person=member)
    with pytest.raises(Invalid, match="taken back"):
        group_invitations.accept_invitation(person=member, secret=secret)


def test_a_link_for_other_days_is_refused(author: User, circle: Group) -> None:
    with pytest.raises(Invalid):
        group_invitations.invite(moderator=author, group=circle, days=365)


@pytest.mark.parametrize(
    ("who", "whom", "may"),
    [
        ("owner", "moderator", True),
        ("owner", "member", True),
        ("owner", "owner", False),  # oneself: that is leaving
        ("moderator", "member", True),
        ("moderator", "owner", False),
        ("moderator", "other moderator", False),
        ("member", "other member", False),
        ("stranger", "member", False),
    ],
)
def test_who_removes_whom(who: str, whom: str, may: bool, author: User) -> None:
    group = groups.make_group(maker=author, name="Circle")
    people = {"owner": author, "stranger": make_user()}
    for name in ("moderator", "other moderator", "member", "other member"):
        people[name] = make_user()
        role = name.rsplit(maxsplit=1)[-1]
        Membership.objects.create(user=people[name], group=group, role=role)
    if may:
        groups.remove_member(moderator=people[who], group=group, person=people[whom])
    else:
        with pytest.raises(policy.Refused):
            groups.remove_member(moderator=people[who], group=group, person=people[whom])
    assert policy.role_in(people[whom], group) == ("" if may else whom.rsplit(maxsplit=1)[-1])


def test_a_group_is_never_without_an_owner(author: User, member: User, circle: Group) -> None:
    with pytest.raises(Invalid, match="only owner"):
        groups.leave(person=author, group=circle)
    with pytest.raises(Invalid, match="needs an owner"):
        groups.give_role(owner=author, group=circle, person=author, role="member")
    groups.give_role(owner=author, group=circle, person=member, role="owner")
    groups.leave(person=author, group=circle)
    groups.leave(person=author, group=circle)  # twice is as good as once
    assert roles(circle) == {"member": "owner"}


def test_whoever_is_in_no_group_gets_no_part_in_it(
    author: User, member: User, stranger: User, circle: Group
) -> None:
    with pytest.raises(Invalid):
        groups.give_role(owner=author, group=circle, person=stranger, role="owner")
    with pytest.raises(Invalid):
        groups.give_role(owner=author, group=circle, person=member, role="king")
    with pytest.raises(policy.Refused):
        groups.give_role(owner=member, group=circle, person=member, role="owner")


def test_whoever_leaves_last_deletes_the_group_and_nobody_loses_words(
    author: User, member: User, circle: Group, document: Document
) -> None:
    root = write(author, document, circle)
    answer = make_reply(member, root, "canary-answer")
    groups.leave(person=member, group=circle)
    assert found_by(author, "canary-answer") == ["canary-answer"]
    groups.leave(person=author, group=circle)
    assert not Group.objects.exists()
    for one in (root, answer):
        one.refresh_from_db()
        assert (one.visibility, one.group_id) == ("private", None)
    assert found_by(member, "canary-answer") == ["canary-answer"]
    assert found_by(author, "canary-answer") == []


def test_a_group_in_which_others_wrote_is_not_deleted(
    author: User, member: User, circle: Group, document: Document
) -> None:
    own, theirs = write(author, document, circle), write(member, document, circle)
    with pytest.raises(Invalid, match="Others have written"):
        groups.delete_group(owner=author, group=circle)
    with pytest.raises(policy.Refused):
        groups.delete_group(owner=member, group=circle)
    Annotation.objects.filter(pk=theirs.pk).update(body="", body_html="", deleted_at=timezone.now())
    groups.delete_group(owner=author, group=circle)
    own.refresh_from_db()
    assert (own.visibility, own.body) == ("private", "For us.")


def test_an_account_that_is_erased_leaves_no_group_without_an_owner(
    author: User, member: User, circle: Group, document: Document
) -> None:
    later = make_user("later")
    Membership.objects.create(user=later, group=circle, role=Role.MODERATOR)
    write(member, document, circle)
    erase_account(person=author)
    assert roles(circle) == {"later": "owner", "member": "member"}
    erase_account(person=later)
    assert roles(circle) == {"member": "owner"}
    erase_account(person=member)
    assert not Group.objects.exists()
    assert not GroupInvitation.objects.exists()


def test_search_follows_who_is_in_the_group_at_once(
    author: User, member: User, stranger: User, circle: Group, document: Document
) -> None:
    write(author, document, circle, "canary for the circle")
    assert found_by(member, "canary") == ["canary for the circle"]
    assert found_by(stranger, "canary") == []
    _made, secret = group_invitations.invite(moderator=author, group=circle)
    group_invitations.accept_invitation(person=stranger, secret=secret)
    assert found_by(stranger, "canary") == ["canary for the circle"]
    groups.remove_member(moderator=author, group=circle, person=stranger)
    groups.leave(person=member, group=circle)
    assert found_by(stranger, "canary") == found_by(member, "canary") == []


def test_search_follows_an_annotation_that_moves_to_another_group(
    author: User, member: User, stranger: User, circle: Group, document: Document
) -> None:
    other = groups.make_group(maker=author, name="Other")
    Membership.objects.create(user=stranger, group=other)
    moved = write(author, document, circle)
    rewrite(moved, "group", other)
    assert found_by(stranger, "other words") == ["Other words."]
    assert found_by(member, "other words") == []
    rewrite(moved, "public")
    assert found_by(member, "other words") == ["Other words."]


def test_nobody_moves_what_others_answered_nor_into_a_group_of_others(
    author: User, member: User, circle: Group, document: Document
) -> None:
    other = groups.make_group(maker=member, name="Other")
    moved = write(author, document, circle)
    with pytest.raises(policy.Refused):
        rewrite(moved, "group", other)
    make_reply(member, moved)
    with pytest.raises(Invalid, match="Others have replied"):
        rewrite(moved, "public")


def test_earlier_wordings_stay_with_the_group_they_were_for(
    author: User, member: User, moderator: User, circle: Group, document: Document
) -> None:
    other = groups.make_group(maker=author, name="Other")
    Membership.objects.create(user=moderator, group=other)
    moved = write(author, document, circle, "canary")
    rewrite(moved, "group", circle)

    def wordings(person: User) -> list[str]:
        moved.refresh_from_db()
        rows = AnnotationRevision.objects.filter(annotation=moved)
        single = rows.filter(policy.revisions_visible_to(person, moved))
        assert set(single) == set(rows.filter(policy.revisions_visible_in_all(person)))
        return list(single.order_by("version").values_list("body", flat=True))

    assert wordings(author) == wordings(member) == ["canary"]
    rewrite(moved, "group", other)
    assert wordings(moderator) == wordings(member) == []
    rewrite(moved, "public")
    assert wordings(moderator) == wordings(member) == []
    assert wordings(author)[0] == "canary"


def test_a_report_stays_open_in_the_group_and_ends_when_its_annotation_leaves_it(
    author: User, member: User, circle: Group, document: Document
) -> None:
    reported = write(author, document, circle)
    flag(reporter=member, annotation=reported, reason="abuse", note="canary-report")
    assert rewrite(reported, "group", circle).attention_since is not None
    assert rewrite(reported, "public").attention_since is None
    report = Flag.objects.get()
    assert (report.resolution, report.for_group) == ("upheld", circle.pk)


def test_who_decides_in_a_group(
    author: User, member: User, moderator: User, circle: Group, document: Document
) -> None:
    written = write(member, document, circle)
    for person in (member, moderator):
        with pytest.raises(policy.Refused):
            decide(moderator=person, annotation=written, act="deny", reason="abuse")
    decision = decide(moderator=author, annotation=written, act="deny", reason="abuse")
    assert decision.for_group == circle.pk
    written.refresh_from_db()
    assert written.status == "denied"
