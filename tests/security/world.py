"""A site in which everything has been said that some may read and others may not."""

from dataclasses import dataclass

from django.conf import settings
from django.test import Client

from reader.actions import groups
from reader.actions.annotations import create_annotation
from reader.actions.changes import delete_annotation
from reader.actions.tokens import make_token
from reader.actions.wording import Wording
from reader.models import Annotation, Document, Group, Membership, User
from tests.factories import force_status, make_document, make_user, passage_of, promote

STATES = ("approved", "pending", "denied", "spam", "deleted", "private", "group", "draft")
ROLES = (
    "anonymous",
    "stranger",
    "member",
    "former member",
    "author",
    "reviewer",
    "document moderator",
    "moderator",
)
DECIDING = {"author", "document moderator", "moderator"}
READERS: dict[str, set[str]] = {
    "approved": set(ROLES),
    "pending": DECIDING,
    "denied": DECIDING,
    "spam": DECIDING,
    "deleted": set(),
    "private": {"author"},
    "group": {"author", "member"},
    "draft": {"author"},  # in a document that is not published: its author is its editor
}
WORDS = {state: f"zq{state}canary" for state in STATES}
"""In what is said in each state, beside what is searched for; see :data:`SOUGHT`."""
SOUGHT = {state: f"wx{state}sought" for state in STATES}
CIRCLE = "zqcirclecanary"
"""In the name of the private group: for its members, and nobody else."""
TITLE = "zqtitlecanary"
"""In the title of the document that is not published: for its editors."""


@dataclass(frozen=True, slots=True)
class World:
    """The site: a document of each kind, what was written in it, and people by their roles."""

    document: Document
    hidden: Document
    group: Group
    annotations: dict[str, Annotation]
    people: dict[str, User]
    secrets: dict[str, str]

    def browser(self, role: str) -> Client:
        """Return a browser in which somebody of the role is signed in."""
        client = Client()
        if role in self.people:
            client.force_login(self.people[role], settings.AUTHENTICATION_BACKENDS[0])
        return client

    def token(self, role: str) -> dict[str, str]:
        """Return the header by which a program speaks for somebody of the role."""
        secret = self.secrets.get(role)
        return {"Authorization": f"Bearer {secret}"} if secret else {}

    def hidden_from(self, role: str) -> set[str]:
        """Return the words that nothing that this role is answered may hold."""
        words = {WORDS[state] for state in STATES if role not in READERS[state]}
        words |= {CIRCLE} if role not in READERS["group"] else set()
        return words | ({TITLE} if role not in READERS["draft"] else set())


def make_world() -> World:
    """Fill an empty site."""
    document, hidden = make_document(slug="open"), make_document(slug="hidden", is_published=False)
    Document.objects.filter(pk=hidden.pk).update(title=f"The {TITLE} draft")
    owner, author = make_user("owner"), promote(make_user("author"), "document:editor", hidden)
    group = groups.make_group(maker=owner, name=f"The {CIRCLE} circle", kind="private")
    Membership.objects.create(user=author, group=group)
    people = _people(document, group, owner, author)
    written = {state: _said(state, document, hidden, author, group) for state in STATES}
    secrets = {
        role: make_token(user=person, name="t", scopes=["read", "write"], days=30)[1]
        for role, person in people.items()
    }
    return World(document, hidden, group, written, people, secrets)


def _people(document: Document, group: Group, owner: User, author: User) -> dict[str, User]:
    people = {role: make_user(role.replace(" ", "-")) for role in ROLES[1:] if role != "author"}
    for role in ("member", "former member"):
        Membership.objects.create(user=people[role], group=group)
    groups.remove_member(moderator=owner, group=group, person=people["former member"])
    promote(people["reviewer"], "document:reviewer", document)
    promote(people["document moderator"], "document:moderator", document)
    people["moderator"] = promote(people["moderator"], "moderator")
    return {**people, "author": author}


def _said(
    state: str, document: Document, hidden: Document, author: User, group: Group
) -> Annotation:
    place = hidden if state == "draft" else document
    visibility = state if state in ("private", "group") else "public"
    made = create_annotation(
        author=author,
        document=place,
        motivation="commenting",
        passage=passage_of(place, "The margin"),
        wording=Wording(f"About {SOUGHT[state]} and {WORDS[state]}.", None, [WORDS[state]]),
        visibility=visibility,
        group=group if visibility == "group" else None,
    )
    if state == "deleted":
        delete_annotation(editor=author, annotation=made)
    return force_status(made, state if state in ("pending", "denied", "spam") else "")
