"""Trying to get in: how often, and that guessing locks nobody out."""

import time

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from reader.models import User
from reader.web import limits
from tests.factories import PASSWORD, make_user
from tests.web.browsers import NEW_PASSWORD, is_signed_in, link_in, sign_in, sign_up_data
from tests.web.factors import again, code_of, give_codes, wrong_code
from tests.web.pages import Page

pytestmark = pytest.mark.django_db


def guess(login: str, times: int = 12) -> list[int]:
    """Guess at an account, each time from another address."""
    return [
        sign_in(Client(), login, "wrong", REMOTE_ADDR=f"198.51.100.{last}")
        for last in range(1, times + 1)
    ]


# --- Locking nobody out ---------------------------------------------------------------------------
def test_guessing_keeps_nobody_out_of_a_browser_that_knows_them(author: User) -> None:
    own = Client()
    assert sign_in(own, "author") == 302
    own.post(reverse("account_logout"))
    assert guess("author")[-1] == 429
    assert sign_in(Client(), "author") == 429, "a new browser waits"
    assert sign_in(own, "author") == 302
    own.post(reverse("account_logout"))
    assert sign_in(own, "author@example.org") == 302, "by either name"


def test_a_letter_lets_its_reader_in_while_others_guess(author: User) -> None:
    assert guess("author")[-1] == 429
    browser = Client()
    browser.post(reverse("account_reset_password"), {"email": "author@example.org"})
    form = browser.get(link_in(str(mail.outbox[-1].body)), follow=True)
    data = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    browser.post(form.request["PATH_INFO"], data)
    assert not is_signed_in(browser)
    assert sign_in(browser, "author", NEW_PASSWORD) == 302


def test_a_browser_that_is_known_guesses_no_more_than_others(author: User) -> None:
    own = Client()
    sign_in(own, "author")
    own.post(reverse("account_logout"))
    answers = [
        sign_in(own, "author", "wrong", REMOTE_ADDR=f"198.51.100.{last}") for last in range(6)
    ]
    assert answers == [200] * 5 + [429]


@pytest.mark.parametrize("sent", ["other", "", "x", "1:2:3", "W10:abc:def"])
def test_no_cookie_but_ones_own_helps(author: User, sent: str) -> None:
    make_user("other")
    browser = Client()
    sign_in(browser, "other")
    browser.post(reverse("account_logout"))
    if sent != "other":
        browser.cookies[limits.cookie_name()] = sent
    assert guess("author")[-1] == 429
    assert sign_in(browser, "author") == 429


def test_the_cookie_is_for_our_account_pages_alone(author: User, settings: Settings) -> None:
    settings.SECURE = True
    browser = Client()
    sign_in(browser, "author")
    cookie = browser.cookies["__Secure-known"]
    assert (cookie["path"], cookie["samesite"]) == ("/accounts/", "Lax")
    assert cookie["secure"]
    assert cookie["httponly"]
    assert "author" not in cookie.value


# --- Saying so ------------------------------------------------------------------------------------
def test_who_must_wait_keeps_the_name_and_is_told_how_long(author: User) -> None:
    guess("author")
    data = {"login": "author", "password": PASSWORD}
    response = Client().post(reverse("account_login"), data)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 300
    page = Page(response.text)
    assert page.problems() == []
    assert 'value="author"' in response.text
    assert PASSWORD not in response.text
    assert "There were too many attempts." in response.text


def test_no_answer_tells_whether_there_is_such_an_account(author: User) -> None:
    def told(login: str) -> list[tuple[int, str]]:
        answers = []
        for last in range(7):
            browser = Client(REMOTE_ADDR=f"203.0.113.{last}")
            data = {"login": login, "password": "wrong"}
            response = browser.post(reverse("account_login"), data)
            errors = " ".join(response.context["form"].non_field_errors())
            answers.append((response.status_code, errors))
        return answers

    assert told("author") == told("nobody-here")
    assert told("author@example.org") == told("nobody@example.org"), "two names, two counts"


