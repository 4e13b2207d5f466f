"""Groups in a browser: the pages, the switch on the reader's page, and the forms."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reader.actions import group_invitations, groups
from reader.actions.annotations import create_annotation
from reader.actions.moderation import flag
from reader.actions.wording import Wording
from reader.models import Annotation, Document, Group, GroupInvitation, Membership, User
from tests.factories import make_annotation, make_reply, make_user, passage_of
from tests.web.browsers import signed_in
from tests.web.pages import Page

MOST_QUERIES = 22
HTMX = {"HX-Request": "true"}


@pytest.fixture
def circle(author: User) -> Group:
    """A private group of the author's."""
    return groups.make_group(maker=author, name="Reading circle", description="We read.")


@pytest.fixture
def member(circle: Group) -> User:
    person = make_user("member", name="Mia Member")
    Membership.objects.create(user=person, group=circle)
    return person


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


def sent(**changes: str) -> dict[str, str]:
    """Return what the form for an annotation of the first paragraph sends."""
    return {
        "ref": "p1",
        "exact": "where a reader answers",
        "motivation": "commenting",
        "body": "canary",
        "visibility": "public",
        "client_key": "a-key",
        **changes,
    }


def annotate(client: Client, document: Document, **changes: str) -> int:
    return client.post(reverse("annotate", args=[document.slug]), sent(**changes)).status_code


def address(name: str, group: Group, *more: object) -> str:
    return reverse(name, args=[group.slug, *more])


def test_pages_are_well_built(
    author: User, member: User, circle: Group, document: Document
) -> None:
    reported = write(member, document, circle)
    flag(reporter=author, annotation=reported, reason="abuse")
    _made, secret = group_invitations.invite(moderator=author, group=circle)
    client = signed_in(author)
    pages = [reverse("groups"), reverse("join_by_link", args=[secret])]
    pages += [address(name, circle) for name in ("group", "group_settings", "leave_group")]
    pages += [f"{document.get_absolute_url()}?for={circle.slug}"]
    for page in pages:
        assert Page(client.get(page, follow=True).content.decode()).problems() == [], page
    offer = signed_in(make_user()).get(reverse("join_by_link", args=[secret]))
    assert Page(offer.content.decode()).problems() == []


def test_a_group_is_made_with_a_form(author: User) -> None:
    client = signed_in(author)
    data = {"name": "Reading circle", "description": "", "kind": "restricted"}
    response = client.post(reverse("groups"), data)
    made = Group.objects.get()
    assert response["Location"] == address("group", made)
    assert "you own it" in client.get(address("group", made)).content.decode()
    refused = client.post(reverse("groups"), {**data, "name": "Only me"})
    assert refused.status_code == 422
    assert "means something else here" in refused.content.decode()
    assert client.post(reverse("groups"), {"name": "a\0b", "kind": "open"}).status_code == 422
    assert client.post(reverse("groups"), {"name": "Circle", "kind": "secret"}).status_code == 422
    assert Group.objects.count() == 1


def test_nobody_who_is_signed_out_makes_a_group(client: Client, db: None) -> None:
    response = client.post(reverse("groups"), {"name": "Circle", "kind": "open"})
    assert response["Location"] == f"{reverse('account_login')}?next=%2Fgroups%2F"
    assert not Group.objects.exists()


def test_open_and_restricted_groups_are_found_by_their_names(
    client: Client, author: User, circle: Group
) -> None:
    groups.make_group(maker=author, name="Open reading", kind="open")
    groups.make_group(maker=author, name="Restricted reading", kind="restricted")
    page = client.get(reverse("groups"), {"q": "READING"}).content.decode()
    assert "Open reading" in page
    assert "Restricted reading" in page
    assert circle.name not in page
    assert (
        "No group that you may find"
        in client.get(reverse("groups"), {"q": "nothing"}).content.decode()
    )


def test_a_link_leads_through_signing_in_into_the_group(
    client: Client, author: User, stranger: User, circle: Group
) -> None:
    page = signed_in(author).post(address("invite_to_group", circle), {"days": "7"})
    link = page.content.decode().split('id="invitation-link" type="text" value="')[1].split('"')[0]
    path = "/groups/join/" + link.split("/groups/join/")[1]
    offer = client.get(path)
    assert "Reading circle" in offer.content.decode()
    assert offer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in offer["Cache-Control"]
    assert client.post(path)["Location"].startswith(reverse("account_login"))
    client = signed_in(stranger)
    assert "Join as Sam Stranger" in client.get(path).content.decode()
    assert not Membership.objects.filter(user=stranger).exists()
    assert client.post(path)["Location"] == address("group", circle)
    assert Membership.objects.get(user=stranger).role == "member"
    assert client.get(path)["Location"] == address("group", circle)


