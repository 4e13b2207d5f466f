"""The popup and the token endpoint, as clients use them and as thieves would."""

import json
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from reader.actions import oauth as actions
from reader.actions.access import end_access
from reader.models import OAuthClient, OAuthCode, OAuthGrant, OAuthToken, User
from reader.queries.access import access_by
from reader.queries.oauth import Asking, is_origin
from tests import factories
from tests.web.browsers import signed_in

HERE = "http://testserver"
COOP = "Cross-Origin-Opener-Policy"
MESSAGE = re.compile(r'<script id="oauth-message" type="application/json">(.*?)</script>')


def question(**changes: str | None) -> str:
    """Return the address that a client opens; None leaves a parameter out."""
    sent = {
        "client_id": "postil",
        "origin": HERE,
        "response_mode": "web_message",
        "response_type": "code",
        "state": "c2ef7e1d",
        "action": "login",
        **changes,
    }
    return "/oauth/authorize?" + urlencode({k: v for k, v in sent.items() if v is not None})


def told(response: Any) -> dict[str, str]:
    """Return the message that the page hands to the window that opened it."""
    found = MESSAGE.search(response.content.decode())
    assert found, response.content.decode()
    message: dict[str, str] = json.loads(found[1])
    return message


def a_code(person: User, **changes: str) -> str:
    """Return a code that the person let a client have."""
    answer = signed_in(person).post(question(**changes), {"act": "allow"})
    return told(answer)["code"]


def token(**sent: str) -> Any:
    """Return what the token endpoint answers."""
    return Client().post("/api/token", urlencode(sent), "application/x-www-form-urlencoded")


def exchange(code: str, client_id: str = "postil") -> Any:
    return token(grant_type="authorization_code", code=code, client_id=client_id)


def renew(refresh: str) -> Any:
    return token(grant_type="refresh_token", refresh_token=refresh)


def profile(access: str) -> int:
    headers = {"Authorization": f"Bearer {access}"}
    return Client().get("/api/profile", headers=headers).status_code


@pytest.fixture
def elsewhere(db: None) -> OAuthClient:
    """A client on another site."""
    return OAuthClient.objects.create(
        client_id="elsewhere", name="Elsewhere", origins=["https://else.example"]
    )


def test_a_client_gets_tokens_that_speak_for_the_person(author: User) -> None:
    page = signed_in(author).get(question())
    assert page.status_code == 200
    assert "Ada Author" in page.content.decode()
    assert not OAuthCode.objects.exists()
    answer = signed_in(author).post(question(), {"act": "allow"})
    message = told(answer)
    assert (message["type"], message["state"]) == ("authorization_response", "c2ef7e1d")
    assert f'data-origin="{HERE}"' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    issued = exchange(message["code"])
    assert issued.status_code == 200
    assert issued["Cache-Control"] == "no-store"
    body = issued.json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 3600
    assert body["scope"] == "read write groups moderate"
    found = access_by(body["access_token"])
    assert found is not None
    assert found.viewer == author
    assert found.scopes == {"read", "write", "groups", "moderate"}


def test_cancelling_says_so_and_stores_nothing(author: User) -> None:
    answer = signed_in(author).post(question(), {"act": "cancel"})
    assert told(answer) == {"type": "authorization_canceled", "state": "c2ef7e1d"}
    assert not OAuthCode.objects.exists()


def test_whoever_is_not_signed_in_comes_back_with_the_whole_question(author: User) -> None:
    client = Client()
    for action, page in (("login", "account_login"), ("signup", "account_signup")):
        asked = question(action=action)
        sent = client.get(asked)
        assert sent["Location"] == reverse(page) + "?" + urlencode({"next": asked})
        assert sent[COOP] == "unsafe-none"
        assert client.get(sent["Location"])[COOP] == "unsafe-none"
    form = {"login": "author", "password": factories.PASSWORD, "next": question()}
    wrong = client.post(reverse("account_login"), {**form, "password": "wrong"})
    assert wrong[COOP] == "unsafe-none"
    back = client.post(reverse("account_login"), form)
    assert (back["Location"], back[COOP]) == (question(), "unsafe-none")
    assert client.get(question()).status_code == 200


def test_a_post_by_nobody_allows_nothing(db: None) -> None:
    answer = Client().post(question(), {"act": "allow"})
    assert answer.status_code == 302
    assert not OAuthCode.objects.exists()


