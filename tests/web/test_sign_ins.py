"""Where somebody is signed in: the list, and signing out one browser or all."""

import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from reader.models import SignIn, User
from reader.queries.sessions import NOBODY, seat_of, still_taken
from reader.text.agents import browser_of, system_of
from reader.web.sign_ins import NOTED, SEEN_EVERY
from tests.factories import PASSWORD, make_user
from tests.web.browsers import NEW_PASSWORD, is_signed_in, sign_in, signed_in
from tests.web.pages import Page

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


def browser_with(agent: str = FIREFOX, login: str = "author", **more: str) -> Client:
    """Return a browser in which somebody has signed in through the form."""
    browser = Client(headers={"user-agent": agent}, **more)  # type: ignore[arg-type]  # the environ
    assert sign_in(browser, login) == 302
    return browser


def noted(browser: Client) -> SignIn:
    """Return the row of a browser."""
    return SignIn.objects.get(session_key=browser.session.session_key)


@pytest.mark.parametrize(
    ("agent", "browser", "system"),
    [
        (FIREFOX, "Firefox", "Linux"),
        (IPHONE, "Safari", "iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36", "Chrome", "Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge", "Windows"),
        ("Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
         "Samsung Internet", "Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15",
         "Safari", "macOS"),
        ("curl/8.5.0", "", ""),
        ("", "", ""),
        ("<script>alert(1)</script>" * 10_000, "", ""),
    ],
)  # fmt: skip
def test_browsers_are_known_by_two_words(agent: str, browser: str, system: str) -> None:
    assert (browser_of(agent), system_of(agent)) == (browser, system)


def test_the_list_shows_each_browser_and_marks_this_one(author: User) -> None:
    here, there = browser_with(), browser_with(IPHONE)
    make_user("other")
    browser_with(login="other")
    response = here.get(reverse("sign_ins"))
    assert Page(response.text).problems() == []
    assert "no-store" in response["Cache-Control"]
    shown = [(one.browser, one.system, is_here) for one, is_here in response.context["sign_ins"]]
    assert sorted(shown) == [("Firefox", "Linux", True), ("Safari", "iPhone", False)]
    assert response.text.count("This one") == 1
    assert noted(there).session_key not in response.text
    assert Client().get(reverse("sign_ins")).status_code == 302


@pytest.mark.parametrize(
    ("setting", "kept"), [("none", ""), ("short", "198.51.100.0/24"), ("full", "198.51.100.0/24")]
)
def test_no_more_of_an_address_is_kept_than_the_site_notes(
    author: User, settings: Settings, setting: str, kept: str
) -> None:
    settings.LOG_ADDRESSES = setting
    browser = browser_with(REMOTE_ADDR="198.51.100.7", HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert noted(browser).network == kept
    page = browser.get(reverse("sign_ins")).text
    assert ("No network address" in page) == (setting == "none")


def test_one_browser_is_signed_out(author: User) -> None:
    here, there, third = browser_with(), browser_with(IPHONE), browser_with()
    seat = seat_of(str(there.session.session_key))
    here.post(reverse("end_sign_in", args=[noted(there).pk]))
    assert [is_signed_in(one) for one in (here, there, third)] == [True, False, True]
    assert still_taken([seat]) == set(), "its streams end too"
    assert len(here.get(reverse("sign_ins")).context["sign_ins"]) == 2
    own = here.post(reverse("end_sign_in", args=[noted(here).pk]))
    assert own["Location"] == reverse("account_login")
    assert not is_signed_in(here)


def test_nobody_signs_out_somebody_else(author: User) -> None:
    make_user("other")
    victim, other = browser_with(), browser_with(login="other")
    row = noted(victim)
    for pk in (row.pk, 10**8):
        answer = other.post(reverse("end_sign_in", args=[pk]))
        assert answer["Location"] == reverse("sign_ins"), "the same for what is not there"
    assert is_signed_in(victim)
    for name, args in (("end_sign_in", [row.pk]), ("end_sign_ins", [])):
        assert victim.get(reverse(name, args=args)).status_code == 405
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = victim.cookies
        assert strict.post(reverse(name, args=args)).status_code == 403
    assert is_signed_in(victim)


def test_signing_out_everywhere_ends_sessions_that_nobody_noted(author: User) -> None:
    here, listed, unlisted = browser_with(), browser_with(IPHONE), signed_in(author)
    seats = [seat_of(str(one.session.session_key)) for one in (here, listed, unlisted)]
    assert still_taken(seats) == set(seats)

    here.post(reverse("end_sign_ins"), {"keep": "this"})
    assert [is_signed_in(one) for one in (here, listed, unlisted)] == [True, False, False]
    assert still_taken(seats) == set(), "this one goes on under another key"
    assert seat_of(str(here.session.session_key)).person == author.pk
    (left,) = here.get(reverse("sign_ins")).context["sign_ins"]
    assert left[1]

    kept = str(here.session.session_key)
    here.post(reverse("end_sign_ins"))
    assert not is_signed_in(here)
    assert seat_of(kept) == NOBODY
    assert SignIn.objects.count() == 0
    assert sign_in(Client(), "author") == 302


def test_a_new_password_leaves_this_browser_in_the_list(author: User) -> None:
    here, there = browser_with(), browser_with(IPHONE)
    began = noted(here).began_at
    data = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    here.post(reverse("account_change_password"), data)
    assert not is_signed_in(there)
    (left,) = here.get(reverse("sign_ins")).context["sign_ins"]
    assert (left[1], left[0].began_at) == (True, began)


def test_browsers_are_seen_now_and_then(author: User) -> None:
    browser = browser_with()
    before = noted(browser).seen_at
    with CaptureQueriesContext(connection) as seen:
        browser.get("/preferences/")
    assert noted(browser).seen_at == before
    assert not any(one["sql"].startswith(("UPDATE", "INSERT")) for one in seen.captured_queries)
    session = browser.session
    pk, key, at = session[NOTED]
    session[NOTED] = [pk, key, at - SEEN_EVERY - 1]
    session.save()
    browser.get("/preferences/")
    assert noted(browser).seen_at > before
    assert time.time() - browser.session[NOTED][2] < SEEN_EVERY


def test_a_site_that_is_being_moved_notes_nothing(author: User, settings: Settings) -> None:
    browser = browser_with()
    session = browser.session
    session[NOTED] = [*session[NOTED][:2], 0]
    session.save()
    before = noted(browser).seen_at
    settings.READ_ONLY = True
    browser.get("/preferences/")
    assert noted(browser).seen_at == before


def test_sessions_that_are_over_leave_the_list(author: User) -> None:
    here, there, third = browser_with(), browser_with(IPHONE), browser_with()
    Session.objects.filter(session_key=there.session.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    third.post(reverse("account_logout"))
    assert len(here.get(reverse("sign_ins")).context["sign_ins"]) == 1
    browser_with()
    assert SignIn.objects.count() == 2, "and the table, when somebody signs in"


def test_the_list_takes_a_constant_number_of_queries(author: User) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            here.get(reverse("sign_ins"))
        return len(seen)

    here = browser_with()
    few = asked()
    for _browser in range(4):
        browser_with()
    assert asked() == few
