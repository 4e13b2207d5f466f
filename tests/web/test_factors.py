"""Second steps: who is asked for one, what sleeps without, and how they are set up and lost."""

import json
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings as site
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.fixtures import Settings

from reader import policy
from reader.actions.moderation import decide
from reader.models import Document, User
from reader.queries.access import access_by
from tests.api.hypothesis_client import Api, token_for
from tests.factories import PASSWORD, make_annotation, make_user, promote
from tests.web.browsers import is_signed_in, sign_in, signed_in
from tests.web.factors import (
    again,
    code_of,
    forget_limits,
    give_codes,
    kinds,
    set_up_codes,
    wrong_code,
)
from tests.web.pages import Page

pytestmark = pytest.mark.django_db
PAGES = ("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes")


@pytest.fixture
def _asked(settings: Settings) -> None:
    settings.SECOND_FACTOR_FOR = "staff"


def second_step(client: Client, code: str) -> int:
    """Return the status of an answer to a code after the password."""
    return client.post(reverse("mfa_authenticate"), {"code": code}).status_code


# --- Setting it up ------------------------------------------------------------------------------
def test_an_address_to_confirm_first_is_named(as_author: Client, author: User) -> None:
    EmailAddress.objects.filter(user=author).delete()
    EmailAddress.objects.create(user=author, email="new@example.org", primary=True, verified=False)
    page = as_author.get(reverse("mfa_index")).content.decode()
    assert "Confirm your address new@example.org first" in page
    assert reverse("account_email") in page
    assert not Page(page).problems()
    EmailAddress.objects.filter(user=author).update(verified=True)
    assert "new@example.org" not in as_author.get(reverse("mfa_index")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_codes_are_set_up_and_then_asked_for(as_author: Client, author: User) -> None:
    secret = set_up_codes(as_author)
    assert kinds(author) == {"totp", "recovery_codes"}
    assert mail.outbox[-1].to == ["author@example.org"], "the owner is told"
    stored = json.dumps([one.data for one in Authenticator.objects.all()])
    assert secret not in stored, "it is encrypted"

    elsewhere = Client()
    assert sign_in(elsewhere, "author") == 302
    assert not is_signed_in(elsewhere), "the password alone is not enough"
    assert Page(elsewhere.get(reverse("mfa_authenticate")).text).problems() == []
    assert second_step(elsewhere, wrong_code()) == 200
    assert not is_signed_in(elsewhere)
    assert second_step(elsewhere, code_of(secret, steps=1)) == 302, "a clock may be a little wrong"
    assert is_signed_in(elsewhere)


def test_recovery_codes_are_shown_once_and_good_once(as_author: Client, author: User) -> None:
    set_up_codes(as_author)
    page = reverse("mfa_view_recovery_codes")
    shown = as_author.get(page)
    assert Page(shown.text).problems() == []
    codes = shown.context["unused_codes"]
    assert len(codes) == 10
    later = as_author.get(page).text
    assert not any(code in later for code in codes)
    assert as_author.get(reverse("mfa_download_recovery_codes")).status_code in {403, 404}
    for attempt, status in ((codes[3], 302), (codes[3], 200), (codes[4], 302)):
        browser = Client()
        sign_in(browser, "author")
        assert second_step(browser, attempt) == status


def test_new_recovery_codes_end_those_before(as_author: Client, author: User) -> None:
    (old, *_rest) = give_codes(author)
    again(as_author, reverse("mfa_index"))
    assert as_author.post(reverse("mfa_generate_recovery_codes")).status_code == 302
    browser = Client()
    sign_in(browser, "author")
    assert second_step(browser, old) == 200
    new = as_author.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    assert second_step(browser, new[0]) == 302


def test_a_code_is_good_once_even_while_a_wrong_clock_would_let_it(author: User) -> None:
    give_codes(author)
    code = code_of()
    for status in (302, 200):
        browser = Client()
        sign_in(browser, "author")
        assert second_step(browser, code) == status


def test_the_first_second_step_ends_other_sessions(as_author: Client, author: User) -> None:
    elsewhere = signed_in(author)
    assert is_signed_in(elsewhere)
    set_up_codes(as_author)
    assert is_signed_in(as_author)
    assert not is_signed_in(elsewhere), "it never took the second step"


def test_the_first_second_step_ends_what_speaks_for_somebody(
    as_author: Client, author: User
) -> None:
    """What was made by the password alone would have the rights that wake with the step."""
    assert access_by(token_for(author)) is not None
    secret = token_for(author)
    set_up_codes(as_author)
    assert access_by(secret) is None
    later = token_for(author)
    assert access_by(later) is not None


@pytest.mark.parametrize("name", PAGES)
def test_pages_need_an_account_and_the_password_again(client: Client, name: str) -> None:
    person = make_user("somebody")
    give_codes(person)
    if name == "mfa_activate_totp":
        Authenticator.objects.filter(type="totp").delete()
    page = reverse(name)
    assert client.get(page)["Location"].startswith(reverse("account_login"))
    browser = signed_in(person)
    if name != "mfa_index":
        assert browser.get(page)["Location"].startswith(reverse("account_reauthenticate"))
        assert browser.post(page)["Location"].startswith(reverse("account_reauthenticate"))
        again(browser, page)
    response = browser.get(page)
    assert response.status_code == 200
    assert Page(response.text).problems() == []
    assert "no-store" in response["Cache-Control"]
    policy_sent = response["Content-Security-Policy"]
    assert "unsafe" not in policy_sent
    assert "script-src 'self'" in policy_sent


def test_the_password_again_offers_other_ways(as_author: Client, author: User) -> None:
    give_codes(author)
    first = as_author.get(reverse("account_reauthenticate"))
    assert reverse("mfa_reauthenticate") in first.text
    page = reverse("mfa_reauthenticate")
    assert Page(as_author.get(page).text).problems() == []
    assert as_author.post(page, {"code": wrong_code()}).status_code == 200
    right = {"code": code_of(), "next": reverse("mfa_index")}
    assert as_author.post(page, right).status_code == 302
    assert as_author.get(reverse("mfa_deactivate_totp")).status_code == 200


def test_codes_can_be_switched_off_where_nobody_asks_for_them(
    as_author: Client, author: User
) -> None:
    give_codes(author)
    page = reverse("mfa_deactivate_totp")
    again(as_author, page)
    assert Page(as_author.get(page).text).problems() == []
    assert as_author.post(page).status_code == 302
    assert kinds(author) == set(), "recovery codes go with the last one"
    assert sign_in(Client(), "author") == 302


def test_a_secret_whose_key_is_gone_lets_nobody_in(author: User, settings: Settings) -> None:
    codes = give_codes(author)
    settings.SECRET_KEY_FALLBACKS = [site.SECRET_KEY]
    settings.SECRET_KEY = "another key for tests, which protects nothing either"
    browser = Client()
    sign_in(browser, "author")
    assert second_step(browser, code_of()) == 302, "the earlier key still reads it"
    settings.SECRET_KEY_FALLBACKS = []
    browser = Client()
    sign_in(browser, "author")
    call_command("renew_secrets")
    assert [second_step(browser, code) for code in (code_of(steps=1), codes[0])] == [200, 200]


def test_secrets_move_to_a_new_key(
    author: User, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = give_codes(author)
    Authenticator.objects.create(user=author, type="webauthn", data={"name": "blue"})
    settings.SECRET_KEY_FALLBACKS = [site.SECRET_KEY]
    settings.SECRET_KEY = "another key for tests, which protects nothing either"
    call_command("renew_secrets")
    assert capsys.readouterr().out == "Encrypted by the key of now: 2.\n"
    settings.SECRET_KEY_FALLBACKS = []
    for code in (code_of(), codes[0]):
        browser = Client()
        sign_in(browser, "author")
        assert second_step(browser, code) == 302
    settings.SECRET_KEY = "a third one, of which the site was never told"
    call_command("renew_secrets")
    assert "No key of this site reads 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    "sent",
    [
        *("", "x", "[]", "1", "null", '{"id": 1}', '{"response"', "\u0000"),
        '{"type": "public-key", "id": "AA"}',
        '{"type": "public-key", "id": "AA", "rawId": "AA", "response": {"userHandle": 7}}',
    ],
)
@pytest.mark.parametrize("name", ["mfa_login_webauthn", "mfa_authenticate", "mfa_add_webauthn"])
def test_nonsense_for_a_passkey_is_refused(author: User, name: str, sent: str) -> None:
    browser = Client()
    if name == "mfa_add_webauthn":
        browser = signed_in(author)
        again(browser, reverse(name))
        browser.get(reverse(name))
    elif name == "mfa_authenticate":
        give_codes(author)
        sign_in(browser, "author")
        browser.get(reverse(name))
    else:
        browser.get(reverse(name), headers={"accept": "application/json"})
    before = Authenticator.objects.count()
    response = browser.post(reverse(name), {"credential": sent})
    assert response.status_code in {200, 302}
    assert Authenticator.objects.count() == before
    assert is_signed_in(browser) == (name == "mfa_add_webauthn")


def test_somebody_elses_passkey_cannot_be_renamed_or_removed(as_author: Client) -> None:
    other = make_user("other")
    row = Authenticator.objects.create(user=other, type="webauthn", data={"name": "blue"})
    again(as_author, reverse("mfa_index"))
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        for answer in (as_author.get, as_author.post):
            assert answer(reverse(name, args=[row.pk])).status_code == 404
    row.refresh_from_db()
    assert row.data == {"name": "blue"}


# --- Who is asked ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("part", "asked"),
    [
        ("stranger", False),
        ("document:reviewer", False),
        ("document:editor", False),
        ("document:moderator", True),
        ("moderator", True),
        ("editor", True),
        ("admin", True),
    ],
)
def test_the_site_asks_whom_it_trusts(
    settings: Settings, document: Document, part: str, asked: bool
) -> None:
    person = make_user()
    if part != "stranger":
        person = promote(person, part, document)
    expected = {"nobody": False, "staff": asked, "everybody": True}
    for setting, wanted in expected.items():
        settings.SECOND_FACTOR_FOR = setting
        assert policy.must_have_factor(person) is wanted, setting


