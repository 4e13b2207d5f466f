"""Bringing annotations in from elsewhere, and what hostile files come to."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from reader import policy
from reader.actions import importing
from reader.actions.changes import wipe as wipe_notes
from reader.actions.errors import Invalid
from reader.actions.import_report import Report
from reader.actions.importing import bring_in
from reader.actions.moderation import decide
from reader.actions.restoring import restore
from reader.models import Anchor, Annotation, Document, Event, Tag, User
from reader.text.importers import anything, foreign
from tests.exporting import exported, load_demo, wipe
from tests.factories import make_annotation, make_document, make_reply, make_user, promote

pytestmark = pytest.mark.django_db
CONTEXT = "http://www.w3.org/ns/anno.jsonld"


def w3c(name: str = "1", exact: str = "where a reader answers", **fields: Any) -> dict[str, Any]:
    """One annotation in the W3C's form."""
    selector = {"type": "TextQuoteSelector", "exact": exact}
    return {
        "@context": CONTEXT,
        "id": f"https://elsewhere.example/a/{name}",
        "type": "Annotation",
        "motivation": "commenting",
        "creator": {"id": "https://elsewhere.example/people/bo", "name": "Bo Elsewhere"},
        "created": "2024-05-06T07:08:09Z",
        "body": {"type": "TextualBody", "value": f"Remark *{name}*."},
        "target": {"source": "https://elsewhere.example/text", "selector": selector},
        **fields,
    }


def answer(name: str, to: str, **fields: Any) -> dict[str, Any]:
    target = f"https://elsewhere.example/a/{to}"
    return w3c(name, target=target, motivation="replying", **fields)


def row(name: str = "1", exact: str = "where a reader answers", **fields: Any) -> dict[str, Any]:
    """One annotation as Hypothesis hands it out."""
    selectors = [
        {"type": "RangeSelector", "startContainer": "/p[1]", "startOffset": 0},
        {"type": "TextPositionSelector", "start": 34, "end": 56},
        {"type": "TextQuoteSelector", "exact": exact, "prefix": "is ", "suffix": "."},
    ]
    return {
        "id": f"hyp{name}",
        "created": "2024-05-06T07:08:09.123456+00:00",
        "updated": "2024-05-06T07:08:09.123999+00:00",
        "user": "acct:bo@elsewhere.example",
        "user_info": {"display_name": None},
        "uri": "https://elsewhere.example/text",
        "text": f"Remark *{name}*.",
        "tags": ["One", "two"],
        "group": "__world__",
        "permissions": {"read": ["group:__world__"]},
        "target": [{"source": "https://elsewhere.example/text", "selector": selectors}],
        **fields,
    }


def bring(document: Document, data: Any, **options: Any) -> Report:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return bring_in(editor=None, document=document, data=raw, **options)


def test_w3c_annotations_come_in_with_replies_authors_and_dates(document: Document) -> None:
    report = bring(document, {"@context": CONTEXT, "items": [answer("2", "1"), w3c("1")]})
    assert (report.saved, report.replies, report.refused_total) == (2, 1, 0)
    root = Annotation.objects.get(parent=None)
    reply = Annotation.objects.get(parent=root)
    assert root.body_html == "<p>Remark <em>1</em>.</p>\n"
    assert root.created_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert (root.exact, root.visibility) == ("where a reader answers", "public")
    assert root.status == "approved"
    assert root.author == reply.author
    assert root.author is not None
    assert (root.author.kind, root.author.name) == ("guest", "Bo Elsewhere")
    assert root.foreign_id == "https://elsewhere.example/a/1"
    anchor = Anchor.objects.get()
    assert (anchor.annotation, anchor.start) == (root, 14)
    assert anchor.first_block is not None
    assert anchor.first_block.ref == "p1"
    assert Event.objects.filter(name="annotation.imported").count() == 2