def test_asking_for_letters_is_limited_by_address_and_mailbox(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, data = reverse("account_reset_password"), {"email": "author@example.org"}

    def ask(last: int) -> int:
        browser = Client(REMOTE_ADDR=f"198.51.100.{last}")
        answer = browser.post(page, data)
        if answer.status_code == 429:
            assert int(answer["Retry-After"]) > 0
            assert 'value="author@example.org"' in answer.text
            assert Page(answer.text).problems() == []
        return answer.status_code

    assert [ask(last) for last in range(6)] == [302] * 5 + [429]
    began = time.time
    answers = []
    for minute in range(1, 6):
        monkeypatch.setattr(time, "time", lambda passed=61 * minute: began() + passed)
        answers += [ask(last) for last in range(5)]
    assert answers[-1] == 429
    assert len(mail.outbox) == 20, "a day"


def test_signing_up_too_often_gives_the_names_back(client: Client) -> None:
    for _time in range(20):
        client.post(reverse("account_signup"), {})
    response = client.post(reverse("account_signup"), sign_up_data())
    assert response.status_code == 429
    assert Page(response.text).problems() == []
    assert 'value="newcomer"' in response.text
    assert 'value="newcomer@example.org"' in response.text
    assert NEW_PASSWORD not in response.text


# --- The second step ------------------------------------------------------------------------
def test_guessing_codes_is_slow_by_the_day(author: User, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = give_codes(author)
    began, guessed, browser = time.time, 0, Client()
    for turn in range(8):
        monkeypatch.setattr(time, "time", lambda passed=301 * turn: began() + passed)
        browser = Client(REMOTE_ADDR=f"198.51.100.{turn}")
        sign_in(browser, "author")
        for _guess in range(5):
            code = {"code": wrong_code()}
            guessed += browser.post(reverse("mfa_authenticate"), code).status_code == 200
    assert guessed == 30
    last = browser.post(reverse("mfa_authenticate"), {"code": code_of()})
    assert (last.status_code, last["Retry-After"]) == (429, "86400")
    assert browser.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 429

    mending = Client()
    mending.post(reverse("account_reset_password"), {"email": "author@example.org"})
    form = mending.get(link_in(str(mail.outbox[-1].body)), follow=True)
    data = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    mending.post(form.request["PATH_INFO"], data)
    assert sign_in(mending, "author", NEW_PASSWORD) == 302
    assert mending.post(reverse("mfa_authenticate"), {"code": code_of()}).status_code == 302
    assert is_signed_in(mending), "a new password leaves the guesser behind"


def test_right_codes_are_not_counted(author: User) -> None:
    codes = give_codes(author)
    for code in codes[:8]:
        browser = Client()
        sign_in(browser, "author")
        assert browser.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302


def test_codes_are_counted_by_address_as_trusted_proxies_say(
    settings: Settings,
) -> None:
    people = [make_user() for _number in range(4)]
    for person in people:
        give_codes(person)
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    answers = []
    for number, person in enumerate(people):
        browser = Client(HTTP_X_FORWARDED_FOR=f"203.0.113.{number}, 198.51.100.7")
        sign_in(browser, person.username)
        for _guess in range(3):
            code = {"code": wrong_code()}
            answers.append(browser.post(reverse("mfa_authenticate"), code).status_code)
    assert answers == [200] * 10 + [429] * 2


def test_showing_that_it_is_you_is_counted_for_yourself(author: User) -> None:
    browser = Client()
    sign_in(browser, "author")
    assert guess("author@example.org")[-1] == 429
    page = reverse("mfa_activate_totp")
    again(browser, page)
    assert browser.get(page).status_code == 200, "what strangers guess is not your count"
    wrong = {"password": "wrong", "next": page}
    answers = [
        browser.post(reverse("account_reauthenticate"), wrong).status_code for _guess in range(6)
    ]
    assert answers == [200] * 5 + [429]