def test_allowing_needs_the_form_of_this_page(author: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(author, backend="reader.web.signing_in.Backend")
    assert client.post(question(), {"act": "allow"}).status_code == 403
    assert not OAuthCode.objects.exists()


def test_somebody_else_can_sign_in(author: User) -> None:
    client = signed_in(author)
    answer = client.post(question(), {"act": "switch"})
    assert answer["Location"].startswith(reverse("account_login"))
    assert client.get(question()).status_code == 302


def test_all_other_pages_stay_alone_with_their_origin(author: User) -> None:
    document = factories.make_document()
    client = signed_in(author)
    login = reverse("account_login")
    for path in ("/", document.get_absolute_url(), reverse("settings"), reverse("tokens")):
        assert client.get(path)[COOP] == "same-origin", path
    for path in (login, f"{login}?next=/", f"{login}?next=//e.example/oauth/authorize?"):
        assert Client().get(path)[COOP] == "same-origin", path
    page = client.get(question())
    assert page[COOP] == "unsafe-none"
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "*"},
        {"origin": None},
        {"origin": "http://testserver/"},
        {"origin": "http://testserver.evil.example"},
        {"origin": "http://evil@testserver"},
        {"origin": "http://testserver:81"},
        {"origin": "https://testserver"},
        {"origin": "HTTP://testserver"},
        {"origin": "javascript:alert(1)"},
        {"client_id": None},
        {"client_id": "nobody"},
        {"client_id": "postil'--"},
        {"client_id": "x" * 5000},
        {"response_mode": "fragment"},
        {"response_type": "token"},
        {"state": None},
        {"state": "x" * 501},
        {"state": "a\nb"},
    ],
)
def test_a_question_that_is_not_allowed_is_refused(
    author: User, changes: dict[str, str | None]
) -> None:
    client = signed_in(author)
    for answer in (
        client.get(question(**changes)),
        client.post(question(**changes), {"act": "allow"}),
        client.post(question(**changes), {"act": "cancel"}),
        Client().get(question(**changes)),
    ):
        assert answer.status_code == 400
        assert "oauth.js" not in answer.content.decode()
    assert not OAuthCode.objects.exists()


def test_a_question_that_says_something_twice_is_refused(author: User) -> None:
    twice = question() + "&origin=https%3A%2F%2Fevil.example"
    assert signed_in(author).get(twice).status_code == 400


def test_a_client_on_another_site_gets_codes_there_alone(
    author: User, elsewhere: OAuthClient
) -> None:
    client = signed_in(author)
    there = question(client_id="elsewhere", origin="https://else.example")
    assert "Elsewhere wants to annotate" in client.get(there).content.decode()
    assert client.get(question(client_id="elsewhere")).status_code == 400
    elsewhere.is_active = False
    elsewhere.save()
    assert client.get(there).status_code == 400


def test_a_loopback_site_goes_by_all_its_names_at_its_own_port(author: User) -> None:
    client = signed_in(author)
    at = "localhost:8123"
    for origin in ("http://127.0.0.1:8123", "http://localhost:8123"):
        assert client.get(question(origin=origin), headers={"Host": at}).status_code == 200
    for origin in ("http://127.0.0.1:8124", "http://localhost", "https://localhost:8123"):
        assert client.get(question(origin=origin), headers={"Host": at}).status_code == 400


def test_a_public_site_does_not_go_by_loopback_names(author: User, settings: Any) -> None:
    settings.IS_LOOPBACK, settings.SITE_URL = False, "https://postil.example"
    client = signed_in(author)
    assert client.get(question(origin="https://postil.example")).status_code == 200
    assert client.get(question(origin="http://127.0.0.1")).status_code == 400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.example", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("https://a.example:443", False),
        ("https://a.example:0", False),
        ("https://a.example:", False),
        ("https://a.example?x", False),
        ("https://a.example#", False),
        ("https://a.example\\@b.example", False),
        ("https://a b", False),
        ("https://", False),
        ("ftp://a.example", False),
        ("https://ä.example", False),
        ("https://a.example\n", False),
        ("https://a.example:99999", False),
        ("", False),
    ],
)
def test_an_origin_is_what_browsers_write(text: str, expected: bool) -> None:
    assert is_origin(text) is expected


def test_a_code_sent_again_takes_back_what_came_of_it(author: User) -> None:
    code = a_code(author)
    first = exchange(code).json()
    assert profile(first["access_token"]) == 200
    again = exchange(code)
    assert again.status_code == 400
    assert again.json()["error"] == "invalid_grant"
    assert profile(first["access_token"]) == 401
    assert renew(first["refresh_token"]).status_code == 400
    assert OAuthGrant.objects.get().revoked_because == "code reused"


def test_a_code_is_no_good_for_another_client(author: User, elsewhere: OAuthClient) -> None:
    code = a_code(author)
    assert exchange(code, elsewhere.client_id).json()["error"] == "invalid_grant"
    assert exchange(code, "post\0il").status_code == 400
    assert not OAuthGrant.objects.exists()


def test_a_code_is_good_for_a_minute(author: User) -> None:
    code = a_code(author)
    OAuthCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert exchange(code).json()["error"] == "invalid_grant"
    assert not OAuthToken.objects.exists()


def test_a_closed_account_gets_nothing(author: User) -> None:
    code, other = a_code(author), a_code(author)
    issued = exchange(code).json()
    User.objects.update(is_active=False)
    assert exchange(other).status_code == 400
    assert renew(issued["refresh_token"]).status_code == 400
    assert profile(issued["access_token"]) == 401