@pytest.mark.parametrize(
    ("field", "words"), [("expires_at", "has expired"), ("revoked_at", "was taken back")]
)
def test_a_link_that_opens_nothing_says_why_and_names_no_group(
    client: Client, author: User, stranger: User, circle: Group, field: str, words: str
) -> None:
    _made, secret = group_invitations.invite(moderator=author, group=circle)
    GroupInvitation.objects.update(**{field: timezone.now()})
    for browser in (client, signed_in(stranger)):
        response = browser.get(reverse("join_by_link", args=[secret]))
        assert response.status_code == 410
        assert words in response.content.decode()
        assert circle.name not in response.content.decode()
    assert signed_in(stranger).post(reverse("join_by_link", args=[secret])).status_code == 410
    assert client.get(reverse("join_by_link", args=["nothing"])).status_code == 404


def test_an_open_group_is_joined_and_left_with_buttons(author: User, stranger: User) -> None:
    opened = groups.make_group(maker=author, name="Open", kind="open")
    client = signed_in(stranger)
    assert "Join the group" in client.get(address("group", opened)).content.decode()
    assert client.post(address("join_group", opened))["Location"] == address("group", opened)
    assert "Leave Open?" in client.get(address("leave_group", opened)).content.decode()
    assert client.post(address("leave_group", opened))["Location"] == reverse("groups")
    assert not Membership.objects.filter(user=stranger).exists()
    last = signed_in(author)
    assert (
        "the group is deleted when you leave"
        in last.get(address("leave_group", opened)).content.decode()
    )


def test_leaving_says_what_becomes_of_ones_words_and_a_last_owner_stays(
    author: User, member: User, circle: Group, document: Document
) -> None:
    write(member, document, circle)
    page = signed_in(member).get(address("leave_group", circle)).content.decode()
    assert "What you wrote for it stays in the group: 1 annotation or reply." in page
    refused = signed_in(author).post(address("leave_group", circle))
    assert refused.status_code == 422
    assert "Make somebody else one before" in refused.content.decode()


ACTS = [
    ("group_settings", {"name": "Mine", "description": "", "kind": "open"}),
    ("delete_group", {}),
    ("invite_to_group", {"days": "7"}),
    ("group_role", {"role": "owner"}),
    ("remove_from_group", {}),
]


@pytest.mark.parametrize(("name", "data"), ACTS)
@pytest.mark.parametrize("who", ["anonymous", "stranger", "member", "moderator"])
def test_what_is_an_owners_nobody_else_does(
    name: str, data: dict[str, str], who: str, member: User, circle: Group, moderator: User
) -> None:
    people = {"stranger": make_user(), "member": member, "moderator": moderator}
    client = signed_in(people[who]) if who in people else Client()
    before = list(Membership.objects.values_list("user", "role"))
    more = [member.username] if name in ("group_role", "remove_from_group") else []
    status = client.post(address(name, circle, *more), data).status_code
    assert status == {"anonymous": 302, "member": 403}.get(who, 404)
    assert list(Membership.objects.values_list("user", "role")) == before
    assert Group.objects.get().name == "Reading circle"
    assert not GroupInvitation.objects.exists()


def test_an_owner_gives_parts_and_removes(author: User, member: User, circle: Group) -> None:
    client = signed_in(author)
    role = address("group_role", circle, member.username)
    assert client.post(role, {"role": "moderator"}).status_code == 302
    assert Membership.objects.get(user=member).role == "moderator"
    client.post(role, {"role": "king"})
    assert Membership.objects.get(user=member).role == "moderator"
    client.post(address("remove_from_group", circle, member.username))
    assert not Membership.objects.filter(user=member).exists()
    for name in ("nobody", "a\0b", "ӓ"):
        gone = reverse("remove_from_group", args=[circle.slug, name])
        assert client.post(gone).status_code == 404


def test_a_link_is_taken_back_with_a_button(author: User, member: User, circle: Group) -> None:
    made, _secret = group_invitations.invite(moderator=author, group=circle)
    back = address("revoke_group_invitation", circle, made.pk)
    assert signed_in(member).post(back).status_code == 403
    assert signed_in(author).post(back).status_code == 302
    assert signed_in(author).post(back).status_code == 404
    made.refresh_from_db()
    assert made.revoked_at is not None


def test_settings_change_the_group_and_delete_it(author: User, circle: Group) -> None:
    client = signed_in(author)
    data = {"name": "Circle", "description": "New.", "kind": "open"}
    assert client.post(address("group_settings", circle), data).status_code == 302
    circle.refresh_from_db()
    assert (circle.name, circle.kind) == ("Circle", "open")
    refused = client.post(address("group_settings", circle), {**data, "name": "\u200b"})
    assert refused.status_code == 422
    assert client.post(address("delete_group", circle))["Location"] == reverse("groups")
    assert not Group.objects.exists()


