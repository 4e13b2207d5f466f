"""The queue shows what waits, in order and in context, and each act does what it says."""

from datetime import timedelta

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reader.actions.annotations import create_annotation
from reader.actions.changes import edit_annotation
from reader.actions.claims import claim
from reader.actions.groups import make_group
from reader.actions.moderation import decide, flag
from reader.actions.wording import Wording
from reader.models import Annotation, Claim, Decision, Document, Flag, Rule, Status, User
from reader.queries import claims, moderation
from tests import factories

QUEUE = "/admin/reader/queueitem/"


def act(client: Client, item: Annotation, what: str, **more: object) -> object:
    url = reverse("admin:reader_queueitem_decide", args=[item.pk])
    return client.post(url, {"act": what, "version": item.version, **more})


def status_of(item: Annotation) -> str:
    return Annotation.objects.get(pk=item.pk).status


def shown(client: Client, query: str = "") -> list[Annotation]:
    response = client.get(QUEUE + query)
    assert response.status_code == 200
    return [card.annotation for card in response.context["cards"]]


def tick(*items: Annotation) -> dict[str, object]:
    versions = {f"version-{item.pk}": item.version for item in items}
    return {"index": "0", ACTION_CHECKBOX_NAME: [item.pk for item in items], **versions}


def test_what_waits_longest_stands_first(
    as_moderator: Client, reported: Annotation, pending: Annotation
) -> None:
    long_ago = timezone.now() - timedelta(days=3)
    Annotation.objects.filter(pk=pending.pk).update(attention_since=long_ago)
    assert [item.pk for item in shown(as_moderator)] == [pending.pk, reported.pk]


def test_what_weighs_more_stands_before_it(
    as_moderator: Client, author: User, stranger: User, moderator: User, document: Document
) -> None:
    crier, keen = factories.make_user(), factories.make_user()
    for reporter, act in ((crier, "approve"), (keen, "spam")):
        for _time in range(3):
            earlier = factories.make_annotation(author, document)
            flag(reporter=reporter, annotation=earlier, reason="abuse")
            decide(moderator=moderator, annotation=earlier, act=act)
    items = {who.pk: factories.make_annotation(author, document) for who in (crier, stranger, keen)}
    for who in (crier, stranger, keen):
        flag(reporter=who, annotation=items[who.pk], reason="abuse")
    order = [items[who.pk].pk for who in (keen, stranger, crier)]
    assert [item.pk for item in shown(as_moderator)] == order
    flag(reporter=keen, annotation=items[crier.pk], reason="abuse")
    assert shown(as_moderator)[0].pk == items[crier.pk].pk


def test_what_another_moderator_is_at_is_left_to_them(
    as_moderator: Client, reported: Annotation
) -> None:
    other = factories.promote(factories.make_user(name="Otto Other"), "moderator")
    claim(moderator=other, annotation=reported)
    assert shown(as_moderator) == []
    assert "Otto Other" in as_moderator.get(QUEUE).content.decode()
    response = act(as_moderator, reported, "spam")
    assert response.status_code == 409  # type: ignore[attr-defined]  # an answer
    assert "Otto Other" in response.content.decode()  # type: ignore[attr-defined]  # likewise
    assert status_of(reported) == Status.APPROVED

    address = reverse("admin:reader_queueitem_claim", args=[reported.pk])
    as_moderator.post(address)
    assert shown(as_moderator) == []
    as_moderator.post(address, {"over": "1"})
    assert [item.pk for item in shown(as_moderator)] == [reported.pk]
    act(as_moderator, reported, "spam")
    assert status_of(reported) == Status.SPAM
    assert not Claim.objects.exists()


def test_a_claim_ends_by_itself(as_moderator: Client, reported: Annotation) -> None:
    other = factories.promote(factories.make_user(), "moderator")
    made = claim(moderator=other, annotation=reported)
    Claim.objects.filter(pk=made.pk).update(at=made.at - claims.HOLDS_FOR)
    assert [item.pk for item in shown(as_moderator)] == [reported.pk]
    act(as_moderator, reported, "spam")
    assert status_of(reported) == Status.SPAM