@pytest.mark.parametrize("shape", ["rows", "annotations", "list"])
def test_hypothesis_comes_in(document: Document, shape: str) -> None:
    rows = [row("1"), row("2", text="", tags=[]), row("3", references=["hyp1"], target=[{}])]
    rows.append(row("4", references=["hyp1", "hyp3"]))
    about = {"export_date": "2024-05-07", "export_userid": "acct:bo@x", "client_version": "1.0"}
    data = rows if shape == "list" else {**about, shape: rows}
    report = bring(document, data)
    assert (report.saved, report.replies) == (4, 2)
    kinds = dict(Annotation.objects.values_list("foreign_id", "motivation"))
    assert kinds == {
        "hyp1": "commenting",
        "hyp2": "highlighting",
        "hyp3": "replying",
        "hyp4": "replying",
    }
    deep = Annotation.objects.get(foreign_id="hyp4")
    assert deep.parent is not None
    assert deep.root is not None
    assert (deep.parent.foreign_id, deep.root.foreign_id) == ("hyp3", "hyp1")
    first = Annotation.objects.get(foreign_id="hyp1")
    assert sorted(first.tags.values_list("name", flat=True)) == ["one", "two"]
    assert first.edited_at is None
    assert first.author is not None
    assert first.author.name == "bo"


def test_the_same_file_twice_adds_nothing(document: Document) -> None:
    data = [w3c("1"), answer("2", "1")]
    bring(document, data)
    report = bring(document, data)
    assert (report.saved, report.known) == (0, 2)
    assert Annotation.objects.count() == 2


def test_answers_may_come_later_than_what_they_answer(document: Document) -> None:
    bring(document, [w3c("1")])
    assert bring(document, [answer("2", "1")]).saved == 1
    assert Annotation.objects.get(parent__isnull=False).root == Annotation.objects.get(parent=None)


def test_one_account_is_one_guest_on_the_whole_site(document: Document) -> None:
    other = make_document()
    bring(document, [w3c("1")])
    bring(other, [w3c("2"), w3c("3", creator={"id": "https://elsewhere.example/people/cy"})])
    assert User.objects.filter(kind="guest").count() == 2
    assert (
        Annotation.objects.get(foreign_id__endswith="/1").author
        == Annotation.objects.get(foreign_id__endswith="/2").author
    )


def test_nobody_comes_in_as_an_account_of_this_site(document: Document, moderator: User) -> None:
    names = [moderator.username, moderator.name, "admin", "Postil", "\u202eevil", ""]
    rows = [
        w3c(str(at), creator={"id": name, "name": name, "nickname": name})
        for at, name in enumerate(names)
    ]
    assert bring(document, rows).saved == len(names)
    authors = [row.author for row in Annotation.objects.select_related("author")]
    assert all(one is not None and one.kind == "guest" for one in authors)
    shown = {one.get_full_name() for one in authors if one}
    assert not shown & {moderator.username, moderator.name, "admin", "Postil"}
    assert not any("\u202e" in name for name in shown)


def test_a_reviewed_document_lets_its_moderators_look_first(author: User) -> None:
    document = make_document(annotating="reviewed")
    editor = promote(author, "document:editor", document)
    data = json.dumps([w3c("1")]).encode()
    bring_in(editor=editor, document=document, data=data)
    imported = Annotation.objects.get()
    assert imported.status == "pending"
    assert imported.attention_since is not None


@pytest.mark.parametrize("role", ["stranger", "document:reviewer", "document:moderator"])
def test_only_editors_bring_in(document: Document, stranger: User, role: str) -> None:
    person = stranger if role == "stranger" else promote(stranger, role, document)
    with pytest.raises(policy.Refused):
        bring_in(editor=person, document=document, data=json.dumps([w3c()]).encode())
    assert not Annotation.objects.exists()


def test_what_is_not_found_becomes_an_orphan_and_keeps_its_words(document: Document) -> None:
    rows = [w3c("1", exact="Words that are nowhere to be found in it."), w3c("2")]
    report = bring(document, rows)
    assert (report.saved, report.orphans) == (2, 1)
    lost = Annotation.objects.get(foreign_id__endswith="/1")
    assert lost.exact == "Words that are nowhere to be found in it."
    assert lost.anchors.get().verdict == "orphaned"


def test_words_that_changed_are_counted(document: Document) -> None:
    exact = "A promise, once made in publick, is kept in public"
    report = bring(document, [w3c("1", exact=exact)])
    assert (report.saved, report.elsewhere, report.orphans) == (1, 1, 0)


