"""Signing up, signing in and signing out."""

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from reader.models import User
from tests.factories import PASSWORD, make_user
from tests.web.browsers import (
    is_signed_in,
    link_in,
    sign_in,
    sign_up_data,
)
from tests.web.pages import Page

pytestmark = pytest.mark.django_db


# --- Pages --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name", ["account_login", "account_signup", "account_reset_password", "account_inactive"]
)
def test_pages_for_everybody_are_well_built(client: Client, name: str) -> None:
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert Page(response.text).problems() == []


@pytest.mark.parametrize(
    "name",
    [
        "account_email_verification_sent",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
    ],
)
def test_pages_on_the_way_are_well_built(client: Client, name: str) -> None:
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert Page(response.text).problems() == []


@pytest.mark.parametrize(
    "name", ["account_logout", "account_change_password", "account_email", "account_reauthenticate"]
)
def test_pages_of_the_account_are_well_built_and_need_one(as_author: Client, name: str) -> None:
    response = as_author.get(reverse(name))
    assert response.status_code == 200
    assert Page(response.text).problems() == []
    assert Client().get(reverse(name)).status_code == 302


def test_first_password_page_is_well_built(as_author: Client, author: User) -> None:
    author.set_unusable_password()
    author.save()
    as_author.force_login(author, backend=settings.AUTHENTICATION_BACKENDS[0])
    response = as_author.get(reverse("account_set_password"))
    assert response.status_code == 200
    assert Page(response.text).problems() == []


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_an_empty_form_comes_back_with_errors_tied_to_the_fields(client: Client, name: str) -> None:
    response = client.post(reverse(name), {})
    page = Page(response.text)
    assert page.problems() == []
    missing = [field for field, errors in response.context["form"].errors.items() if errors]
    assert missing
    assert {f"id_{field}_error" for field in missing} <= set(page.described)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("account_login", {"login": "username", "password": "current-password"}),
        (
            "account_signup",
            {
                "username": "username",
                "email": "email",
                "password1": "new-password",
                "password2": "new-password",
            },
        ),
        ("account_reset_password", {"email": "email"}),
    ],
)
def test_browsers_know_what_to_fill_in(client: Client, name: str, expected: dict[str, str]) -> None:
    fields = {field["name"]: field for field in Page(client.get(reverse(name)).text).inputs}
    assert {key: fields[key]["autocomplete"] for key in expected} == expected
    assert not any("placeholder" in field for field in fields.values())


# --- Signing up ---------------------------------------------------------------------------------
def test_signing_up_makes_an_account_and_signs_in(client: Client) -> None:
    response = client.post(reverse("account_signup"), sign_up_data(username="NewComer"))
    assert response.status_code == 302
    person = User.objects.get(username="newcomer")
    assert person.kind == User.Kind.PERSON
    assert not person.is_staff
    assert is_signed_in(client)
    assert [letter.to for letter in mail.outbox] == [["newcomer@example.org"]]


@pytest.mark.parametrize(
    "username",
    ["", "a", "ada lovelace", "ада", "аdmin", "ada\u200d", "𝐚𝐝𝐚", ".ada", "a" * 31, "ada@example"],
)
def test_misshapen_usernames_are_refused(client: Client, username: str) -> None:
    response = client.post(reverse("account_signup"), sign_up_data(username=username))
    assert response.status_code == 200
    assert "username" in response.context["form"].errors
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "username",
    [
        *("admin", "Administrator", "moderator", "postil", "root", "support", "api", "me"),
        *("p0stil", "adm1n", "ad-min", "admin2", "guest", "guest-1f2e"),
    ],
)
def test_usernames_that_speak_for_the_site_are_refused(client: Client, username: str) -> None:
    response = client.post(reverse("account_signup"), sign_up_data(username=username))
    assert "username" in response.context["form"].errors
    assert not User.objects.exists()


def test_a_username_is_taken_once_whatever_the_case(client: Client) -> None:
    make_user("newcomer")
    response = client.post(
        reverse("account_signup"), sign_up_data(username="NEWCOMER", email="other@example.org")
    )
    assert "username" in response.context["form"].errors
    assert User.objects.count() == 1


