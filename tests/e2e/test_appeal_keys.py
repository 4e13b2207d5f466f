"""A moderator judges appeals by keys."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import violations
from tests.e2e.conftest import OpenBrowser, Site

pytestmark = pytest.mark.browser

LIST = "/admin/reader/appeal/"
MAKE = """
from reader.actions import appeals, sanctions
from reader.models import User
from tests.factories import make_user, promote
decider = promote(make_user(), "moderator")
for number in range(4):
    made = sanctions.sanction(
        moderator=decider, person=make_user(), act="limit", reason="abuse", note="Enough."
    )
    asked = appeals.appeal(appellant=made.person, decision=made.decision, words="Why?")
    print(asked.pk)
"""
STATES = """
import json
from reader.models import Appeal
print(json.dumps(dict(Appeal.objects.filter(pk__in={pks}).values_list("pk", "state"))))
"""


@pytest.fixture
def pks(site: Site) -> Iterator[list[int]]:
    """Four appeals against another moderator's restrictions."""
    made = [int(line) for line in site.run(MAKE).split()]
    yield made
    site.run(f"from reader.models import Appeal; Appeal.objects.filter(pk__in={made}).delete()")


def states(site: Site, pks: list[int]) -> list[str]:
    told = json.loads(site.run(STATES.format(pks=pks)))
    return [told[str(pk)] for pk in pks]


def test_appeals_are_judged_by_keys(site: Site, open_browser: OpenBrowser, pks: list[int]) -> None:
    page = open_browser("moderator").new_page()
    page.goto(f"{LIST}{pks[0]}/change/")
    assert violations(page) == []
    for key, there in (("j", 1), ("k", 0), ("a", 1), ("d", 2)):
        page.keyboard.press(key)
        page.wait_for_url(f"**{LIST}{pks[there]}/change/")
    page.keyboard.press("s")  # words are wanted first
    note = page.locator("#judge-note")
    expect(note).to_be_focused()
    note.press_sequentially("a sad dad")
    expect(note).to_have_value("a sad dad")
    note.blur()
    page.keyboard.press("s")
    page.wait_for_url(f"**{LIST}{pks[3]}/change/")
    assert states(site, pks) == ["changed", "upheld", "sent_back", "open"]

    page.get_by_text("Keys", exact=True).click()
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("a")
    page.get_by_label("Use these keys").check()
    assert states(site, pks)[3] == "open"
    page.get_by_role("button", name="Uphold the decision").click()
    page.wait_for_url(f"**{LIST}")
    assert states(site, pks)[3] == "upheld"