def test_notes_about_other_pages_are_refused(document: Document) -> None:
    other = {
        "source": "https://other.example/",
        "selector": {"type": "TextQuoteSelector", "exact": "zzzz qqqq"},
    }
    report = bring(document, [w3c("1"), w3c("2", target=other)])
    assert (report.saved, dict(report.refused)) == (1, {"it is about another page": 1})


def test_what_was_not_public_stays_out(document: Document) -> None:
    rows = [
        row("1", permissions={"read": ["acct:bo@elsewhere.example"]}),
        row("2", permissions={"read": ["group:abc"]}, group="abc"),
        row("3"),
    ]
    assert bring(document, rows).saved == 1
    assert bring(document, rows, with_groups=True).saved == 1  # the group's; never the private one
    assert set(Annotation.objects.values_list("foreign_id", flat=True)) == {"hyp2", "hyp3"}


@pytest.mark.parametrize("hidden", ["private", "pending", "denied", "under a denied root"])
def test_nothing_public_is_hung_under_what_not_everybody_reads(
    document: Document, author: User, hidden: str
) -> None:
    is_private = hidden == "private"
    note = make_annotation(author, document, visibility="private" if is_private else "public")
    if hidden == "under a denied root":
        root, note = note, make_reply(author, note)
        Annotation.objects.filter(pk=root.pk).update(status="denied")
    elif not is_private:
        Annotation.objects.filter(pk=note.pk).update(status=hidden)
    before = Annotation.objects.count()
    address = f"{settings.SITE_URL}/a/{note.uid}/"
    report = bring(document, [w3c("1", target=address, motivation="replying")])
    assert report.saved == 0
    assert report.refusals[0]["reason"] == "what it answers did not come in"
    again = bring(document, [w3c("1", id=address)])
    assert (again.saved, again.known) == (0, 1)
    assert Annotation.objects.count() == before


def test_a_file_of_countless_small_pieces_is_refused_before_it_is_read(document: Document) -> None:
    flood = b"[" + b"{}," * foreign.MAX_CONTAINERS + b"{}]"
    with pytest.raises(Invalid, match="too many small pieces"):
        bring(document, flood)


