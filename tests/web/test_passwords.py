"""Passwords, letters, addresses, and the limits on guessing."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from reader.models import User
from tests.factories import PASSWORD
from tests.web.browsers import (
    NEW_PASSWORD,
    is_signed_in,
    link_in,
    reauthenticate,
    sign_in,
    sign_up_data,
)
from tests.web.pages import Page

pytestmark = pytest.mark.django_db


# --- Letters ---------------------------------------------------------------------------------
@pytest.mark.parametrize("page", ["account_reset_password", "account_signup"])
def test_links_in_letters_lead_to_the_sites_own_address(
    client: Client, author: User, page: str
) -> None:
    """Whoever asks chooses the name and the port that they ask by."""
    sent = sign_up_data() if page == "account_signup" else {"email": author.email}
    client.post(reverse(page), sent, headers={"host": "localhost:1234"})
    [letter] = mail.outbox
    assert "1234" not in str(letter.body)
    assert f"{settings.SITE_URL}/accounts/" in str(letter.body)


# --- Limits -------------------------------------------------------------------------------------
def test_guessing_at_one_account_is_stopped_from_any_address(client: Client, author: User) -> None:
    guesses = [
        sign_in(client, "author", "wrong", REMOTE_ADDR=f"198.51.100.{last}") for last in range(6)
    ]
    assert guesses == [200] * 5 + [429]
    response = client.post(reverse("account_login"), {"login": "author", "password": PASSWORD})
    assert response.status_code == 429, "the right password comes too late"
    assert 0 < int(response["Retry-After"]) <= 300
    assert Page(response.text).problems() == []
    assert not is_signed_in(client)


def test_guessing_does_not_start_afresh_under_another_host_header(
    client: Client, author: User
) -> None:
    guesses = [
        sign_in(client, "author", "wrong", HTTP_HOST=f"localhost:{port}")
        for port in range(8000, 8006)
    ]
    assert guesses[-1] == 429


def test_guessing_from_one_address_is_stopped_though_it_forges_forwarding(client: Client) -> None:
    guesses = [
        sign_in(client, f"person{number}", "wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
        for number in range(11)
    ]
    assert guesses == [200] * 10 + [429]


def test_behind_a_trusted_proxy_the_last_hop_counts(client: Client, settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    chains = [f"203.0.113.{number}, 198.51.100.7" for number in range(11)]
    guesses = [sign_in(client, chain, "wrong", HTTP_X_FORWARDED_FOR=chain) for chain in chains]
    assert guesses == [200] * 10 + [429]
    other = sign_in(client, "person", "wrong", HTTP_X_FORWARDED_FOR="203.0.113.1, 198.51.100.8")
    assert other == 200


def test_success_is_not_counted(client: Client, author: User) -> None:
    for _time in range(7):
        assert sign_in(client, "author") == 302
        client.post(reverse("account_logout"))


def test_signing_up_is_limited_per_address(client: Client) -> None:
    for _time in range(20):
        assert client.post(reverse("account_signup"), {}).status_code == 200
    response = client.post(reverse("account_signup"), sign_up_data())
    assert response.status_code == 429
    assert response["Retry-After"] == "60"
    assert not User.objects.exists()


def test_limits_are_counted_where_all_workers_see_them() -> None:
    assert str(settings.CACHES["default"]["BACKEND"]).rpartition(".")[2] in {
        "CountingCache",
        "RedisCache",
    }


# --- Passwords ----------------------------------------------------------------------------------
def test_changing_the_password_ends_the_other_sessions(as_author: Client) -> None:
    elsewhere = Client()
    sign_in(elsewhere, "author")
    assert is_signed_in(elsewhere)
    data = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    response = as_author.post(reverse("account_change_password"), data)
    assert response["Location"] == reverse("settings")
    assert is_signed_in(as_author)
    assert not is_signed_in(elsewhere)
    assert "password" in mail.outbox[-1].subject, "the owner is told"


def test_changing_the_password_takes_the_one_so_far(as_author: Client, author: User) -> None:
    data = {"oldpassword": "wrong", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    response = as_author.post(reverse("account_change_password"), data)
    assert "oldpassword" in response.context["form"].errors
    assert Page(response.text).problems() == []
    author.refresh_from_db()
    assert author.check_password(PASSWORD)


def _letters_in(folder: Path) -> list[str]:
    parsed = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted(folder.iterdir())
    ]
    return [str(letter.get_content()) for letter in parsed]


def test_a_forgotten_password_is_replaced_through_the_mail_folder(
    client: Client, author: User, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    elsewhere = Client()
    sign_in(elsewhere, "author")
    asked = client.post(reverse("account_reset_password"), {"email": "author@example.org"})
    assert asked["Location"] == reverse("account_reset_password_done")

    (letter,) = _letters_in(tmp_path)
    link = link_in(letter)
    form = client.get(link, follow=True)
    assert form.status_code == 200
    assert Page(form.text).problems() == []
    assert link not in form.request["PATH_INFO"], "the key is not in the address of the form"

    data = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    done = client.post(form.request["PATH_INFO"], data)
    assert done["Location"] == reverse("account_reset_password_from_key_done")
    assert not is_signed_in(elsewhere)
    assert sign_in(client, "author", NEW_PASSWORD) == 302

    again = Client().get(link, follow=True)
    assert again.status_code == 200
    assert Page(again.text).problems() == []
    assert "password1" not in again.text, "a link works once"


def test_asking_for_a_new_password_does_not_tell_who_has_an_account(
    client: Client, author: User
) -> None:
    known = client.post(reverse("account_reset_password"), {"email": "author@example.org"})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})
    assert known["Location"] == unknown["Location"]
    assert [letter.to for letter in mail.outbox] == [["author@example.org"], ["nobody@example.org"]]


def test_letters_go_into_the_data_folder_by_default() -> None:
    assert Path(settings.EMAIL_FILE_PATH) == Path(settings.DATA_DIR) / "mail"


def test_letters_are_plain_and_escape_nothing(client: Client) -> None:
    client.post(reverse("account_signup"), sign_up_data(email="o'brien@example.org"))
    letter = mail.outbox[0]
    assert "\n" not in letter.subject
    reauthenticate(client, NEW_PASSWORD)
    data = {"email": "d'arcy@example.org", "action_add": ""}
    client.post(reverse("account_email"), data)
    assert "d'arcy@example.org" in mail.outbox[-1].body
    assert not getattr(mail.outbox[-1], "alternatives", [])


# --- Addresses ----------------------------------------------------------------------------------
def test_addresses_are_added_made_the_main_one_and_removed(client: Client, author: User) -> None:
    sign_in(client, "author")
    reauthenticate(client)
    page = reverse("account_email")
    client.post(page, {"email": "second@example.org", "action_add": ""})
    assert Page(client.get(page).text).problems() == []
    client.post(page, {"email": "second@example.org", "action_primary": ""})
    author.refresh_from_db()
    assert author.email == "second@example.org"
    client.post(page, {"email": "author@example.org", "action_remove": ""})
    assert [one.email for one in EmailAddress.objects.all()] == ["second@example.org"]


def test_addresses_are_safe_in_a_browser_left_open(client: Client, author: User) -> None:
    sign_in(client, "author")
    data = {"email": "other@example.org", "action_add": ""}
    response = client.post(reverse("account_email"), data)
    assert response["Location"].startswith(reverse("account_reauthenticate"))
    assert (
        f'name="next" value="{reverse("account_email")}"' in client.get(response["Location"]).text
    )
    refused = client.post(reverse("account_reauthenticate"), {"password": "wrong"})
    assert "password" in refused.context["form"].errors
    assert not EmailAddress.objects.filter(email="other@example.org").exists()
    reauthenticate(client)
    assert EmailAddress.objects.filter(email="other@example.org").exists(), "nothing is typed twice"


def test_an_address_that_is_none_is_refused(client: Client, author: User) -> None:
    sign_in(client, "author")
    reauthenticate(client)
    response = client.post(reverse("account_email"), {"email": "nonsense", "action_add": ""})
    assert "email" in response.context["form"].errors
    assert Page(response.text).problems() == []