Deed = Callable[[User, Document], bool]


def _parts(person: User, document: Document) -> dict[str, bool]:
    return {
        "everywhere": policy.may_moderate_everywhere(person),
        "here": policy.may_moderate(person, document),
        "anything": policy.moderates_anything(person),
        "edits": policy.may_edit_everywhere(person),
        "edits here": policy.may_edit_document(person, document),
        "people": policy.may_manage_people(person),
        "reviews": policy.may_review(person, document),
    }


@pytest.mark.parametrize("part", ["document:moderator", "moderator", "editor", "admin"])
@pytest.mark.usefixtures("_asked")
def test_rights_sleep_until_there_is_a_second_step(document: Document, part: str) -> None:
    person = promote(make_user(), part, document)
    assert not any(_parts(person, document).values())
    give_codes(person)
    assert any(_parts(User.objects.get(pk=person.pk), document).values())
    call_command("forget_factors", person.username)
    assert not any(_parts(User.objects.get(pk=person.pk), document).values())


@pytest.mark.usefixtures("_asked")
def test_parts_that_nobody_asks_a_second_step_for_are_awake(document: Document) -> None:
    reviewer = promote(make_user(), "document:reviewer", document)
    assert policy.may_review(reviewer, document)
    staff = promote(promote(make_user(), "document:editor", document), "moderator")
    assert not policy.may_edit_document(staff, document), "the site's own people are asked"


