"""Whoever is suspended or closed writes nothing that others read, whatever part they have."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from reader.actions import (
    appeals,
    assigning,
    changes,
    dispositions,
    editions,
    group_invitations,
    groups,
    moderation,
    people,
    responses,
    roles,
    sanctions,
    suggestions,
)
from reader.actions.annotations import create_annotation, reply
from reader.actions.wording import Wording
from reader.models import Annotation, Appeal, Document, Edition, Group, User
from reader.policy import Refused
from tests.factories import make_annotation, make_document, make_user, passage_of, promote

SILENCES = {"suspend": timedelta(days=7), "close": None}


@dataclass
class World:
    """A person with every part there is, and what they could do something to."""

    person: User
    document: Document
    draft: Edition
    others: Annotation
    suggestion: Annotation
    own: Annotation
    inside: Annotation
    circle: Group
    member: User
    appeal: Appeal
    spammer: User

    def silence(self, how: str) -> None:
        """Suspend the person, or close their account for writing."""
        lasts = SILENCES[how]
        until = timezone.now() + lasts if lasts else None
        boss = User.objects.create_superuser("boss", password=None)
        sanctions.sanction(moderator=boss, person=self.person, act=how, reason="abuse", until=until)
        self.person.refresh_from_db()


@pytest.fixture
def world(author: User, stranger: User) -> World:
    person, member = make_user("everything"), make_user("member")
    document = make_document(slug="parts")
    promote(person, "moderator")
    for role in ("document:editor", "document:reviewer", "document:moderator"):
        promote(person, role, document)
    circle = groups.make_group(maker=person, name="Circle")
    circle.memberships.create(user=member)
    denied = make_annotation(author, document, body="Denied.")
    other = promote(make_user("other"), "moderator")
    decision = moderation.decide(moderator=other, annotation=denied, act="deny", reason="abuse")
    return World(
        person=person,
        document=document,
        draft=editions.add_draft(
            editor=person,
            document=document,
            data=b"Another text.\n\nA promise is kept.",
            name="pasted.txt",
        ),
        others=make_annotation(author, document),
        suggestion=create_annotation(
            author=author,
            document=document,
            motivation="editing",
            passage=passage_of(document, "The margin"),
            wording=Wording("", replacement="This margin"),
        ),
        own=make_annotation(person, document),
        inside=create_annotation(
            author=member,
            document=document,
            motivation="commenting",
            passage=passage_of(document, "A promise"),
            wording=Wording("For us."),
            visibility="group",
            group=circle,
        ),
        circle=circle,
        member=member,
        appeal=appeals.appeal(appellant=author, decision=decision, words="It was irony."),
        spammer=stranger,
    )


RULING = dispositions.Ruling(outcome="declined", reason="For all to read.")
ACTS: dict[str, Callable[[World], Any]] = {
    "writes": lambda w: make_annotation(w.person, w.document),
    "replies": lambda w: reply(author=w.person, parent=w.others, wording=Wording("No.")),
    "rewrites": lambda w: changes.edit_annotation(
        editor=w.person, annotation=w.own, version=w.own.version, wording=Wording("No.")
    ),
    "reports": lambda w: moderation.flag(reporter=w.person, annotation=w.others, reason="abuse"),
    "is called otherwise": lambda w: people.change_settings(
        person=w.person, name="Loud", bio="", time_zone=""
    ),
    "tells of themself": lambda w: people.change_settings(
        person=w.person, name=w.person.name, bio="Loud.", time_zone=""
    ),
    "makes a group": lambda w: groups.make_group(maker=w.person, name="Loud"),
    "describes a group": lambda w: groups.change_group(
        owner=w.person, group=w.circle, description="Loud."
    ),
    "removes a member": lambda w: groups.remove_member(
        moderator=w.person, group=w.circle, person=w.member
    ),
    "gives a part": lambda w: groups.give_role(
        owner=w.person, group=w.circle, person=w.member, role="moderator"
    ),
    "invites to a group": lambda w: group_invitations.invite(moderator=w.person, group=w.circle),
    "decides in a group": lambda w: moderation.decide(
        moderator=w.person, annotation=w.inside, act="deny", reason="abuse", note="Loud."
    ),
    "decides": lambda w: moderation.decide(
        moderator=w.person, annotation=w.others, act="deny", reason="abuse", note="Loud."
    ),
    "restricts": lambda w: sanctions.sanction(
        moderator=w.person, person=w.spammer, act="warn", reason="spam", note="Loud."
    ),
    "judges": lambda w: appeals.judge(
        moderator=w.person, appeal=w.appeal, act="uphold", note="Loud."
    ),
    "decides a thread": lambda w: dispositions.decide_thread(
        reviewer=w.person, root=w.others, ruling=RULING
    ),
    "labels a thread": lambda w: assigning.label_thread(
        reviewer=w.person, root=w.others, add=["loud"]
    ),
    "assigns a thread": lambda w: assigning.assign(
        reviewer=w.person, root=w.others, assignee=w.person
    ),
    "publishes responses": lambda w: responses.publish_responses(
        reviewer=w.person, document=w.document, with_open=True
    ),
    "answers a suggestion": lambda w: suggestions.decline_suggestion(
        editor=w.person, annotation=w.suggestion, reason="Loud."
    ),
    "publishes an edition": lambda w: editions.publish_edition(editor=w.person, edition=w.draft),
    "invites to the document": lambda w: roles.invite(
        editor=w.person, document=w.document, role="reviewer"
    ),
}


@pytest.mark.parametrize("how", SILENCES)
@pytest.mark.parametrize("act", ACTS)
def test_who_may_not_write_does_nothing_that_others_read(world: World, act: str, how: str) -> None:
    world.silence(how)
    with pytest.raises(Refused, match="You may read and not write"):
        ACTS[act](world)


@pytest.mark.parametrize("act", ACTS)
def test_who_may_write_does_it(world: World, act: str) -> None:
    """Without this the test above would be content with acts that nobody can do."""
    ACTS[act](world)


@pytest.mark.parametrize("how", SILENCES)
def test_what_is_ones_own_stays_ones_own(world: World, how: str) -> None:
    world.silence(how)
    person = world.person
    people.change_settings(person=person, name=person.name, bio=person.bio, time_zone="Asia/Tokyo")
    changes.delete_annotation(editor=person, annotation=world.own)
    said = person.sanctions.get()
    appeals.appeal(appellant=person, decision=said.decision, words="It was irony.")


@pytest.mark.parametrize("how", SILENCES)
def test_the_admin_is_read_and_not_written_in(world: World, client: Client, how: str) -> None:
    world.person.is_staff = True
    world.person.save()
    world.silence(how)
    client.force_login(world.person, settings.AUTHENTICATION_BACKENDS[0])
    page = f"/admin/reader/document/{world.document.pk}/change/"
    assert client.get(page).status_code == 200
    refused = client.post(page, {"title": "Loud"})
    assert refused.status_code == 403
    assert "You may read and not write" in refused.content.decode()
    assert client.post("/admin/reader/rule/add/", {"title": "Loud"}).status_code == 403
    assert client.post("/admin/logout/").status_code in {200, 302}
