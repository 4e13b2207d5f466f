"""The queue costs the same with a hundred thousand items in it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reader.models import Annotation, Document, User
from reader.queries import moderation
from tests import factories

pytestmark = pytest.mark.long
QUEUE = "/admin/reader/queueitem/"
MANY = 100_000


def test_a_hundred_thousand_items_cost_no_further_query(
    as_moderator: Client, author: User, moderator: User, document: Document
) -> None:
    one = factories.make_annotation(author, document)
    columns = [field.attname for field in Annotation._meta.concrete_fields]
    fields = {name: getattr(one, name) for name in columns if name not in ("id", "uid")}

    def queries_with(count: int) -> int:
        now = timezone.now()
        made = (
            Annotation(
                **{
                    **fields,
                    "status": "pending",
                    "attention_since": now - timedelta(seconds=nth % 5_000),
                    "attention_weight": nth % 9,
                }
            )
            for nth in range(count)
        )
        Annotation.objects.bulk_create(made, batch_size=1_000)
        with CaptureQueriesContext(connection) as queries:
            assert len(as_moderator.get(QUEUE).context["cards"]) == 25
        return len(queries)

    assert queries_with(30) == queries_with(MANY)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as both databases do by themselves, by and by
    plan = moderation.queue(moderator)[:25].explain()
    assert "annotation_queue_order" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
