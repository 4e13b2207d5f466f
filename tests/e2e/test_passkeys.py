"""Passkeys and one-time codes in a real browser, on a site that asks its moderators for them."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from reader.actions.demo import PASSWORD
from tests.e2e.axe import violations
from tests.e2e.conftest import PATIENCE, Site, running_demo
from tests.web.factors import code_of

pytestmark = pytest.mark.browser

WIDE = {"width": 1440, "height": 900}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True}
FACTORS = "/accounts/2fa/"
HOME = re.compile(r"^http://[^/]+/$")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own that asks moderators for a second step."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSTIL_SECOND_FACTOR_FOR", "staff")
        with running_demo(tmp_path_factory.mktemp("second-step")) as running:
            yield running


@pytest.fixture
def troubles() -> Iterator[list[str]]:
    """Errors, and breaches of the pages' policy."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def opened(browser: Browser, site: Site, troubles: list[str]) -> Iterator[BrowserContext]:
    """A new browser, under a name: passkeys are for names and not for numbers."""
    address = site.url.replace("127.0.0.1", "localhost")
    with browser.new_context(base_url=address, viewport=WIDE) as context:  # type: ignore[arg-type]  # it is one
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        context.on(
            "console",
            lambda said: troubles.append(said.text) if said.type == "error" else None,
        )
        yield context


def authenticator(context: BrowserContext, page: Page, **more: bool) -> tuple[CDPSession, str]:
    """Give the page a device that holds passkeys and says yes to everything."""
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        **more,
    }
    made = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devices, made["authenticatorId"]


def give_password(page: Page, username: str) -> None:
    """Give the first step."""
    page.goto("/accounts/login/")
    page.get_by_label("Username or e-mail").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def again(page: Page) -> None:
    """Give the password once more."""
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def sign_out(page: Page) -> None:
    """Sign out."""
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(HOME)


def make_passkey(page: Page) -> list[str]:
    """Have a moderator sign in and make a passkey; return what axe finds on the way."""
    give_password(page, "moderator")
    expect(page.get_by_role("note")).to_contain_text("This site asks for one of you")
    found = violations(page)
    page.goto("/")
    expect(page.get_by_role("complementary")).to_contain_text("Set one up")
    found += violations(page)
    page.goto("/admin/")
    expect(page).to_have_url(re.compile(re.escape(FACTORS)))
    page.get_by_role("link", name="Add a passkey").click()
    again(page)
    found += violations(page)
    page.get_by_label("What is it called?").fill("telephone")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    expect(page.locator(".recovery-codes code")).to_have_count(10)
    return found + violations(page)


def sign_in_with_it(page: Page) -> list[str]:
    """Sign in with the passkey alone, then with the password and the passkey."""
    sign_out(page)
    page.goto("/admin/")
    found = violations(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/admin/$"))
    sign_out(page)
    give_password(page, "moderator")
    expect(page.get_by_role("heading", level=1)).to_have_text("The second step")
    found += violations(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(HOME)
    return found


def test_a_moderator_makes_a_passkey_and_signs_in_with_it_alone(opened: BrowserContext) -> None:
    page = opened.new_page()
    devices, key = authenticator(opened, page)
    found = make_passkey(page)
    held = devices.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]
    assert [one["isResidentCredential"] for one in held] == [True]
    page.get_by_role("link", name="I have them").click()
    expect(page.locator(".bearer")).to_contain_text("telephone")
    found += violations(page)
    page.goto("/admin/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Moderation and library")
    found += sign_in_with_it(page)

    page.goto("/accounts/sessions/")
    expect(page.locator(".bearer").last).to_contain_text("Chrome on Linux")
    found += violations(page)
    page.goto(FACTORS)
    page.get_by_role("link", name="Remove “telephone”").click()
    again(page)
    found += violations(page)
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator(".bearer")).to_contain_text("telephone")
    expect(page.locator(".toasts")).to_contain_text("It is your last one")
    assert found == []


def test_who_says_no_to_the_browser_is_told_so(opened: BrowserContext) -> None:
    page = opened.new_page()
    devices, key = authenticator(opened, page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was signed")
    devices.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})


def test_codes_need_no_javascript(browser: Browser, site: Site) -> None:
    options: dict[str, Any] = {**PHONE, "java_script_enabled": False, "base_url": site.url}
    with browser.new_context(**options) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        give_password(page, "reader")
        page.goto(FACTORS)
        page.get_by_role("link", name="Set up an app").click()
        again(page)
        expect(page.get_by_role("img", name="The key below")).to_be_visible()
        secret = page.locator("code").inner_text()
        page.get_by_label("The code that it shows now").fill(code_of(secret))
        page.get_by_role("button", name="Switch it on").click()
        codes = page.locator(".recovery-codes code").all_inner_texts()
        sign_out(page)
        expect(page.get_by_role("button", name="passkey")).to_have_count(0)
        give_password(page, "reader")
        expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)
        page.get_by_label("Code").fill(codes[0])
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.goto("/accounts/sessions/")
        page.get_by_role("button", name="Sign out everywhere", exact=True).click()
        page.goto("/accounts/settings/")
        expect(page).to_have_url(re.compile("/accounts/login/"))


def test_the_pages_of_the_second_step_are_for_everybody(opened: BrowserContext) -> None:
    page = opened.new_page()
    give_password(page, "reviewer")
    page.goto("/accounts/2fa/totp/activate/")
    found = violations(page)
    again(page)
    found += violations(page)
    secret = page.locator("code").inner_text()
    page.get_by_label("The code that it shows now").fill("12")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.locator(".field-error")).to_contain_text("not the right code")
    found += violations(page)
    assert page.locator("code").inner_text() == secret, "a slip does not change the key"
    page.get_by_label("The code that it shows now").fill(code_of(secret))
    page.get_by_role("button", name="Switch it on").click()
    page.goto("/accounts/2fa/recovery-codes/generate/")
    found += violations(page)
    page.goto("/accounts/2fa/recovery-codes/")
    page.reload()
    found += violations(page)
    page.goto("/accounts/2fa/totp/deactivate/")
    found += violations(page)
    assert found == []
