"""The benchmark of the sealed log, short: what it fills is sealed, what it compares is right."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reader.actions import moderation
from reader.models import Decision, Document, LogHead, User
from reader.queries import decision_log
from tests.bench import log_cost
from tests.factories import make_annotation


def test_it_fills_a_log_that_is_sealed_and_goes_on(
    author: User, moderator: User, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_cost, "AT_ONCE", 7)
    log_cost.fill(30, document, moderator)
    assert LogHead.objects.get().count == Decision.objects.count() == 30
    assert list(decision_log.faults()) == []
    for _time in range(3):
        note = make_annotation(author, document)
        moderation.decide(moderator=moderator, annotation=note, act="approve")
    assert list(decision_log.faults()) == []
    assert LogHead.objects.get().count == 33


def test_a_bare_row_is_one_without_a_seal(
    author: User, moderator: User, document: Document
) -> None:
    note = make_annotation(author, document)
    with log_cost.bare():
        moderation.decide(moderator=moderator, annotation=note, act="spam")
    assert decision_log.first_fault() is not None
    sealed = moderation.decide(moderator=moderator, annotation=note, act="approve")
    assert len(sealed.hash) == 64


def test_it_measures_both_ways(db: None) -> None:
    found = log_cost.measure(rows=20, decisions=3)
    assert (found.rows, found.faults) == (20, 0)
    assert Decision.objects.count() == 20 + 2 * 3
    assert Decision.objects.filter(hash="-").count() == 3
    assert min(found.sealed_cpu, found.bare_cpu, found.sealed_wall, found.bare_wall) > 0


def test_the_seal_costs_two_statements_besides_the_row(
    moderator: User, author: User, document: Document
) -> None:
    counts = []
    for is_bare in (False, False, True):
        note = make_annotation(author, document)
        with CaptureQueriesContext(connection) as asked:
            if is_bare:
                with log_cost.bare():
                    moderation.decide(moderator=moderator, annotation=note, act="spam")
            else:
                moderation.decide(moderator=moderator, annotation=note, act="spam")
        counts.append(len(asked))
    assert counts[1] - counts[2] <= (3 if connection.vendor == "postgresql" else 2)
