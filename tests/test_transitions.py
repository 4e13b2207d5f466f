"""Who may move what: every act from every state by everybody, from the policy's own table."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from reader import policy
from reader.actions import appeals, moderation, sanctions
from reader.actions.errors import Conflict
from reader.models import Annotation, Appeal, Decision, Document, Standing, Status, User
from reader.policy.transitions import TABLE, Who
from reader.queries import decision_log
from tests.factories import make_annotation, make_document, make_user, promote

ANNOTATIONS = ("approve", "deny", "spam")
PEOPLE = ("warn", "limit", "suspend", "close", "lift")
STANDINGS = (Standing.GOOD, Standing.LIMITED, Standing.SUSPENDED, Standing.CLOSED)
ROLES = (
    "author",
    "stranger",
    "reviewer",
    "moderator elsewhere",
    "document moderator",
    "moderator",
    "admin",
)
DECIDE = {"document moderator", "moderator", "admin"}
SANCTION = {"moderator", "admin"}


@pytest.fixture
def people(author: User, document: Document) -> dict[str, User]:
    """Somebody of each role."""
    made = {role: make_user() for role in ROLES if role != "author"}
    elsewhere = make_document()
    promote(made["reviewer"], "document:reviewer", document)
    promote(made["moderator elsewhere"], "document:moderator", elsewhere)
    promote(made["document moderator"], "document:moderator", document)
    made["moderator"] = promote(made["moderator"], "moderator")
    made["admin"] = promote(made["admin"], "admin")
    return {**made, "author": author}


def states(who: Who, act: str, every: Any) -> Iterator[tuple[str, str | None]]:
    """Yield each state, and to which one the table lets it be moved by the act; None: to none."""
    moves = dict(TABLE[who, act])
    for before in every:
        yield before, moves.get(before)


def logged(act: Callable[[], Any]) -> tuple[bool, int]:
    """Do something, and return whether it was accepted, and how many rows the log has for it."""
    count = Decision.objects.count()
    try:
        act()
    except (policy.Refused, Conflict):
        return False, Decision.objects.count() - count
    return True, Decision.objects.count() - count


@pytest.mark.parametrize(("role", "act"), list(product(ROLES, ANNOTATIONS)))
def test_moderators_move_annotations(
    people: dict[str, User], author: User, document: Document, role: str, act: str
) -> None:
    for before, after in states(Who.MODERATOR, act, Status.values):
        annotation = make_annotation(author, document, status=before)
        done = logged(
            lambda note=annotation: moderation.decide(  # type: ignore[misc]  # bound at once
                moderator=people[role], annotation=note, act=act, reason="rules"
            )
        )
        accepted = role in DECIDE and after is not None
        assert done == (accepted, int(accepted)), before
        annotation.refresh_from_db()
        assert annotation.status == (after if accepted else before)
        if accepted:
            row = Decision.objects.order_by("-pk")[0]
            assert (row.before, row.after, row.act, row.actor) == (before, after, act, people[role])
    assert decision_log.first_fault() is None


@pytest.mark.parametrize(("before", "act"), list(product(Status.values, ANNOTATIONS)))
def test_undoing_leads_back_to_the_very_state(
    author: User, stranger: User, moderator: User, document: Document, before: str, act: str
) -> None:
    annotation = make_annotation(author, document, status=before)
    if before == Status.PENDING:
        Annotation.objects.filter(pk=annotation.pk).update(attention_since=annotation.created_at)
    moderation.flag(reporter=stranger, annotation=annotation, reason="abuse")

    def picture() -> list[Any]:  # the version only ever grows
        kept = {**Annotation.objects.filter(pk=annotation.pk).values().get(), "version": 0}
        flags = annotation.flags.order_by("pk")
        return [kept, list(flags.values())]

    at_first = picture()
    decision = moderation.decide(
        moderator=moderator, annotation=annotation, act=act, reason="rules"
    )
    assert picture() != at_first
    moderation.undo(moderator=moderator, decision=decision)
    assert picture() == at_first
    with pytest.raises(Conflict):
        moderation.undo(moderator=moderator, decision=decision)
    late = moderation.decide(
        moderator=moderator,
        annotation=annotation,
        act=act,
        reason="rules",
        at=timezone.now() - moderation.UNDONE_WITHIN,
    )
    with pytest.raises(Conflict):
        moderation.undo(moderator=moderator, decision=late)
    assert decision_log.first_fault() is None


@pytest.mark.parametrize(("role", "act"), list(product(ROLES, PEOPLE)))
def test_moderators_of_the_site_move_people(people: dict[str, User], role: str, act: str) -> None:
    for before, after in states(Who.MODERATOR, act, STANDINGS):
        person = make_user()
        sanctions.set_standing(person, before, None)
        done = logged(lambda who=person: _sanction(people[role], who, act))  # type: ignore[misc]  # bound at once
        accepted = role in SANCTION and after is not None
        assert done == (accepted, int(accepted)), before
        person.refresh_from_db()
        assert person.standing == (after if accepted else before)
    assert decision_log.first_fault() is None


def _sanction(moderator: User, person: User, act: str) -> None:
    if act == "lift":
        sanctions.lift(moderator=moderator, person=person, reason="served")
        return
    until = timezone.now() + timedelta(days=1) if act == "suspend" else None
    sanctions.sanction(moderator=moderator, person=person, act=act, reason="abuse", until=until)


def test_nobody_decides_on_themselves_or_on_those_above(people: dict[str, User]) -> None:
    for moderator, person in (
        ("moderator", "moderator"),
        ("moderator", "admin"),
        ("admin", "admin"),
    ):
        with pytest.raises(policy.Refused):
            _sanction(people[moderator], people[person], "warn")
    other = promote(make_user(), "moderator")
    with pytest.raises(policy.Refused):
        _sanction(people["moderator"], other, "limit")
    _sanction(people["admin"], other, "limit")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("judgement", ["uphold", "change", "send_back"])
@pytest.mark.parametrize("told", ["deny", "spam", "approve", "suspend", "close", "limit", "warn"])
def test_another_moderator_judges(
    people: dict[str, User], author: User, document: Document, told: str, judgement: str, role: str
) -> None:
    decider = promote(make_user(), "moderator")
    appeal, thing = _appealed(decider, author, document, told)
    before = appeal.decision.after
    about_person = told in policy.RESTRICTING
    may = SANCTION if about_person else DECIDE
    done = logged(
        lambda: appeals.judge(moderator=people[role], appeal=appeal, act=judgement, note="Heard.")
    )
    assert done == (role in may, int(role in may))
    thing.refresh_from_db()
    state = thing.standing if isinstance(thing, User) else thing.status
    wanted = dict(TABLE[Who.JUDGE, judgement])[before]
    assert state == (wanted if role in may else before)
    appeal.refresh_from_db()
    states_of = {"uphold": "upheld", "change": "changed", "send_back": "sent_back"}
    assert appeal.state == (states_of[judgement] if role in may else "open")
    if role in may:  # once
        with pytest.raises(policy.Refused):
            appeals.judge(moderator=people["admin"], appeal=appeal, act=judgement, note="Again.")
    assert decision_log.first_fault() is None


def _appealed(
    decider: User, author: User, document: Document, told: str
) -> tuple[Appeal, Annotation | User]:
    person = make_user()
    if told in policy.RESTRICTING:
        _sanction(decider, person, told)
        decision = Decision.objects.get(act=told)
        made = appeals.appeal(appellant=person, decision=decision, words="Why?")
        return made, User.objects.get(pk=person.pk)
    annotation = make_annotation(author, document)
    if told == "approve":
        moderation.flag(reporter=person, annotation=annotation, reason="abuse")
    decision = moderation.decide(moderator=decider, annotation=annotation, act=told, reason="rules")
    appellant = person if told == "approve" else author
    return appeals.appeal(appellant=appellant, decision=decision, words="Why?"), annotation


def test_nobody_judges_what_they_decided_or_asked(
    author: User, moderator: User, document: Document
) -> None:
    writer = promote(make_user(), "moderator")
    annotation = make_annotation(writer, document)
    decision = moderation.decide(
        moderator=moderator, annotation=annotation, act="deny", reason="rules"
    )
    appeal = appeals.appeal(appellant=writer, decision=decision, words="Why?")
    for who in (moderator, writer):
        with pytest.raises(policy.Refused):
            appeals.judge(moderator=who, appeal=appeal, act="uphold")
    superuser = promote(moderator, "admin")
    with pytest.raises(policy.Refused):
        appeals.judge(moderator=superuser, appeal=appeal, act="uphold")


def test_one_appeals_once_and_only_for_oneself(
    author: User, stranger: User, moderator: User, document: Document
) -> None:
    annotation = make_annotation(author, document)
    decision = moderation.decide(
        moderator=moderator, annotation=annotation, act="deny", reason="rules"
    )
    with pytest.raises(policy.Refused):
        appeals.appeal(appellant=stranger, decision=decision, words="Why?")
    appeals.appeal(appellant=author, decision=decision, words="Why?")
    with pytest.raises(policy.Refused):
        appeals.appeal(appellant=author, decision=decision, words="Why, again?")
    assert Appeal.objects.count() == 1


def test_whoever_is_suspended_or_closed_only_reads(
    author: User, moderator: User, document: Document
) -> None:
    mine = make_annotation(author, document)
    for act in ("suspend", "close"):
        _sanction(moderator, author, act)
        author.refresh_from_db()
        with pytest.raises(policy.Refused):
            make_annotation(author, document)
        assert Annotation.objects.filter(policy.annotations_visible_to(author), pk=mine.pk).exists()
    sanctions.lift(moderator=moderator, person=author, reason="served")
    author.refresh_from_db()
    make_annotation(author, document)
    _sanction(moderator, author, "limit")
    author.refresh_from_db()
    assert make_annotation(author, document).status == Status.PENDING


def test_a_suspension_ends_by_itself(author: User, moderator: User, document: Document) -> None:
    _sanction(moderator, author, "suspend")
    author.refresh_from_db()
    author.standing_until = timezone.now()
    make_annotation(author, document)
    assert policy.standing_of(author) == Standing.GOOD


def table_of_moves() -> str:
    """Return the table as docs/moderation.md shows it."""
    lines = ["| who | act | from → to |", "|---|---|---|"]
    for (who, act), moves in TABLE.items():
        shown = ", ".join(f"{before or 'new'} → {after}" for before, after in sorted(moves))
        lines.append(f"| {who.value} | {act} | {shown} |")
    return "\n".join(lines)


def test_the_documentation_shows_the_table() -> None:
    text = (settings.BASE_DIR / "docs" / "moderation.md").read_text(encoding="utf-8")
    assert table_of_moves() in text
