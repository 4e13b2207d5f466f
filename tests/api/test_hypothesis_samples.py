"""What the real client sent to a stand-in, sent here: the answers have all that it was given there.

The samples are read in place, at ``POSTIL_CONTRACTS`` (default ``../shared/contracts``).
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from reader.models import Document, User
from tests import factories
from tests.api.hypothesis_client import Api

DEFAULT = settings.BASE_DIR.parent / "shared" / "contracts"
PLACE = Path(os.environ.get("POSTIL_CONTRACTS", DEFAULT)) / "hypothesis-samples.json"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not PLACE.exists(), reason=f"no samples of the Hypothesis client at {PLACE}"
    ),
]
PAGE, HERE = "http://127.0.0.1:8931/doc/1", "http://127.0.0.1:8000/d/sample/"
TEXT = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the "
    "age of foolishness. Call me Ishmael. Some years ago, never mind how long precisely."
)


@pytest.fixture
def samples() -> dict[str, Any]:
    """The samples, as if they had been taken here and by the author."""
    text = PLACE.read_text().replace(PAGE, HERE).replace("alice@reader.test", "author@127.0.0.1")
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.fixture
def sample_page(db: None) -> Document:
    """A document of the words in the samples."""
    return factories.make_document(TEXT, slug="sample")


def names(data: Any, at: str = "") -> set[str]:
    """Return where in the data there are names."""
    if isinstance(data, dict):
        below = (names(value, f"{at}.{name}") for name, value in data.items())
        return {f"{at}.{name}" for name in data}.union(*below)
    if isinstance(data, list):
        return set().union(*(names(one, f"{at}[]") for one in data))
    return set()


def ask(api: Api, sample: dict[str, Any], method: str, path: str, data: Any = None) -> Any:
    """Return the answer, once it has the status and all names of the sample's."""
    query: dict[str, list[str]] = {}
    for name, value in sample["query"]:
        query.setdefault(name, []).append(value)
    response = api.ask(method, path, data, query_params=query)
    assert response.status_code == sample["status"], response.content
    if sample["response"] is None:
        return None
    answer = response.json()
    assert names(sample["response"]) - names(answer) == set()
    return answer


def test_the_answers_have_all_that_the_client_was_given(
    samples: dict[str, Any], author: User, stranger: User, moderator: User, sample_page: Document
) -> None:
    api, made = Api(author), {}
    for kind in ("annotation", "highlight", "page note"):
        sample = samples[f"POST /api/annotations ({kind})"]
        made[kind] = ask(api, sample, "post", "annotations", sample["body"])
    assert made["annotation"]["target"][0]["selector"][2]["exact"] == "Call me Ishmael"
    assert made["highlight"]["permissions"]["read"] == ["acct:author@127.0.0.1"]
    path = f"annotations/{made['annotation']['id']}"

    sample = samples["POST /api/annotations (reply)"]
    sent = {**sample["body"], "references": [made["annotation"]["id"]]}
    ask(api, sample, "post", "annotations", sent)
    sample = samples["PATCH /api/annotations/:id"]
    assert ask(api, sample, "patch", path, sample["body"])["text"] == sample["body"]["text"]
    found = ask(api, samples["GET /api/search"], "get", "search")
    assert found["total"] == 4

    ask(Api(stranger), samples["PUT /api/annotations/:id/flag"], "put", f"{path}/flag")
    seen = Api(moderator).get(path).json()
    assert seen["moderation"] == {"flagCount": 1}
    sample = samples["PATCH /api/annotations/:id/moderation"]
    sent = {**sample["body"], "annotation_updated": seen["updated"]}
    denied = ask(Api(moderator), sample, "patch", f"{path}/moderation", sent)
    assert denied["hidden"] is True
    mine = ask(api, samples["GET /api/annotations/:id"], "get", path)
    assert mine["moderation_status"] == "DENIED"
    page_note = f"annotations/{made['page note']['id']}"
    ask(api, samples["DELETE /api/annotations/:id"], "delete", page_note)


@pytest.mark.parametrize("path", ["", "profile", "groups", "groups/__world__", "profile/groups"])
def test_what_describes_the_site_has_all_that_the_client_was_given(
    samples: dict[str, Any], path: str
) -> None:
    ask(Api(), samples[f"GET /api/{path}"], "get", path)


def test_links_have_all_that_the_client_was_given(samples: dict[str, Any], settings: Any) -> None:
    settings.WEBSOCKET_URL = "ws://127.0.0.1:8000/ws"
    answer = Api().get("links").json()
    assert answer.keys() == samples["GET /api/links"]["response"].keys()