def test_a_refresh_token_works_once_and_a_thief_ends_it_for_both(author: User) -> None:
    first = exchange(a_code(author)).json()
    second = renew(first["refresh_token"]).json()
    assert profile(second["access_token"]) == 200
    assert profile(first["access_token"]) == 401
    stolen = renew(first["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert profile(second["access_token"]) == 401
    assert renew(second["refresh_token"]).status_code == 400
    assert OAuthGrant.objects.get().revoked_because == "refresh reused"


def test_tokens_run_out(author: User) -> None:
    issued = exchange(a_code(author)).json()
    past = timezone.now() - timedelta(seconds=1)
    OAuthToken.objects.update(access_expires_at=past)
    assert profile(issued["access_token"]) == 401
    OAuthToken.objects.update(refresh_expires_at=past)
    assert renew(issued["refresh_token"]).status_code == 400
    assert OAuthGrant.objects.get().revoked_at is None


def test_an_access_token_is_no_refresh_token_and_no_code(author: User) -> None:
    issued = exchange(a_code(author)).json()
    assert renew(issued["access_token"]).status_code == 400
    assert exchange(issued["access_token"]).status_code == 400
    assert profile(issued["refresh_token"]) == 401


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_both(author: User, which: str) -> None:
    issued = exchange(a_code(author)).json()
    for _again in range(2):
        answer = Client().post("/oauth/revoke", {"token": issued[which]})
        # multipart is no form of OAuth's
        assert answer.status_code == 400
    for value in (issued[which], issued[which], "unknown", "\0\ud800"):
        sent = urlencode({"token": value.encode("utf-8", "replace")})
        kind = "application/x-www-form-urlencoded"
        assert Client().post("/oauth/revoke", sent, kind).status_code == 200
    assert profile(issued["access_token"]) == 401
    assert renew(issued["refresh_token"]).status_code == 400


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        (
            {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "x"},
            "unsupported_grant_type",
        ),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "\0", "client_id": "\0"}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x" * 100_000}, "invalid_grant"),
    ],
)
def test_what_is_good_for_nothing_gets_an_error_of_oauth(
    db: None, sent: dict[str, str], error: str
) -> None:
    answer = token(**sent)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert answer.json()["error_description"]
    assert answer["Cache-Control"] == "no-store"


def test_only_a_form_that_says_things_once_is_taken(author: User) -> None:
    code = a_code(author)
    body = f"grant_type=authorization_code&client_id=postil&code={code}&code={code}"
    form = "application/x-www-form-urlencoded"
    assert Client().post("/api/token", body, form).json()["error"] == "invalid_request"
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
        answer = Client().post("/api/token", "{", kind)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert Client().get(f"/api/token?{body}").status_code == 405
    assert exchange(code).status_code == 200


def test_only_pages_of_registered_origins_may_read_tokens(elsewhere: OAuthClient) -> None:
    for path in ("/api/token", "/oauth/revoke"):
        for origin, allowed in (
            (HERE, True),
            ("https://else.example", True),
            ("https://evil.example", False),
            ("null", False),
        ):
            headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            for answer in (
                Client().options(path, headers=headers),
                Client().post(path, "", "application/x-www-form-urlencoded", headers=headers),
            ):
                assert answer.get("Access-Control-Allow-Origin") == (origin if allowed else None)
                assert "Access-Control-Allow-Credentials" not in answer


def test_ending_access_ends_codes_on_their_way(author: User) -> None:
    code = a_code(author)
    end_access(user=author, because="password changed")
    assert exchange(code).status_code == 400


def _race(act: Callable[[], Any]) -> list[Any]:
    """Do it in eight threads at once; return what came of each, None for a refusal."""
    results: list[Any] = []
    start = threading.Barrier(8)

    def one() -> None:
        start.wait()
        try:
            results.append(act())
        except actions.OAuthError:
            results.append(None)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_of_many_exchanges_at_once_at_most_one_wins() -> None:
    person = factories.make_user()
    asked = Asking(actions.ensure_own_client(), HERE, "x", wants_account=False)
    code = actions.issue_code(user=person, asked=asked)
    results = _race(lambda: actions.exchange_code(client_id="postil", code=code))
    assert len(results) == 8
    assert sum(one is not None for one in results) == 1
    assert OAuthToken.objects.count() == 1
    assert OAuthGrant.objects.get().revoked_because == "code reused"


@pytest.mark.django_db(transaction=True)
def test_of_many_renewals_at_once_at_most_one_wins() -> None:
    person = factories.make_user()
    asked = Asking(actions.ensure_own_client(), HERE, "x", wants_account=False)
    code = actions.issue_code(user=person, asked=asked)
    first = actions.exchange_code(client_id="postil", code=code)
    results = _race(lambda: actions.exchange_refresh_token(refresh_token=first.refresh))
    assert len(results) == 8
    won = [one for one in results if one is not None]
    assert len(won) == 1
    assert access_by(won[0].access) is None
    assert OAuthGrant.objects.get().revoked_because == "refresh reused"