def test_an_annotation_is_written_for_a_group(
    author: User, member: User, stranger: User, circle: Group, document: Document
) -> None:
    page = signed_in(member).get(reverse("paragraph", args=[document.slug, "p1"])).content.decode()
    assert f'value="group:{circle.slug}"' in page
    assert annotate(signed_in(member), document, visibility=f"group:{circle.slug}") == 302
    written = Annotation.objects.get()
    assert (written.visibility, written.group) == ("group", circle)
    for who, sees in ((author, True), (member, True), (stranger, False)):
        shown = signed_in(who).get(document.get_absolute_url()).content.decode()
        assert ("canary" in shown) == sees
        assert ('class="for-group"' in shown) == sees


@pytest.mark.parametrize("choice", ["group:", "group:nothing", "group:a\0b", "group:' OR 1", "x"])
def test_a_group_that_one_is_not_in_is_refused_and_the_words_stay(
    author: User, stranger: User, circle: Group, document: Document, choice: str
) -> None:
    for visibility in (choice, f"group:{circle.slug}"):
        response = signed_in(stranger).post(
            reverse("annotate", args=[document.slug]), sent(visibility=visibility)
        )
        assert response.status_code == (422 if visibility == "x" else 403)
        assert "canary" in response.content.decode()
        assert circle.name not in response.content.decode()
    assert not Annotation.objects.exists()


def test_the_switch_filters_and_is_what_the_form_offers_first(
    author: User, circle: Group, document: Document
) -> None:
    write(author, document, circle, "canary-group")
    make_annotation(author, document, body="canary-public")
    make_annotation(author, document, body="canary-mine", visibility="private")
    client = signed_in(author)
    shown = {
        "": ({"group", "public", "mine"}, "public"),
        "public": ({"public"}, "public"),
        "me": ({"mine"}, "private"),
        circle.slug: ({"group"}, f"group:{circle.slug}"),
    }
    for name, (expected, first) in shown.items():
        query = {"for": name} if name else {}
        for path in (document.get_absolute_url(), f"{document.get_absolute_url()}p1/"):
            page = client.get(path, query).content.decode()
            assert {one for one in ("group", "public", "mine") if f"canary-{one}" in page} == (
                expected
            )
            assert f'name="visibility" value="{first}" checked' in page
    page = client.get(document.get_absolute_url(), {"for": circle.slug}).content.decode()
    assert f'/d/{document.slug}/p1/?for={circle.slug}"' in page


def test_a_group_that_one_has_left_is_no_switch_any_more(
    member: User, circle: Group, document: Document
) -> None:
    client = signed_in(member)
    groups.leave(person=member, group=circle)
    response = client.get(document.get_absolute_url(), {"for": circle.slug, "thread": "x"})
    assert response["Location"] == f"{document.get_absolute_url()}?thread=x"
    page = client.get(response["Location"]).content.decode()
    assert "You are in no such group." in page
    assert circle.slug not in page


def test_writing_where_the_switch_stands_shows_what_was_written(
    author: User, circle: Group, document: Document
) -> None:
    make_annotation(author, document, body="canary-public")
    client = signed_in(author)
    url = f"http://testserver{document.get_absolute_url()}?for={circle.slug}"
    answer = client.post(
        reverse("annotate", args=[document.slug]),
        sent(visibility="private", body="canary-mine"),
        headers={**HTMX, "HX-Current-URL": url},
    ).content.decode()
    assert "canary-mine" in answer
    assert "canary-public" not in answer
    choice = f"group:{circle.slug}"
    kept = sent(visibility=choice, client_key="b", **{"for": circle.slug})
    response = client.post(reverse("annotate", args=[document.slug]), kept)
    assert f"?for={circle.slug}&thread=" in response["Location"]
    kept = sent(client_key="c", **{"for": circle.slug})
    response = client.post(reverse("annotate", args=[document.slug]), kept)
    assert "for=" not in response["Location"]


def test_ones_annotation_is_moved_between_groups_with_the_form(
    author: User, member: User, stranger: User, circle: Group, document: Document
) -> None:
    other = groups.make_group(maker=author, name="Other circle")
    Membership.objects.create(user=stranger, group=other)
    moved = write(author, document, circle, "canary")
    form = signed_in(author).get(reverse("edit", args=[moved.uid])).content.decode()
    assert f'value="group:{circle.slug}" checked' in form
    data = {"body": "canary", "visibility": f"group:{other.slug}", "version": "1", "tags": ""}
    assert signed_in(author).post(reverse("edit", args=[moved.uid]), data).status_code == 302
    assert "canary" in signed_in(stranger).get(document.get_absolute_url()).content.decode()
    assert "canary" not in signed_in(member).get(document.get_absolute_url()).content.decode()
    make_reply(stranger, moved)
    data |= {"visibility": "public", "version": "2"}
    refused = signed_in(author).post(reverse("edit", args=[moved.uid]), data)
    assert refused.status_code == 422
    assert "Others have replied" in refused.content.decode()