@pytest.mark.usefixtures("_asked")
def test_nobody_decides_without_a_second_step(moderator: User, document: Document) -> None:
    annotation = make_annotation(make_user(), document)
    with pytest.raises(policy.Refused):
        decide(moderator=moderator, annotation=annotation, act="deny", reason="spam")
    give_codes(moderator)
    awake = User.objects.get(pk=moderator.pk)
    decide(moderator=awake, annotation=annotation, act="deny", reason="spam")
    annotation.refresh_from_db()
    assert annotation.status == "denied"


@pytest.mark.usefixtures("_asked")
def test_tokens_made_earlier_sleep_too(moderator: User, document: Document) -> None:
    annotation = make_annotation(make_user(), document)
    program = Api(moderator)

    def hide() -> int:
        status: int = program.ask("put", f"annotations/{annotation.uid}/hide").status_code
        return status

    assert hide() in {403, 404}
    annotation.refresh_from_db()
    assert annotation.status == "approved"
    give_codes(moderator)
    assert hide() in {200, 204}


@pytest.mark.usefixtures("_asked")
def test_the_admin_leads_to_the_second_step(moderator: User, document: Document) -> None:
    browser = signed_in(moderator)
    for path in ("/admin/", "/admin/reader/queueitem/", "/admin/reader/decision/"):
        refused = browser.get(path, follow=True)
        assert refused.redirect_chain[-1][0] == reverse("mfa_index"), path
        assert "This site asks for one" in refused.text
    assert browser.get(f"/d/{document.slug}/").status_code == 200, "what is public can be read"
    assert reverse("mfa_index") in browser.get("/").text, "and the way to it is on every page"
    set_up_codes(browser)
    assert browser.get("/admin/").status_code == 200
    assert "second step" not in browser.get("/").text


