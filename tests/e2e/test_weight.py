"""What the first visit to the reader costs, and what is in its HTML before any script runs."""

import re
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest

from tests.e2e.conftest import OpenBrowser, Site, running_demo
from tests.e2e.story import SPEECH

pytestmark = pytest.mark.browser

MOST_IN_ALL = 60 * 1024  # bytes as sent, without fonts
MOST_JAVASCRIPT = 30 * 1024
MOST_OWN_JAVASCRIPT = 12 * 1024  # without htmx


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demo of its own: what other tests wrote into theirs would be weighed with it."""
    with running_demo(tmp_path_factory.mktemp("weighed")) as running:
        yield running


def _sent(url: str) -> int:
    """Return how many bytes the answer has for a browser over TLS, where Brotli is welcome."""
    request = urllib.request.Request(url, headers={"Accept-Encoding": "br, gzip"})  # noqa: S310 -- our own http address
    with urllib.request.urlopen(request) as answer:  # noqa: S310 -- likewise
        return len(answer.read())


def test_the_first_visit_is_light(open_browser: OpenBrowser) -> None:
    page = open_browser().new_page()
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    page.goto(SPEECH, wait_until="load")
    weights: Counter[str] = Counter()
    own = 0
    for url in {url for url in urls if "/live/" not in url}:  # news of others are no page's weight
        size = _sent(url)
        weights[PurePosixPath(urlsplit(url).path).suffix] += size
        own += size if "/static/js/" in url else 0
    assert 0 < own <= MOST_OWN_JAVASCRIPT

    del weights[".woff2"]
    assert weights[".js"] > 0
    assert weights[".css"] > 0
    assert weights[".js"] <= MOST_JAVASCRIPT, weights
    assert weights.total() <= MOST_IN_ALL, weights


def test_the_text_and_its_marks_are_in_the_html(open_browser: OpenBrowser) -> None:
    html = open_browser().request.get(SPEECH).text()
    assert len(re.findall(r'id="p\d+"', html)) == 53
    assert html.count("<mark ") > 40
