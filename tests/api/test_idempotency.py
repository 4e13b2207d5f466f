"""What is sent again with the same key is made once, through every door for other software."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from reader.models import Annotation, AsSent, Document, Event, User
from tests.api.hypothesis_client import Api, note, refused

pytestmark = pytest.mark.django_db
HEADER = "Idempotency-Key"


def send(api: Api, data: dict[str, Any], key: str = "one-key") -> Any:
    return api.ask("post", "annotations", data, headers={HEADER: key})


def at_once(act: Callable[[], None], times: int) -> None:
    def once() -> None:
        try:
            act()
        finally:
            connection.close()

    threads = [threading.Thread(target=once) for _number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_key_sent_again_gives_what_was_made_the_first_time(
    author: User, document: Document
) -> None:
    api, sent = Api(author), note(document, text="Once.", tags=["a", "b"])
    answers = [send(api, sent) for _time in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert answers[0].json() == answers[2].json()
    assert Annotation.objects.count() == AsSent.objects.count() == 1
    assert Event.objects.filter(name="annotation.created").count() == 1


def test_an_answer_sent_again_is_made_once(author: User, document: Document) -> None:
    api = Api(author)
    root = send(api, note(document), "root").json()["id"]
    answer = note(document, text="An answer.", references=[root])
    made = {send(api, answer, "answer").json()["id"] for _time in range(2)}
    assert len(made) == 1
    assert Annotation.objects.count() == 2


@pytest.mark.parametrize(
    "other",
    [{"text": "Twice."}, {"extra": "kept beside it"}, {"tags": ["other"]}],
    ids=["words", "what is only kept", "tags"],
)
def test_the_same_key_for_something_else_is_refused(
    author: User, document: Document, other: dict[str, Any]
) -> None:
    api = Api(author)
    send(api, note(document, text="Once.", tags=["a"]))
    refused(send(api, note(document, **{"text": "Once.", "tags": ["a"], **other})), 409)
    row = Annotation.objects.get()
    assert (row.body, list(row.tags.values_list("name", flat=True))) == ("Once.", ["a"])
    assert AsSent.objects.count() == 1


def test_another_key_another_person_or_no_key_makes_another(
    author: User, stranger: User, document: Document
) -> None:
    sent = note(document)
    send(Api(author), sent)
    send(Api(author), sent, "another-key")
    send(Api(stranger), sent)
    Api(author).ask("post", "annotations", sent)
    Api(author).ask("post", "annotations", sent)
    assert Annotation.objects.count() == 5


def test_a_key_that_is_too_long_is_refused(author: User, document: Document) -> None:
    refused(send(Api(author), note(document), "k" * 201), 400)
    assert send(Api(author), note(document), "k" * 200).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_with_one_key_make_one(author: User, document: Document) -> None:
    api, found = Api(author), []
    at_once(lambda: found.append(send(api, note(document))), 8)
    assert {answer.status_code for answer in found} == {200}
    assert len({answer.json()["id"] for answer in found}) == 1
    assert Annotation.objects.count() == 1


def test_browsers_may_send_the_header(author: User) -> None:
    for door in ("/api/annotations", "/w3c/"):
        answer = Api().client.options(
            door,
            headers={
                "Origin": "https://elsewhere.example",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": HEADER,
            },
        )
        assert HEADER in answer["Access-Control-Allow-Headers"].split(", ")