@pytest.mark.usefixtures("_asked")
def test_an_administrator_signs_in_to_the_admin_in_two_steps(document: Document) -> None:
    admin = promote(make_user("boss"), "admin")
    give_codes(admin)
    browser = Client()
    asked = browser.get("/admin/")
    page = browser.get(asked["Location"])["Location"]
    data = {"login": "boss", "password": PASSWORD, "next": "/admin/"}
    assert browser.post(page, data)["Location"] == reverse("mfa_authenticate")
    assert browser.get("/admin/").status_code == 302
    done = browser.post(reverse("mfa_authenticate"), {"code": code_of()})
    assert done["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 200


@pytest.mark.usefixtures("_asked")
def test_who_is_asked_is_led_there_by_signing_in(moderator: User) -> None:
    browser = Client()
    response = browser.post(reverse("account_login"), {"login": "mod", "password": PASSWORD})
    assert response["Location"] == reverse("mfa_index")
    make_user("plain")
    response = Client().post(reverse("account_login"), {"login": "plain", "password": PASSWORD})
    assert response["Location"] == reverse("library")


@pytest.mark.usefixtures("_asked")
def test_the_last_second_step_stays_where_it_is_asked_for(moderator: User) -> None:
    give_codes(moderator)
    browser = signed_in(moderator)
    page = reverse("mfa_deactivate_totp")
    again(browser, page)
    assert "It is your last one" in browser.get(page).text
    browser.post(page)
    assert "totp" in kinds(moderator)
    key = Authenticator.objects.create(user=moderator, type="webauthn", data={"name": "blue"})
    browser.post(page)
    assert kinds(moderator) == {"webauthn", "recovery_codes"}, "another one takes its place"
    removing = browser.post(reverse("mfa_remove_webauthn", args=[key.pk]))
    assert removing["Location"] == reverse("mfa_index")
    assert kinds(moderator) == {"webauthn", "recovery_codes"}


def test_everybody_may_be_asked(settings: Settings, document: Document, author: User) -> None:
    settings.SECOND_FACTOR_FOR = "everybody"
    with pytest.raises(policy.Refused, match="second step"):
        make_annotation(author, document)
    give_codes(author)
    assert make_annotation(User.objects.get(pk=author.pk), document).pk


def test_knowing_of_the_second_step_costs_a_page_no_query(
    settings: Settings, moderator: User, document: Document
) -> None:
    give_codes(moderator)
    browser = signed_in(moderator)
    counted = []
    for setting in ("nobody", "staff"):
        settings.SECOND_FACTOR_FOR = setting
        for page in ("/preferences/", f"/d/{document.slug}/", "/admin/reader/queueitem/"):
            browser.get(page)
            with CaptureQueriesContext(connection) as seen:
                assert browser.get(page).status_code == 200
            counted.append(len(seen))
    assert counted[:3] == counted[3:]


# --- Lost ---------------------------------------------------------------------------------------
def test_an_operator_takes_a_lost_second_step_away(
    author: User, caplog: pytest.LogCaptureFixture
) -> None:
    give_codes(author)
    browser = signed_in(author)
    call_command("forget_factors", "Author")
    assert kinds(author) == set()
    assert not is_signed_in(browser)
    assert f"account {author.pk}" in caplog.text
    assert "author" not in caplog.text.replace("authority", ""), "the log names nobody"
    assert sign_in(browser, "author") == 302
    assert is_signed_in(browser)
    with pytest.raises(CommandError, match="Nobody is called"):
        call_command("forget_factors", "nobody-here")


def test_guessing_codes_is_stopped_and_told(author: User) -> None:
    give_codes(author)
    browser = Client()
    sign_in(browser, "author")
    page = reverse("mfa_authenticate")
    answers = [browser.post(page, {"code": wrong_code()}) for _guess in range(6)]
    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 300
    assert Page(answers[-1].text).problems() == []
    assert second_step(browser, code_of()) == 429, "the right one comes too late"
    forget_limits()
    assert second_step(browser, code_of()) == 302
