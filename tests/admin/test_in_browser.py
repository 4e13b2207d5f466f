"""The admin in a real browser: nothing breaks the Content-Security-Policy, axe finds nothing.

Only pages are looked at here: the decision log cannot be emptied after a test that writes to it.
"""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from reader.actions.moderation import flag
from reader.models import User
from tests import factories
from tests.e2e.conftest import running_chromium

pytestmark = pytest.mark.browser

PAGES = (
    "",
    "reader/queueitem/",
    "reader/queueitem/{item}/change/",
    "reader/decision/",
    "reader/flag/",
    "reader/annotation/",
    "reader/annotation/{item}/change/",
    "reader/document/",
    "reader/document/{document}/change/",
    "reader/document/add/",
    "reader/edition/",
    "reader/user/",
    "reader/user/{person}/change/",
    "reader/user/add/",
    "reader/group/add/",
)


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """Chromium for one test: its event loop must be gone before the database is emptied."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def addresses(transactional_db: None, live_server: LiveServer) -> list[str]:
    """The addresses of the pages, with things to look at in them; a superuser named operator."""
    document = factories.make_document(slug="close-reading")
    person = factories.promote(factories.make_user("operator"), "admin")
    item = factories.make_annotation(factories.make_user(), document, tags=("canon",))
    factories.make_reply(person, item)
    flag(reporter=factories.make_user(), annotation=item, reason="abuse", note="Look at this.")
    places = {"item": item.pk, "document": document.pk, "person": person.pk}
    return [f"{live_server.url}/admin/{page.format(**places)}" for page in PAGES]


@pytest.fixture
def open_page(
    addresses: list[str], live_server: LiveServer, request: pytest.FixtureRequest
) -> Callable[..., Page]:
    """A function that opens an empty page in a browser where the operator is signed in."""
    client = Client()
    client.force_login(User.objects.get(username="operator"), settings.AUTHENTICATION_BACKENDS[0])
    name = settings.SESSION_COOKIE_NAME
    cookie = client.cookies[name].value
    chromium: Browser = request.getfixturevalue("chromium")  # after the last query, see there

    def opened(**options: object) -> Page:
        context = chromium.new_context(**options)  # type: ignore[arg-type]  # Playwright's own options
        context.add_cookies([{"name": name, "value": cookie, "url": live_server.url}])
        return context.new_page()

    return opened


def test_nothing_breaks_the_policy(open_page: Callable[..., Page], addresses: list[str]) -> None:
    said: list[str] = []
    page = open_page()
    page.on("console", lambda message: said.append(message.text))
    for address in addresses:
        page.goto(address)
        if page.locator(".add-row a").count():
            page.locator(".add-row a").last.click()
            page.locator(".select2-selection").last.click()
            page.locator(".select2-results__option").first.wait_for()
    assert [text for text in said if "Content Security Policy" in text] == []
    # Were there something, it would have been heard:
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">')")
    assert any("Content Security Policy" in text for text in said)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    open_page: Callable[..., Page], addresses: list[str], scheme: str
) -> None:
    axe, found = Axe(), {}
    page = open_page(color_scheme=scheme, bypass_csp=True)
    for address in addresses:
        page.goto(address)
        if violations := axe.run(page).response["violations"]:
            found[address] = [(one["id"], one["nodes"][0]["html"]) for one in violations]
    assert found == {}


def test_no_page_is_wider_than_a_phone(
    open_page: Callable[..., Page], addresses: list[str]
) -> None:
    page = open_page(viewport={"width": 320, "height": 700})
    for address in addresses:
        page.goto(address)
        excess = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert excess <= 0, address


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_a_rule_has_room_for_a_sentence(
    open_page: Callable[..., Page], addresses: list[str], width: int
) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    page.goto(next(one for one in addresses if "/document/" in one and "/change/" in one))
    page.get_by_text("Add another Rule").click()
    title, words = (
        page.locator(f"#id_rules-0-{name}").bounding_box() for name in ("title", "words")
    )
    group = page.locator("#rules-group").bounding_box()
    assert title is not None
    assert words is not None
    assert group is not None
    assert (title["x"], title["width"]) == (words["x"], words["width"])
    assert title["width"] >= min(600, (group["x"] + group["width"] - title["x"]) * 0.9)
    excess = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert excess <= 0