def test_fields_that_nobody_offered_are_ignored(client: Client) -> None:
    forged = sign_up_data(is_staff="on", is_superuser="on", is_demo="on", kind="guest", name="Root")
    client.post(reverse("account_signup"), forged)
    person = User.objects.get()
    assert (person.is_staff, person.is_superuser, person.is_demo) == (False, False, False)
    assert (person.kind, person.name) == (User.Kind.PERSON, "")


def test_weak_passwords_are_refused(client: Client) -> None:
    response = client.post(
        reverse("account_signup"), sign_up_data(password1="12345678", password2="12345678")
    )
    assert "password1" in response.context["form"].errors
    assert not User.objects.exists()


def test_the_operator_can_close_signing_up(client: Client, settings: Settings) -> None:
    settings.SIGNUP_IS_OPEN = False
    response = client.get(reverse("account_signup"))
    assert 'name="password1"' not in response.text
    assert Page(response.text).problems() == []
    client.post(reverse("account_signup"), sign_up_data())
    assert not User.objects.exists()


def test_an_address_is_confirmed_by_thelink_in_the_letter(client: Client) -> None:
    client.post(reverse("account_signup"), sign_up_data())
    link = link_in(str(mail.outbox[0].body))
    page = client.get(link)
    assert Page(page.text).problems() == []
    assert not EmailAddress.objects.get().verified, "following a link changes nothing"
    assert client.post(link).status_code == 302
    assert EmailAddress.objects.get().verified


def test_a_stale_confirmation_link_says_so(client: Client) -> None:
    response = client.get(reverse("account_confirm_email", args=["stale"]))
    assert response.status_code == 200
    assert Page(response.text).problems() == []
    assert reverse("account_email") in response.text


# --- Signing in and out -------------------------------------------------------------------------
@pytest.mark.parametrize("login", ["author", "AUTHOR", "author@example.org", " author "])
def test_signing_in_by_username_or_address(client: Client, author: User, login: str) -> None:
    assert sign_in(client, login) == 302
    assert is_signed_in(client)


@pytest.mark.parametrize("login", ["author", "nobody", "nobody@example.org"])
def test_a_wrong_password_is_answered_alike_for_known_and_unknown(
    client: Client, author: User, login: str
) -> None:
    response = client.post(reverse("account_login"), {"login": login, "password": "wrong"})
    assert response.status_code == 200
    assert response.context["form"].non_field_errors()
    assert Page(response.text).problems() == []
    assert not is_signed_in(client)


@pytest.mark.parametrize("name", ["account_login", "account_logout", "account_signup"])
@pytest.mark.parametrize(
    "address",
    [
        *("//evil.example", "///evil.example", "/\\evil.example", "https:\\\\evil.example"),
        *("https://evil.example/", "\thttps://evil.example", "http:evil.example"),
        "javascript:alert(1)",
    ],
)
def test_next_never_leads_away(client: Client, author: User, name: str, address: str) -> None:
    data = {"login": "author", "password": PASSWORD, **sign_up_data(), "next": address}
    if name == "account_logout":
        client.force_login(author, backend=settings.AUTHENTICATION_BACKENDS[0])
    response = client.post(reverse(name), data)
    assert response.status_code == 302
    assert response["Location"] == reverse("library")


def test_next_leads_back_to_where_one_was(client: Client, author: User) -> None:
    back = "/d/close-reading/p2/?thread=x#annotate"
    page = client.get(reverse("account_login"), {"next": back})
    assert f'name="next" value="{back}"' in page.text
    data = {"login": "author", "password": PASSWORD, "next": back}
    assert client.post(reverse("account_login"), data)["Location"] == back


def test_a_closed_account_cannot_sign_in(client: Client, author: User) -> None:
    author.is_active = False
    author.save()
    response = client.post(reverse("account_login"), {"login": "author", "password": PASSWORD})
    assert response["Location"] == reverse("account_inactive")
    assert not is_signed_in(client)


def test_signing_out_takes_a_post(as_author: Client) -> None:
    as_author.get(reverse("account_logout"))
    assert is_signed_in(as_author)
    as_author.post(reverse("account_logout"))
    assert not is_signed_in(as_author)