def test_a_script_gets_what_it_puts_into_the_page(
    as_moderator: Client, reported: Annotation, pending: Annotation
) -> None:
    url = reverse("admin:reader_queueitem_decide", args=[reported.pk])
    asked = {"act": "deny", "version": reported.version, "note": "Half a letter"}
    refused = as_moderator.post(url, asked, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert refused.content.decode().lstrip().startswith("<article")
    assert "Half a letter" in refused.content.decode()
    done = as_moderator.post(url, {**asked, "reason": "abuse"}, headers={"HX-Request": "true"})
    assert done.status_code == 200
    assert 'id="queue-latest"' in done.content.decode()
    assert "<html" not in done.content.decode()
    claimed = reverse("admin:reader_queueitem_claim", args=[pending.pk])
    assert as_moderator.post(claimed, headers={"HX-Request": "true"}).status_code == 204
    assert as_moderator.get(claimed).status_code == 405


def test_a_decision_names_the_rule_it_rests_on(
    as_moderator: Client, reported: Annotation, pending: Annotation
) -> None:
    ours = Rule.objects.create(document=reported.document, title="Speak to the argument")
    theirs = Rule.objects.create(document=pending.document, title="Elsewhere")
    old = Rule.objects.create(title="Formerly", retired_at=timezone.now())
    html = as_moderator.get(QUEUE).content.decode()
    assert ours.title in html
    assert old.title not in html
    for wrong in (theirs, old):
        response = act(as_moderator, reported, "deny", reason="abuse", rule=wrong.pk)
        assert response.status_code == 422  # type: ignore[attr-defined]  # an answer
    act(as_moderator, reported, "deny", reason="abuse", rule=ours.pk)
    assert Decision.objects.get().rule == ours.title


def test_a_card_holds_what_it_takes_to_decide(
    as_moderator: Client, reported: Annotation, author: User, stranger: User
) -> None:
    factories.make_reply(stranger, reported, body="A calm answer.")
    old = factories.make_annotation(author, reported.document, "A promise", status="denied")
    page = as_moderator.get(QUEUE)
    card = page.context["cards"][0]
    assert card.excerpt.passage == reported.exact
    assert card.excerpt.after.startswith(" is where a reader answers")
    assert [note.annotation.body for note in card.notes] == [reported.body, "A calm answer."]
    assert (card.record.approved, card.record.denied) == (1, 1)
    assert old.pk != reported.pk
    html = page.content.decode()
    for words in (reported.body, "This hurts.", "Insult or harassment", str(stranger), str(author)):
        assert words in html


def test_a_reply_is_shown_with_what_it_answers(
    as_moderator: Client, author: User, stranger: User, document: Document
) -> None:
    root = factories.make_annotation(author, document, body="The root of it.")
    answer = factories.make_reply(stranger, root, body="A rude answer.")
    flag(reporter=author, annotation=answer, reason="abuse")
    card = as_moderator.get(QUEUE).context["cards"][0]
    assert card.annotation.pk == answer.pk
    assert card.answers.annotation.pk == root.pk
    assert card.excerpt.passage == root.exact


def test_a_thread_too_long_to_show_still_shows_the_case_and_what_it_answers(
    author: User, stranger: User, moderator: User, document: Document
) -> None:
    root = factories.make_annotation(author, document)
    made = [
        Annotation(
            document=document,
            edition=root.edition,
            author=stranger,
            motivation="replying",
            parent=root,
            root=root,
            body=f"Answer {n}",
            created_at=root.created_at - timedelta(seconds=1000 - n),
        )
        for n in range(moderation.THREAD_SHOWN + 10)
    ]
    Annotation.objects.bulk_create(made)
    last = factories.make_reply(author, made[-1], body="The last of all.")
    flag(reporter=stranger, annotation=last, reason="other")
    (card,) = moderation.dossiers(moderator, list(moderation.queue(moderator)))
    assert card.answers is not None
    assert card.answers.annotation.body == made[-1].body
    total = Annotation.objects.filter(root=root).count() + 1
    assert card.unseen == total - moderation.THREAD_SHOWN


@pytest.mark.parametrize(
    ("what", "more", "status", "resolution"),
    [
        ("approve", {}, Status.APPROVED, Flag.Resolution.KEPT),
        ("deny", {"reason": "abuse", "note": "Kinder, please."}, Status.DENIED, "upheld"),
        ("spam", {}, Status.SPAM, Flag.Resolution.UPHELD),
    ],
)
def test_each_act(
    as_moderator: Client,
    moderator: User,
    reported: Annotation,
    what: str,
    more: dict[str, str],
    status: str,
    resolution: str,
) -> None:
    response = act(as_moderator, reported, what, filters="why=reported", **more)
    assert response.url == f"{QUEUE}?why=reported"  # type: ignore[attr-defined]  # a redirect
    assert status_of(reported) == status
    decision = Decision.objects.get(annotation=reported)
    assert (decision.actor, decision.act) == (moderator, what)
    assert decision.note == more.get("note", "")
    assert reported.flags.get().resolution == resolution
    assert shown(as_moderator) == []


def test_denying_needs_a_reason_and_keeps_the_words(
    as_moderator: Client, reported: Annotation
) -> None:
    response = as_moderator.post(
        reverse("admin:reader_queueitem_decide", args=[reported.pk]),
        {"act": "deny", "version": reported.version, "note": "Half a letter"},
    )
    assert response.status_code == 422
    assert "Half a letter" in response.content.decode()
    assert "reason" in response.context["form"].errors
    assert status_of(reported) == Status.APPROVED
    assert not Decision.objects.exists()


def test_a_decision_on_words_that_changed_shows_both(
    as_moderator: Client, reported: Annotation, author: User
) -> None:
    seen = reported.version
    edit_annotation(
        editor=author, annotation=reported, version=seen, wording=Wording("Civil words now.")
    )
    response = as_moderator.post(
        reverse("admin:reader_queueitem_decide", args=[reported.pk]),
        {"act": "spam", "version": seen},
    )
    html = response.content.decode()
    assert response.status_code == 409
    assert "Hardly civil words." in html
    assert "Civil words now." in html
    assert response.context["conflict"]["now"] == seen + 1
    assert status_of(reported) == Status.APPROVED


def test_what_was_a_groups_then_is_not_shown_beside_it(
    as_moderator: Client, author: User, document: Document
) -> None:
    circle = make_group(maker=author, name="Circle")
    item = create_annotation(
        author=author,
        document=document,
        motivation="commenting",
        passage=factories.passage_of(document, "The margin"),
        wording=Wording("canary-group"),
        visibility="group",
        group=circle,
    )
    seen = item.version
    edit_annotation(
        editor=author,
        annotation=item,
        version=seen,
        wording=Wording("For everybody."),
        visibility="public",
    )
    response = as_moderator.post(
        reverse("admin:reader_queueitem_decide", args=[item.pk]), {"act": "spam", "version": seen}
    )
    assert response.status_code == 409
    assert "For everybody." in response.content.decode()
    assert "canary-group" not in response.content.decode()


@pytest.mark.parametrize("sent", [{"act": "bless"}, {"act": "undo"}, {"version": "x"}, {}])
def test_nonsense_is_refused(
    as_moderator: Client, reported: Annotation, sent: dict[str, str]
) -> None:
    url = reverse("admin:reader_queueitem_decide", args=[reported.pk])
    assert as_moderator.post(url, sent).status_code == 422
    assert as_moderator.get(url).status_code == 405
    assert not Decision.objects.exists()


@pytest.mark.parametrize("action", ["approve_items", "spam_items"])
def test_many_at_once_and_undone_together(
    as_moderator: Client, reported: Annotation, pending: Annotation, action: str
) -> None:
    as_moderator.post(QUEUE, {"action": action, **tick(reported, pending)})
    wanted = Status.SPAM if action == "spam_items" else Status.APPROVED
    assert {status_of(reported), status_of(pending)} == {wanted}
    page = as_moderator.get(QUEUE)
    latest = page.context["latest"]
    assert {row.annotation_id for row in latest} == {reported.pk, pending.pk}
    url = reverse("admin:reader_queueitem_undo")
    as_moderator.post(url, {"decision": [row.pk for row in latest]})
    assert (status_of(reported), status_of(pending)) == (Status.APPROVED, Status.PENDING)
    assert {item.pk for item in shown(as_moderator)} == {reported.pk, pending.pk}
    assert as_moderator.get(QUEUE).context["latest"] == []


def test_denying_many_asks_for_the_reason_first(
    as_moderator: Client, reported: Annotation, pending: Annotation
) -> None:
    sent = {"action": "deny_items", **tick(reported, pending)}
    asked = as_moderator.post(QUEUE, sent)
    assert asked.status_code == 200
    assert len(asked.context["items"]) == 2
    assert as_moderator.post(QUEUE, {**sent, "confirmed": "yes"}).status_code == 422
    assert not Decision.objects.exists()
    as_moderator.post(QUEUE, {**sent, "confirmed": "yes", "reason": "rules"})
    assert set(Decision.objects.values_list("act", "reason")) == {("deny", "rules")}
    assert {status_of(reported), status_of(pending)} == {Status.DENIED}


def test_what_changed_meanwhile_is_left_out_of_a_bulk_act(
    as_moderator: Client, reported: Annotation, pending: Annotation, author: User
) -> None:
    sent = {"action": "spam_items", **tick(reported, pending)}
    edit_annotation(
        editor=author, annotation=pending, version=pending.version, wording=Wording("Other words.")
    )
    as_moderator.post(QUEUE, sent)
    assert (status_of(reported), status_of(pending)) == (Status.SPAM, Status.PENDING)


def test_a_bulk_act_reaches_only_what_was_on_the_page(
    as_moderator: Client, reported: Annotation, pending: Annotation
) -> None:
    sent = {"action": "spam_items", "select_across": "1", **tick(reported)}
    as_moderator.post(QUEUE, sent)
    assert (status_of(reported), status_of(pending)) == (Status.SPAM, Status.PENDING)
    unseen = {"action": "spam_items", "index": "0", ACTION_CHECKBOX_NAME: [pending.pk]}
    as_moderator.post(QUEUE, unseen)
    assert status_of(pending) == Status.PENDING


def test_undo_is_refused_once_something_else_was_decided(
    as_moderator: Client, moderator: User, reported: Annotation
) -> None:
    first = decide(moderator=moderator, annotation=reported, act="spam")
    decide(moderator=moderator, annotation=reported, act="approve")
    as_moderator.post(reverse("admin:reader_queueitem_undo"), {"decision": first.pk})
    assert status_of(reported) == Status.APPROVED
    assert not Decision.objects.filter(act="undo").exists()


def test_undo_is_offered_for_a_day(
    moderator: User, reported: Annotation, as_moderator: Client
) -> None:
    yesterday = timezone.now() - timedelta(hours=25)
    decide(moderator=moderator, annotation=reported, act="spam", at=yesterday)
    assert as_moderator.get(QUEUE).context["latest"] == []


def test_filters_and_search(
    as_moderator: Client, reported: Annotation, pending: Annotation, author: User
) -> None:
    assert shown(as_moderator, "?why=pending")[0].pk == pending.pk
    assert shown(as_moderator, "?why=reported")[0].pk == reported.pk
    assert len(shown(as_moderator, "?why=reported")) == 1
    assert shown(as_moderator, "?reason=abuse")[0].pk == reported.pk
    assert shown(as_moderator, "?reason=spam") == []
    assert [i.pk for i in shown(as_moderator, f"?document={pending.document_id}")] == [pending.pk]
    assert [item.pk for item in shown(as_moderator, "?q=come+in")] == [pending.pk]
    assert len(shown(as_moderator, f"?q={author.username}")) == 2


def test_an_empty_queue_says_so(as_moderator: Client, document: Document) -> None:
    assert "Nothing waits." in as_moderator.get(QUEUE).content.decode()


def test_anything_public_can_be_decided_on_its_own_page(
    as_moderator: Client, author: User, document: Document
) -> None:
    calm = factories.make_annotation(author, document, body="Nobody reported me.")
    page = reverse("admin:reader_queueitem_change", args=[calm.pk])
    assert "Nobody reported me." in as_moderator.get(page).content.decode()
    act(as_moderator, calm, "spam")
    assert status_of(calm) == Status.SPAM


def test_a_document_moderator_sees_and_decides_only_there(
    author: User, stranger: User, reported: Annotation, pending: Annotation, client: Client
) -> None:
    User.objects.filter(pk=stranger.pk).update(is_staff=True)
    client.force_login(factories.promote(stranger, "document:moderator", reported.document))
    assert [item.pk for item in shown(client)] == [reported.pk]
    response = act(client, pending, "approve")
    assert response.status_code == 404  # type: ignore[attr-defined]  # an answer
    assert status_of(pending) == Status.PENDING
    client.post(QUEUE, {"action": "approve_items", **tick(reported, pending)})
    assert status_of(pending) == Status.PENDING


def test_the_number_of_queries_does_not_grow(
    as_moderator: Client, author: User, stranger: User, document: Document
) -> None:
    def fill(count: int) -> int:
        now = timezone.now()
        for _number in range(count):
            root = factories.make_annotation(factories.make_user(), document, body="Words")
            factories.make_reply(factories.make_user(), root)
            Flag.objects.create(annotation=root, reporter=stranger, reason="abuse")
            Annotation.objects.filter(pk=root.pk).update(attention_since=now)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = as_moderator.get(QUEUE)
        assert len(response.context["cards"]) == min(Flag.objects.count(), 25)
        return len(queries)

    few, many = fill(3), fill(60)
    assert few == many
    assert many <= 18
