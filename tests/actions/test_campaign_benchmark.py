"""The short form of ``python -m tests.bench.campaigns``: what must hold whatever the seed."""

import pytest

from reader.models import Annotation, CampaignMembership
from tests.bench.campaigns import HELD_OUT, Result, run, total_of
from tests.bench.form_letters import OWN_KINDS, Desk
from tests.bench.revisions.vocabularies import VOCABULARIES


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["English", "Kazakh", "Chinese"])
def test_copies_come_together_and_own_texts_stay_out(language: str) -> None:
    vocabulary = next(one for one in VOCABULARIES if one.name == language)
    desk, again = Desk(vocabulary, HELD_OUT), Desk(vocabulary, HELD_OUT)
    comments = again.comments()
    result = Result()
    run(language, desk, result)
    rows = Annotation.objects.order_by("pk")
    assert [row.body for row in rows] == [comment.text for comment in comments]
    campaign_of = dict(CampaignMembership.objects.values_list("annotation_id", "campaign_id"))
    unchanged: dict[int, set[int | None]] = {}
    for row, comment in zip(rows, comments, strict=True):
        if comment.kind == "as it is":
            unchanged.setdefault(comment.letter, set()).add(campaign_of.get(row.pk))
    assert all(len(found) == 1 and None not in found for found in unchanged.values())
    of_letters = {pk for found in unchanged.values() for pk in found}
    own = set(OWN_KINDS) - {"answers a letter"}
    for row, comment in zip(rows, comments, strict=True):
        assert comment.kind not in own or campaign_of.get(row.pk) not in of_letters
    total = total_of(result.languages.values())
    assert total.both / total.together >= 0.99
    assert total.both / total.copies >= 0.95
