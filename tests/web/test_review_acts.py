"""The acts of a reviewer on one thread or several, with and without HTMX."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.actions.changes import edit_annotation
from reader.actions.dispositions import Ruling, decide_thread, reopen_thread
from reader.actions.wording import Wording
from reader.models import Annotation, Disposition, Document, Notification, User
from reader.queries.dispositions import thread_states
from tests.editions import make_edition
from tests.factories import TEXT, make_annotation, make_document, make_reply, make_user, promote
from tests.web.browsers import sign_in, signed_in
from tests.web.pages import Page

HTMX = {"HX-Request": "true"}
MOST_QUERIES = 12
ACTS = {
    "decide": {"outcome": "declined", "reason": "Not here."},
    "reopen": {},
    "assign": {"assignee": "rita"},
    "label": {"tags": "facts", "had": ""},
    "review_reply": {"body": "We shall see."},
}


@pytest.fixture
def rita(document: Document) -> User:
    return promote(make_user("rita", name="Rita Reviewer"), "document:reviewer", document)


@pytest.fixture
def rolf(document: Document) -> User:
    return promote(make_user("rolf", name="Rolf Reviewer"), "document:reviewer", document)


@pytest.fixture
def root(author: User, document: Document) -> Annotation:
    return make_annotation(author, document)


def url(name: str, annotation: Annotation) -> str:
    return reverse(name, args=[annotation.uid])


def seen(person: User, root: Annotation) -> str:
    return thread_states(person, [root.pk])[root.pk]


def standing(root: Annotation) -> Disposition | None:
    return root.dispositions.filter(withdrawn_at=None).first()


def desk(document: Document, root: Annotation | None = None) -> str:
    page = reverse("review", args=[document.slug])
    return f"{page}?thread={root.uid}#r-{root.uid}" if root else page


# -- who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_is_not_signed_in_is_asked_to(
    client: Client, root: Annotation, name: str, method: str
) -> None:
    ask: Callable[..., object] = getattr(client, method)
    answer = ask(url(name, root), ACTS[name] if method == "post" else {})
    assert answer.status_code == 302  # type: ignore[attr-defined]  # a response
    assert answer["Location"].startswith(reverse("account_login"))  # type: ignore[index]  # likewise
    assert client.post(url(name, root), ACTS[name], headers=HTMX).status_code == 401
    assert standing(root) is None


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("who", ["stranger", "author", "moderator"])
def test_only_reviewers_act(
    author: User, stranger: User, moderator: User, root: Annotation, name: str, who: str
) -> None:
    person = signed_in({"stranger": stranger, "author": author, "moderator": moderator}[who])
    assert person.get(url(name, root)).status_code == 403
    assert person.post(url(name, root), ACTS[name]).status_code == 403
    assert (standing(root), root.labels.count(), root.replies.count()) == (None, 0, 0)


@pytest.mark.parametrize("name", ACTS)
def test_what_a_reviewer_does_not_see_is_not_there(
    author: User, rita: User, document: Document, root: Annotation, name: str
) -> None:
    client = signed_in(rita)
    private = make_annotation(author, document, visibility="private")
    denied = make_annotation(author, document, status="denied")
    own = make_annotation(rita, document, visibility="private")
    for one in (private, denied, own):
        assert client.get(url(name, one)).status_code == 404
        assert client.post(url(name, one), ACTS[name]).status_code == 404
    if name != "review_reply":
        assert client.get(url(name, make_reply(author, root))).status_code == 404


@pytest.mark.parametrize("name", ACTS)
def test_each_form_stands_on_a_page_of_its_own(
    author: User, rita: User, root: Annotation, name: str
) -> None:
    make_reply(author, root, "A second thought.")
    if name == "reopen":
        decide_thread(reviewer=rita, root=root, ruling=Ruling("answered"))
    page = signed_in(rita).get(url(name, root)).content.decode()
    assert Page(page).problems() == []
    assert "A second thought." in page


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("who", ["rita", "editor"])
def test_an_act_leads_back_to_the_desk(
    rita: User, document: Document, root: Annotation, name: str, who: str
) -> None:
    person = rita if who == "rita" else promote(make_user("edda"), "document:editor", document)
    if name == "reopen":
        decide_thread(reviewer=rita, root=root, ruling=Ruling("answered"))
    answer = signed_in(person).post(url(name, root), ACTS[name])
    assert answer.status_code == 302
    assert answer["Location"] == desk(document, root)


@pytest.mark.parametrize("name", ACTS)
def test_htmx_gets_the_card_of_the_desk(rita: User, root: Annotation, name: str) -> None:
    if name == "reopen":
        decide_thread(reviewer=rita, root=root, ruling=Ruling("answered"))
    answer = signed_in(rita).post(url(name, root), ACTS[name], headers=HTMX)
    assert answer.status_code == 200
    assert answer["HX-Retarget"] == f"#r-{root.uid}"
    assert f'id="r-{root.uid}"' in answer.content.decode()
    assert f'id="slot-{root.uid}"' in answer.content.decode()
    root.document.refresh_from_db()
    assert f'"event": "{root.document.last_event}"' in answer["HX-Trigger"]


def test_the_filters_of_the_desk_come_back(rita: User, root: Annotation) -> None:
    client = signed_in(rita)
    page = client.get(url("decide", root), {"back": "state=undecided&tag=a b"}).content.decode()
    assert 'name="back" value="state=undecided&amp;tag=a b"' in page
    sent = {**ACTS["decide"], "back": "state=undecided&tag=a b&next=//evil.example"}
    answer = client.post(url("decide", root), sent)
    assert answer["Location"].startswith(reverse("review", args=[root.document.slug]) + "?")
    assert "state=undecided&tag=a+b" in answer["Location"]


def test_from_the_reader_one_comes_back_to_the_reader(rita: User, root: Annotation) -> None:
    client = signed_in(rita)
    shown = client.get(root.get_absolute_url(), follow=True).content.decode()
    address = f"{url('decide', root)}?place=reader"
    assert address in shown
    assert 'name="place" value="reader"' in client.get(address).content.decode()
    answer = client.post(url("decide", root), {**ACTS["decide"], "place": "reader"})
    assert answer["Location"].endswith(f"?thread={root.uid}#a-{root.uid}")


def test_readers_are_not_offered_to_decide(stranger: User, root: Annotation) -> None:
    shown = signed_in(stranger).get(root.get_absolute_url(), follow=True).content.decode()
    assert url("decide", root) not in shown


# -- deciding ------------------------------------------------------------------------------------


def test_a_decision_is_seen_by_everybody(client: Client, rita: User, root: Annotation) -> None:
    signed_in(rita).post(url("decide", root), ACTS["decide"])
    shown = client.get(root.get_absolute_url(), follow=True).content.decode()
    assert "Declined by Rita Reviewer" in shown
    assert "Not here." in shown


def test_addressed_in_an_edition(client: Client, rita: User, document: Document) -> None:
    make_edition(document, *TEXT[1:], "One more.")
    root = make_annotation(make_user(), document)
    page = signed_in(rita).get(url("decide", root)).content.decode()
    assert '<option value="2">' in page
    sent = {"outcome": "partly", "reason": "Half of it.", "addressed_in": "2"}
    signed_in(rita).post(url("decide", root), sent)
    shown = client.get(root.get_absolute_url(), follow=True).content.decode()
    assert "Partly accepted by Rita Reviewer" in shown
    assert "Addressed in Edition 2" in shown
    # What does not belong to the outcome is left out, not complained of.
    signed_in(rita).post(url("decide", root), {**sent, "outcome": "declined"})
    made = standing(root)
    assert made is not None
    assert (made.outcome, made.addressed_in) == ("declined", None)


@pytest.mark.parametrize(
    "shape", ["{uid}", "http://testserver/a/{uid}/", "/d/x/p1/?thread={uid}#a-{uid}", "nearby"]
)
def test_a_duplicate_is_named_by_a_link_or_from_the_list(
    client: Client, author: User, rita: User, document: Document, root: Annotation, shape: str
) -> None:
    twin = make_annotation(author, document, "The margin is also", body="The same, sooner.")
    page = signed_in(rita).get(url("decide", root)).content.decode()
    assert "Ada Author: The same, sooner." in page
    field = (
        {"nearby": twin.uid} if shape == "nearby" else {"duplicate_of": shape.format(uid=twin.uid)}
    )
    answer = signed_in(rita).post(url("decide", root), {"outcome": "duplicate", **field})
    assert answer.status_code == 302
    made = standing(root)
    assert made is not None
    assert made.duplicate_of == twin
    shown = client.get(root.get_absolute_url(), follow=True).content.decode()
    assert "Duplicate by Rita Reviewer" in shown
    assert twin.get_absolute_url() in shown


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "Choose a decision."),
        ({"outcome": "perhaps"}, "Choose a decision."),
        ({"outcome": "duplicate"}, "Say which thread it repeats"),
        ({"outcome": "duplicate", "duplicate_of": "nonsense"}, "Say which thread it repeats"),
        ({"outcome": "answered", "addressed_in": "9"}, "There is no such edition."),
        ({"outcome": "declined", "reason": "canary" + "x" * 2_000}, "This is too long"),
    ],
)
def test_a_bad_decision_is_refused_and_its_words_are_kept(
    rita: User, root: Annotation, sent: dict[str, str], says: str, headers: dict[str, str]
) -> None:
    sent = {"reason": "canary-words", **sent}
    answer = signed_in(rita).post(url("decide", root), sent, headers=headers)
    assert answer.status_code == 422
    html = answer.content.decode()
    assert says in html
    assert "canary" in html
    if "outcome" in sent and sent["outcome"] != "perhaps":
        assert f'value="{sent["outcome"]}" required checked' in html
    assert standing(root) is None


def test_an_accepted_suggestion_goes_into_the_draft(
    author: User, rita: User, document: Document
) -> None:
    edit = make_annotation(
        author, document, "The margin", motivation="editing", replacement="The edge"
    )
    page = signed_in(rita).get(url("decide", edit)).content.decode()
    assert "Accepted: its words go into the draft of the next edition" in page
    signed_in(rita).post(url("decide", edit), {"outcome": "accepted", "addressed_in": "1"})
    made = standing(edit)
    assert made is not None
    assert made.addressed_in is not None
    assert made.addressed_in.is_draft


def test_a_thread_whose_root_is_taken_down_can_be_decided(
    author: User, stranger: User, rita: User, document: Document
) -> None:
    root = make_annotation(author, document, body="canary-root")
    make_reply(stranger, root, "Still here.")
    Annotation.objects.filter(pk=root.pk).update(status="denied")
    page = signed_in(rita).get(url("decide", root)).content.decode()
    assert "canary" not in page
    assert "Still here." in page
    signed_in(rita).post(url("decide", root), ACTS["decide"])
    assert standing(root) is not None
    shown = signed_in(stranger).get(root.get_absolute_url(), follow=True).content.decode()
    assert "Declined by Rita Reviewer" in shown


def test_words_sent_after_the_session_ended_are_kept(rita: User, root: Annotation) -> None:
    client = Client()
    sent = {**ACTS["decide"], "reason": "kept-words", "seen": "old", "writer": "rita"}
    client.post(url("decide", root), sent)
    sign_in(client, "rita")
    page = client.get(url("decide", root)).content.decode()
    assert "kept-words" in page
    assert 'value="declined" required checked' in page
    assert f'name="seen" value="{seen(rita, root)}"' in page


# -- two reviewers -------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_stale_decision_shows_both_and_can_be_sent_again(
    author: User, rita: User, rolf: User, root: Annotation, headers: dict[str, str]
) -> None:
    saw = seen(rita, root)
    make_reply(author, root, "What was written since.")
    decide_thread(reviewer=rolf, root=root, ruling=Ruling("accepted", "Rolf’s reason."))
    sent = {"outcome": "declined", "reason": "Rita’s own words.", "seen": saw}
    answer = signed_in(rita).post(url("decide", root), sent, headers=headers)
    html = answer.content.decode()
    assert answer.status_code == 409
    for words in (
        "Accepted by Rolf Reviewer",
        "Rolf’s reason.",
        "What was written since.",
        "Rita’s own words.",
        'value="declined" required checked',
        "Decide all the same",
        f'name="seen" value="{seen(rita, root)}"',
    ):
        assert words in html
    if not headers:
        assert Page(html).problems() == []
    made = standing(root)
    assert made is not None
    assert made.decided_by == rolf
    again = {**sent, "seen": seen(rita, root)}
    assert signed_in(rita).post(url("decide", root), again).status_code == 302
    made = standing(root)
    assert made is not None
    assert (made.decided_by, made.reason) == (rita, "Rita’s own words.")


def test_what_was_reopened_or_reworded_meanwhile_is_said(
    author: User, rita: User, rolf: User, root: Annotation
) -> None:
    decide_thread(reviewer=rolf, root=root, ruling=Ruling("accepted"))
    saw = seen(rita, root)
    reopen_thread(reviewer=rolf, root=root)
    answer = signed_in(rita).post(url("decide", root), {**ACTS["decide"], "seen": saw})
    assert answer.status_code == 409
    assert "Rolf Reviewer took back the decision that you saw: Accepted." in answer.content.decode()
    saw = seen(rita, root)
    edit_annotation(
        editor=author, annotation=root, version=root.version, wording=Wording("Other words.")
    )
    answer = signed_in(rita).post(url("decide", root), {**ACTS["decide"], "seen": saw})
    assert answer.status_code == 409
    assert "Somebody has changed their words" in answer.content.decode()


def test_a_stale_reopening_is_refused(rita: User, rolf: User, root: Annotation) -> None:
    decide_thread(reviewer=rita, root=root, ruling=Ruling("accepted"))
    saw = seen(rita, root)
    decide_thread(reviewer=rolf, root=root, ruling=Ruling("declined", "Better not."))
    answer = signed_in(rita).post(url("reopen", root), {"seen": saw})
    assert answer.status_code == 409
    assert "Better not." in answer.content.decode()
    made = standing(root)
    assert made is not None
    assert made.decided_by == rolf


@pytest.mark.parametrize(
    "token", ["nonsense", "1.2.3-x", "--", "9" * 99, "1.99999999999999999999.1-0"]
)
def test_a_token_that_is_none_is_stale(rita: User, root: Annotation, token: str) -> None:
    answer = signed_in(rita).post(url("decide", root), {**ACTS["decide"], "seen": token})
    assert answer.status_code == 409
    assert "Not here." in answer.content.decode()


# -- history -------------------------------------------------------------------------------------


def test_the_history_tells_every_decision(
    client: Client, rita: User, rolf: User, root: Annotation
) -> None:
    decide_thread(reviewer=rita, root=root, ruling=Ruling("accepted", "First."))
    decide_thread(reviewer=rolf, root=root, ruling=Ruling("declined", "Second."))
    reopen_thread(reviewer=rita, root=root)
    page = client.get(reverse("history", args=[root.uid])).content.decode()
    assert page.index("Declined by Rolf Reviewer") < page.index("Accepted by Rita Reviewer")
    assert "Taken back by Rita Reviewer" in page
    assert "Taken back by Rolf Reviewer" in page
    assert Page(page).problems() == []


# -- assigning, labels, replies ------------------------------------------------------------------


def test_a_thread_is_assigned_and_nobody_has_it_again(
    rita: User, rolf: User, root: Annotation
) -> None:
    client = signed_in(rita)
    page = client.get(url("assign", root)).content.decode()
    assert 'value="rolf"' in page
    assert 'value="" checked' in page
    client.post(url("assign", root), {"assignee": "rolf"})
    assert root.assignment.assignee == rolf
    assert Notification.objects.get().recipient == rolf
    assert 'value="rolf" checked' in client.get(url("assign", root)).content.decode()
    client.post(url("assign", root), {"assignee": ""})
    assert not Annotation.objects.filter(assignment__isnull=False).exists()


def test_only_reviewers_can_be_chosen(rita: User, stranger: User, root: Annotation) -> None:
    answer = signed_in(rita).post(url("assign", root), {"assignee": "stranger"})
    assert answer.status_code == 422
    assert "Choose a reviewer of this document." in answer.content.decode()


def test_labels_are_put_on_and_taken_off(rita: User, root: Annotation) -> None:
    client = signed_in(rita)
    client.post(url("label", root), {"tags": "facts, #Tone", "had": ""})
    assert 'value="facts, tone"' in client.get(url("label", root)).content.decode()
    client.post(url("label", root), {"tags": "tone", "had": "facts, tone"})
    assert list(root.labels.values_list("tag__name", flat=True)) == ["tone"]
    answer = client.post(url("label", root), {"tags": "x" * 41, "had": "tone"})
    assert answer.status_code == 422
    assert "x" * 41 in answer.content.decode()


def test_an_empty_reply_is_refused(rita: User, root: Annotation) -> None:
    answer = signed_in(rita).post(url("review_reply", root), {"body": " "})
    assert answer.status_code == 422
    assert "Write something first" in answer.content.decode()


# -- several together ----------------------------------------------------------------------------


def many(document: Document) -> str:
    return reverse("decide_many", args=[document.slug])


def ticked(person: User, *roots: Annotation) -> list[str]:
    return [f"{one.uid} {seen(person, one)}" for one in roots]


@pytest.fixture
def other(author: User, document: Document) -> Annotation:
    return make_annotation(author, document, "A promise, once", body="Another remark.")


def test_several_are_decided_with_one_reason(
    rita: User, document: Document, root: Annotation, other: Annotation
) -> None:
    client = signed_in(rita)
    threads = ticked(rita, root, other)
    page = client.post(many(document), {"threads": threads, "back": "tag=a"}).content.decode()
    assert Page(page).problems() == []
    assert "Another remark." in page
    assert all(f'value="{value}" checked' in page for value in threads)
    sent = {"threads": threads, "outcome": "declined", "reason": "One for all.", "back": "tag=a"}
    answer = client.post(many(document), sent)
    assert answer["Location"] == desk(document) + "?tag=a"
    assert {made.reason for made in Disposition.objects.all()} == {"One for all."}
    assert Disposition.objects.count() == 2


def test_all_of_them_or_none(
    rita: User, rolf: User, document: Document, root: Annotation, other: Annotation
) -> None:
    threads = ticked(rita, root, other)
    decide_thread(reviewer=rolf, root=other, ruling=Ruling("answered", "Rolf’s reason."))
    sent = {"threads": threads, "outcome": "declined", "reason": "canary-words"}
    answer = signed_in(rita).post(many(document), sent)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert Page(html).problems() == []
    assert "Rolf’s reason." in html
    assert "canary-words" in html
    assert standing(root) is None
    assert html.index(other.uid) < html.index(root.uid)  # what is new comes first
    again = {**sent, "threads": ticked(rita, root, other)}
    assert signed_in(rita).post(many(document), again).status_code == 302
    made = standing(other)
    assert made is not None
    assert made.decided_by == rita


def test_what_was_not_sent_with_a_state_is_decided_as_the_form_shows_it(
    author: User, rita: User, document: Document, root: Annotation
) -> None:
    client = signed_in(rita)
    page = client.post(many(document), {"threads": [root.uid]}).content.decode()
    assert f'value="{root.uid} {seen(rita, root)}" checked' in page


@pytest.mark.parametrize("threads", [[], ["nonsense"], ["private"]])
def test_threads_that_cannot_be_decided_together(
    author: User, rita: User, document: Document, root: Annotation, threads: list[str]
) -> None:
    private = make_annotation(author, document, body="canary", visibility="private")
    named = [private.uid if one == "private" else one for one in threads]
    elsewhere = make_annotation(author, make_document(), body="canary")
    sent = {"threads": [*named, elsewhere.uid] if named else [], "outcome": "declined"}
    answer = signed_in(rita).post(many(document), {**sent, "reason": "kept"})
    assert answer.status_code in (403, 422)
    assert "canary" not in answer.content.decode()
    assert "kept" in answer.content.decode()
    assert not Disposition.objects.exists()


def test_who_decides_several(
    client: Client, stranger: User, moderator: User, rita: User, document: Document
) -> None:
    assert client.post(many(document)).status_code == 302
    for person in (stranger, moderator):
        assert signed_in(person).post(many(document)).status_code == 403
    hidden = make_document(is_published=False)
    assert signed_in(stranger).post(many(hidden)).status_code == 404
    assert signed_in(rita).get(many(document))["Location"] == desk(document)


# -- cost ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*ACTS, "decide_many"])
def test_a_form_costs_the_same_however_much_was_written(
    author: User,
    rita: User,
    document: Document,
    root: Annotation,
    other: Annotation,
    name: str,
    settings: Any,
) -> None:
    settings.POSTS_PER_MINUTE = 1000
    client = signed_in(rita)

    def queries() -> int:
        threads = {"threads": [one.uid for one in document.annotations.filter(parent=None)]}
        with CaptureQueriesContext(connection) as captured:
            if name == "decide_many":
                answer = client.post(many(document), threads)
            else:
                answer = client.get(url(name, root))
        assert answer.status_code == 200
        return len(captured)

    decide_thread(reviewer=rita, root=root, ruling=Ruling("answered"))
    make_reply(author, root)
    few = queries()
    for number in range(8):
        make_reply(author, root, f"Number {number}.")
        make_annotation(author, document, body=f"Remark {number}.", tags=(f"t{number}",))
    assert queries() == few
    assert few <= MOST_QUERIES