def test_whoever_has_left_edits_their_words_and_they_stay_in_the_group(
    author: User, member: User, circle: Group, document: Document
) -> None:
    written = write(member, document, circle)
    groups.leave(person=member, group=circle)
    client = signed_in(member)
    form = client.get(reverse("edit", args=[written.uid])).content.decode()
    assert f'value="group:{circle.slug}" checked' in form
    data = {"body": "Better.", "visibility": f"group:{circle.slug}", "version": "1", "tags": ""}
    assert client.post(reverse("edit", args=[written.uid]), data).status_code == 302
    written.refresh_from_db()
    assert (written.body, written.group) == ("Better.", circle)
    assert "Better." in signed_in(author).get(document.get_absolute_url()).content.decode()


def test_those_who_run_a_group_take_down_and_put_back_on_its_page(
    author: User, member: User, circle: Group, document: Document
) -> None:
    written = write(member, document, circle)
    flag(reporter=author, annotation=written, reason="abuse", note="Look at this.")
    client = signed_in(author)
    assert "Look at this." in client.get(address("group", circle)).content.decode()
    here = address("group_decide", circle, written.uid)
    version = str(written.version)
    refused = client.post(here, {"act": "deny", "version": version})
    assert refused.status_code == 422
    assert "Choose a reason" in refused.content.decode()
    denied = {"act": "deny", "version": version, "reason": "abuse", "note": "Please not so."}
    assert client.post(here, {**denied, "note": "\0"}).status_code == 422
    assert client.post(here, {**denied, "version": "99"}).status_code == 409
    assert client.post(here, denied).status_code == 302
    theirs = signed_in(member).get(reverse("paragraph", args=[document.slug, "p1"]))
    assert "Please not so." in theirs.content.decode()
    page = client.get(address("group", circle)).content.decode()
    assert "Taken down" in page
    assert "Look at this." not in page
    written.refresh_from_db()
    assert client.post(here, {"act": "approve", "version": written.version}).status_code == 302
    written.refresh_from_db()
    assert written.status == "approved"


def test_many_groups_fold_into_a_list(author: User, document: Document) -> None:
    made = [groups.make_group(maker=author, name=f"Circle {number}") for number in range(5)]
    group = made[-1]
    path = reverse("paragraph", args=[document.slug, "p1"])
    page = signed_in(author).get(path, {"for": group.slug}).content.decode()
    assert f'<option value="group:{group.slug}" selected>' in page
    assert Page(page).problems() == []


def test_the_number_of_queries_grows_neither_with_groups_nor_with_annotations(
    author: User, circle: Group, document: Document
) -> None:
    client = signed_in(author)
    written = write(author, document, circle)

    def grow(number: int) -> None:
        group = groups.make_group(maker=author, name=f"Circle {number}", kind="restricted")
        person = make_user()
        Membership.objects.create(user=person, group=circle)
        make_reply(person, write(author, document, circle))
        flag(reporter=author, annotation=write(person, document, circle), reason="abuse")
        flag(reporter=person, annotation=written, reason="abuse")
        write(author, document, group)

    pages = [
        f"{document.get_absolute_url()}?for={circle.slug}",
        f"{document.get_absolute_url()}p1/?for={circle.slug}",
        document.get_absolute_url(),
        address("group", circle),
        reverse("groups"),
        reverse("profile", args=[author.username]),
    ]

    def asked() -> list[int]:
        numbers = []
        for page in pages:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(page).status_code == 200
            numbers.append(len(captured))
        return numbers

    grow(0)
    asked()
    few = asked()
    for number in range(1, 9):
        grow(number)
    asked()  # what changed is drawn by whoever comes first
    assert asked() == few
    assert max(few) <= MOST_QUERIES


def test_personal_data_holds_memberships_and_links(author: User, circle: Group) -> None:
    _made, secret = group_invitations.invite(moderator=author, group=circle)
    data = b"".join(signed_in(author).get(reverse("export"))).decode()
    assert f'"group": "{circle.slug}", "role": "owner"' in data
    assert '"reader.groupinvitation.invited_by"' in data
    assert '"use_count": 0' in data
    assert secret not in data
    assert GroupInvitation.objects.get().secret_sha256 not in data