def test_likeness_is_not_looked_for_without_end(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file costs no more than so much reading of the text; the rest is found as it is or not."""
    alike = "A promise, once made in the public, is kept in publick."
    notes = [w3c("1", alike), w3c("2", alike), w3c("3")]
    assert bring(document, notes, only_try=True).orphans == 0
    monkeypatch.setattr(importing, "MAX_LIKENESS", 1)
    assert bring(document, notes).orphans == 1
    placed = Anchor.objects.exclude(verdict="orphaned").values_list("annotation__body", flat=True)
    assert set(placed) == {"Remark *1*.", "Remark *3*."}


def test_a_new_edition_meanwhile_asks_to_begin_again(
    document: Document,
) -> None:
    """What was looked for in one text is not saved as found in another."""
    run = importing._Import(None, document, Report(), with_groups=False)
    run.prepare(anything.read(json.dumps([w3c()]).encode(), timezone.now()).notes)
    document.current_edition_id = 0
    with pytest.raises(Invalid, match="new edition"):
        run.save()
    assert not Annotation.objects.exists()


def test_words_that_never_stood_in_the_text_go_with_their_author(
    document: Document, moderator: User, client: Client
) -> None:
    secret = "CANARY that stands in no text"
    bring(document, [w3c("1", secret), answer("2", "1")])
    root = Annotation.objects.get(parent=None)
    assert secret in client.get(root.document.get_absolute_url() + "orphans/").content.decode()
    decide(moderator=moderator, annotation=root, act="deny", reason="abuse")
    for door in ("orphans/", "export/?format=jsonld", "export/?format=markdown", "feed/"):
        answered = client.get(root.document.get_absolute_url() + door)
        content = b"".join(answered) if answered.streaming else answered.content
        assert secret not in content.decode(), door
    wipe_notes(Annotation.objects.filter(pk=root.pk))
    root.refresh_from_db()
    assert (root.exact, root.prefix, root.suffix) == ("", "", "")


def test_a_trial_saves_nothing(document: Document) -> None:
    report = bring(
        document,
        [w3c("1", body=[{"type": "TextualBody", "purpose": "tagging", "value": "x"}])],
        only_try=True,
    )
    assert report.saved == 1
    assert not Annotation.objects.exists()
    assert not Tag.objects.exists()
    assert not User.objects.filter(kind="guest").exists()


def test_an_export_of_ours_comes_in_elsewhere(author: User) -> None:
    document = make_document(slug="first")
    root = make_annotation(author, document, body="*root*", tags=("one",))
    make_reply(author, root, body="answer")
    edit = make_annotation(
        author, document, motivation="editing", replacement="The rim", body="why"
    )
    make_annotation(author, document, body="hidden", visibility="private")
    text = exported(author, document)
    assert bring(document, text.encode()).known == 4
    twin = make_document(slug="second")
    report = bring(twin, text.encode())
    assert (report.saved, report.replies) == (3, 1)
    copy = Annotation.objects.get(document=twin, motivation="editing")
    assert (copy.replacement, copy.body, copy.exact) == ("The rim", "why", edit.exact)
    assert not Annotation.objects.filter(document=twin, body="hidden").exists()


MALFORMED = {
    "nothing": b"",
    "no json": b"<html>",
    "cut short": json.dumps([w3c()]).encode()[:-5],
    "no text": b"\xff\xfe\x00",
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "infinite": b'[{"type": "Annotation", "x": Infinity}]',
    "huge number": b"[" + b"9" * 10_000 + b"]",
    "a number": b"42",
    "a text": b'"hello"',
    "an object": b'{"hello": 1}',
    "too many": json.dumps([{}] * (foreign.MAX_NOTES + 1)).encode(),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_file_is_refused_whole(document: Document, data: bytes) -> None:
    with pytest.raises(Invalid):
        bring(document, data)
    with pytest.raises(Invalid):
        restore(document=document, data=data)
    assert not Annotation.objects.exists()


HOSTILE: dict[str, tuple[list[Any], int]] = {  # rows, and how many of them come in
    "a circle": ([answer("1", "2"), answer("2", "1"), answer("3", "3")], 0),
    "answers to nobody": ([answer("1", "nowhere")], 0),
    "10 MB of words": ([w3c(body={"type": "TextualBody", "value": "x" * 10_000_000})], 0),
    "long words": ([w3c(body={"type": "TextualBody", "value": "x" * 50_000})], 0),
    "5,000 selectors": (
        [
            w3c(
                target={
                    "source": "https://e.example",
                    "selector": [{"type": "XPathSelector"}] * 5_000,
                }
            )
        ],
        1,
    ),
    "nested selectors": (
        [
            w3c(
                target={
                    "selector": {"type": "RangeSelector", "startSelector": {"startSelector": {}}}
                }
            )
        ],
        1,
    ),
    "NUL": (
        [
            w3c(
                "a\0b",
                exact="where\0 a reader answers",
                body={"type": "TextualBody", "value": "x\0y\ud800"},
            )
        ],
        1,
    ),
    "twice": ([w3c(), w3c()], 1),
    "wrong types": (
        [
            None,
            3,
            "text",
            [],
            {},
            w3c("1", target=None),
            w3c("2", target=7, body=7, creator=7, created=7, motivation=7, modified=[]),
            w3c(
                "3", target={"source": {"id": 3}, "selector": 5}, body={"value": {}}, creator=[None]
            ),
            w3c("4", body=[None, 1, {"type": "TextualBody"}], motivation=["", None]),
            w3c("5", id={"x": 1}),
        ],
        4,
    ),
    "dates": (
        [
            w3c(str(at), created=date)
            for at, date in enumerate(
                [
                    "9999-12-31T23:59:59Z",
                    "0001-01-01T00:00:00Z",
                    "soon",
                    "2026-13-45",
                    "1" * 500,
                    12,
                ]
            )
        ],
        6,
    ),
    "many tags": (
        [
            w3c(
                body=[
                    {"type": "TextualBody", "purpose": "tagging", "value": f"t{n}" * 9}
                    for n in range(19)
                ]
            )
        ],
        1,
    ),
    "long names": ([w3c("x" * 5_000, creator="y" * 300)], 1),
    "Hypothesis, wrong types": (
        [
            row("1", target=7, tags=7, references=7, permissions=7, user_info=7, created=7),
            row("2", target=[None], references=[None], permissions={"read": 3}, text=None),
            row("3", user=None, uri=None, group=None),
        ],
        3,
    ),
}


@pytest.mark.parametrize(("rows", "saved"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_cleaned_or_refused_with_a_count(
    document: Document, rows: list[Any], saved: int
) -> None:
    report = bring(document, rows)
    assert report.saved == Annotation.objects.count() == saved
    assert report.saved + report.known + report.refused_total == len(rows)
    for one in Annotation.objects.all():
        assert "\0" not in one.body + one.exact + (one.foreign_id or "")
        assert 1990 <= one.created_at.year <= timezone.now().year
    again = bring(document, rows)
    assert again.saved == 0


def test_dates_that_cannot_be_are_counted_and_todays_is_taken(document: Document) -> None:
    report = bring(document, [w3c(created="9999-12-31T23:59:59Z")])
    assert report.cleaned == 1
    assert (timezone.now() - Annotation.objects.get().created_at).total_seconds() < 60


def test_a_thread_deeper_than_anybody_writes_is_cut(document: Document) -> None:
    rows = [w3c("0"), *(answer(str(at), str(at - 1)) for at in range(1, 150))]
    report = bring(document, rows)
    assert report.saved == 100
    assert report.refused_total == 50


def test_nothing_stays_of_a_file_that_fails_halfway(document: Document) -> None:
    export = json.loads(exported(None, load_demo_into(document)))
    export["first"]["items"][-1]["postil:visibility"] = 7
    result = restore(document=document, data=json.dumps(export).encode())
    assert len(result.refused) == 1
    export["first"]["items"][0]["creator"]["id"] = "https://x.example/people/No Such Name!/"
    wipe(document)
    with pytest.raises(Invalid):
        restore(document=document, data=json.dumps(export).encode())
    assert not Annotation.objects.filter(document=document).exists()


def load_demo_into(document: Document) -> Document:
    """Write a few notes into the document."""
    author = make_user()
    for words in ("The margin", "A promise", "Nobody reads"):
        make_annotation(author, document, words)
    return document


def test_restoring_takes_nothing_but_an_export_of_ours(document: Document) -> None:
    with pytest.raises(Invalid):
        restore(document=document, data=json.dumps([w3c()]).encode())
    whole = json.loads(exported(None, document))
    with pytest.raises(Invalid):
        restore(document=document, data=json.dumps({**whole, "total": 3}).encode())


def test_restoring_never_touches_another_document() -> None:
    demo = load_demo()
    text = exported(None, demo)
    with pytest.raises(Invalid):
        restore(document=make_document(demo.slug + "-2"), data=text.encode())
    assert exported(None, demo) == text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "https://postil.example/a/short/"),
        ("motivation", "moderating"),
        ("created", "2026-01-01T00:00:00"),
        ("created", "soon"),
        ("postil:status", "fine"),
        ("postil:visibility", "all"),
        ("postil:edition", "https://postil.example/d/x/e/9/"),
        ("postil:version", -1),
        ("postil:withheld", "why"),
        ("creator", {"id": "nobody"}),
        ("body", [{"format": "text/markdown", "value": "x" * 20_000}]),
        ("body", [{"format": "text/markdown", "value": "a\0b"}]),
        ("target", "https://postil.example/a/" + "1" * 22 + "/"),
        ("postil:places", [{"postil:edition": 3}]),
        ("postil:decisions", ["accepted"]),
    ],
)
def test_restoring_refuses_what_no_export_says(document: Document, name: str, value: Any) -> None:
    whole = json.loads(exported(None, load_demo_into(document)))
    whole["first"]["items"][1][name] = value
    wipe(document)
    result = restore(document=document, data=json.dumps(whole).encode())
    assert (result.saved, len(result.refused)) == (2, 1)


def test_restoring_is_all_or_nothing_where_the_database_says_no(document: Document) -> None:
    whole = json.loads(exported(None, load_demo_into(document)))
    whole["first"]["items"][1]["postil:places"][0]["postil:score"] = "7.0"
    wipe(document)
    with pytest.raises(Invalid):
        restore(document=document, data=json.dumps(whole).encode())
    assert not Annotation.objects.exists()
