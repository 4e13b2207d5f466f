"""What is understood of the frames that a client sends."""

import json

import pytest

from reader.live.frames import Asked, BadFrame, Filter, Named, read

BAD = [
    "",
    "{",
    "[]",
    "null",
    "1",
    '"whoami"',
    "{}",
    "[" * 30_000,
    '{"type": "whoami"}',
    '{"type": "whoami", "id": true}',
    '{"type": "whoami", "id": 1e999}',
    '{"type": "ping", "id": NaN}',
    '{"type": "whoami", "id": {}}',
    '{"type": "shout", "id": 1}',
    '{"messageType": "client_id"}',
    '{"messageType": "client_id", "value": 7}',
    '{"messageType": "client_id", "value": "a b"}',
    '{"messageType": "client_id", "value": "' + "a" * 65 + '"}',
    '{"filter": null}',
    '{"filter": {"clauses": 1}}',
    '{"filter": {"clauses": [1]}}',
    '{"filter": {"clauses": [{"field": "/user", "value": "x"}]}}',
    '{"filter": {"clauses": [{"field": "/uri", "value": 3}]}}',
    '{"filter": {"clauses": [{"field": "/uri", "value": [3]}]}}',
    json.dumps({"filter": {"clauses": [{"field": "/uri", "value": ["x"]}] * 21}}),
    json.dumps({"filter": {"clauses": [{"field": "/uri", "value": ["x"] * 101}]}}),
    json.dumps({"filter": {"clauses": [{"field": "/uri", "value": "x" * 2_001}]}}),
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_not_of_the_protocol_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(BadFrame, match=r"\.$"):
        read(text)


def test_the_frames_of_the_client_are_understood() -> None:
    clause = {"field": "/uri", "operator": "one_of", "value": ["http://a/", "http://b/"]}
    actions = {"create": True, "update": True, "delete": False}
    sent = {"filter": {"match_policy": "include_any", "clauses": [clause], "actions": actions}}
    assert read('{"messageType": "client_id", "value": "6fbb"}') == Named("6fbb")
    assert read('{"type": "whoami", "id": 1}') == Asked("whoami", 1)
    assert read(json.dumps(sent)) == Filter(
        ("http://a/", "http://b/"), frozenset({"create", "update"})
    )
