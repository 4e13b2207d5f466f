"""Profile, reading preferences and settings: for me, a stranger and nobody."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from reader.actions.people import create_guest
from reader.models import (
    Annotation,
    Document,
    User,
)
from reader.web.people import NOTES_A_PAGE
from reader.web.preferences import Preferences
from tests.factories import make_annotation, make_reply, make_user
from tests.web.browsers import signed_in
from tests.web.pages import Page

pytestmark = pytest.mark.django_db


def uids_on(client: Client, person: User, **query: str) -> list[str]:
    """Return the uids of the annotations on a profile as this browser gets it."""
    response = client.get(person.get_absolute_url(), query)
    assert response.status_code == 200
    return [note.annotation.uid for note in response.context["page"]]


# --- Profile ------------------------------------------------------------------------------------
def test_a_profile_shows_to_each_viewer_what_they_may_read(
    author: User, stranger: User, moderator: User, document: Document
) -> None:
    made = {
        "public": make_annotation(author, document),
        "pending": make_annotation(author, document, status="pending"),
        "denied": make_annotation(author, document, status="denied"),
        "private": make_annotation(author, document, visibility="private"),
    }
    uids = {name: row.uid for name, row in made.items()}
    assert uids_on(Client(), author) == [uids["public"]]
    assert uids_on(signed_in(stranger), author) == [uids["public"]]
    assert set(uids_on(signed_in(author), author)) == set(uids.values())
    seen = set(uids_on(signed_in(moderator), author))
    assert seen == {uids["public"], uids["pending"], uids["denied"]}


def test_a_profile_counts_only_what_the_viewer_may_read(author: User, document: Document) -> None:
    root = make_annotation(author, document)
    make_reply(author, root)
    make_annotation(author, document, visibility="private")
    seen = Client().get(author.get_absolute_url()).context
    assert (seen["counts"].annotations, seen["counts"].replies) == (1, 1)
    assert seen["page"].paginator.count == 2
    mine = signed_in(author).get(author.get_absolute_url()).context
    assert (mine["counts"].annotations, mine["counts"].replies) == (2, 1)
    assert (seen["is_me"], mine["is_me"]) == (False, True)


def test_a_profile_never_shows_the_address(author: User) -> None:
    for client in (Client(), signed_in(author)):
        assert author.email not in client.get(author.get_absolute_url()).text


def test_a_profile_is_paged(author: User, document: Document) -> None:
    root = make_annotation(author, document)
    Annotation.objects.bulk_create(
        Annotation(
            document=document, edition=root.edition, author=author, motivation="commenting",
            body=str(number), start=0, end=1,
        )
        for number in range(NOTES_A_PAGE)
    )  # fmt: skip
    assert len(uids_on(Client(), author)) == NOTES_A_PAGE
    assert uids_on(Client(), author, page="2") == [root.uid]
    assert uids_on(Client(), author, page="nonsense") == uids_on(Client(), author)


def test_a_profile_takes_the_same_number_of_queries_however_much_there_is(
    author: User,
    stranger: User,
    document: Document,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    def load() -> int:
        client = signed_in(stranger)
        with django_assert_max_num_queries(12) as queries:
            client.get(author.get_absolute_url())
        return len(queries)

    root = make_annotation(author, document, tags=("one",))
    make_reply(author, root)
    few = load()
    for number in range(8):
        other = make_annotation(stranger, document, tags=(f"tag{number}",))
        make_reply(author, other)
        make_annotation(author, document, tags=(f"tag{number}", "one"), body=f"{number}")
    assert load() == few


@pytest.mark.parametrize("username", ["nobody", "AUTHOR ", "a/b", "guest-0"])
def test_there_is_no_profile_of_nobody(client: Client, author: User, username: str) -> None:
    assert client.get(f"/people/{username}/").status_code == 404


def test_a_profile_is_found_in_any_case(client: Client, author: User) -> None:
    assert client.get("/people/AUTHOR/").context["person"] == author


def test_guests_and_closed_accounts_have_a_profile_while_it_shows_something(
    author: User, document: Document
) -> None:
    Document.objects.update(guests_may_annotate=True)
    document.refresh_from_db()
    guest = create_guest(name="A passing reader")
    closed = make_user("closed")
    closed.is_active = False
    closed.save()
    for person in (guest, closed):
        assert Client().get(person.get_absolute_url()).status_code == 404
    seen = make_annotation(guest, document)
    assert uids_on(Client(), guest) == [seen.uid]


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_profile_is_only_read(client: Client, author: User, method: str) -> None:
    assert getattr(client, method)(author.get_absolute_url()).status_code == 405


# --- Reading preferences ------------------------------------------------------------------------
def test_preferences_are_kept_in_a_cookie_and_shape_the_next_page(client: Client) -> None:
    page = reverse("preferences")
    data = {"theme": "dark", "size": "xl", "face": "sans", "keys": "off", "next": "/d/x/"}
    response = client.post(page, data)
    assert response["Location"] == "/d/x/"
    cookie = response.cookies[Preferences.COOKIE]
    assert (cookie["samesite"], bool(cookie["secure"])) == ("Lax", settings.SECURE)
    assert int(cookie["max-age"]) > 300 * 24 * 3600
    html = client.get(page).text
    assert 'data-theme="dark" data-size="xl" data-face="sans" data-keys="off"' in html


def test_being_counted_is_chosen_by_those_who_are_signed_in(client: Client, author: User) -> None:
    page = reverse("preferences")
    assert 'name="beside"' not in client.get(page).text
    assert 'data-beside="on"' in client.get(page).text
    client.force_login(author)
    client.post(page, {"beside": "off"})
    html = client.get(page).text
    assert 'name="beside"' in html
    assert 'data-beside="off"' in html
    older = Preferences.from_cookie("dark-l-sans-off")  # from before there was the choice
    assert (older.keys, older.beside) == ("off", "on")


def test_what_is_not_sent_keeps_its_value(client: Client) -> None:
    client.post(reverse("preferences"), {"theme": "dark", "size": "l"})
    client.post(reverse("preferences"), {"size": "s"})
    kept = Preferences.from_cookie(client.cookies[Preferences.COOKIE].value)
    assert (kept.theme, kept.size) == ("dark", "s")


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"X-Requested-With": "fetch"}])
def test_scripts_get_an_empty_answer(client: Client, headers: dict[str, str]) -> None:
    response = client.post(reverse("preferences"), {"theme": "light"}, headers=headers)
    assert (response.status_code, response.content) == (204, b"")
    assert Preferences.from_cookie(response.cookies[Preferences.COOKIE].value).theme == "light"


def test_unknown_preferences_are_refused_and_change_nothing(client: Client) -> None:
    response = client.post(reverse("preferences"), {"theme": "<script>"})
    assert response.status_code == 422
    assert Preferences.COOKIE not in response.cookies


@pytest.mark.parametrize(
    "address", ["//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_preferences_never_lead_away(client: Client, address: str) -> None:
    response = client.post(reverse("preferences"), {"theme": "dark", "next": address})
    assert response["Location"] == reverse("preferences")


def test_a_damaged_cookie_is_the_default(client: Client) -> None:
    client.cookies[Preferences.COOKIE] = "\"'><-x-m"
    assert client.get(reverse("preferences")).status_code == 200


# --- Settings -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["settings", "erase"])
def test_own_pages_are_well_built(as_author: Client, name: str) -> None:
    response = as_author.get(reverse(name))
    assert response.status_code == 200
    assert Page(response.text).problems() == []


@pytest.mark.parametrize("name", ["settings", "export", "erase"])
def test_own_pages_need_an_account(client: Client, name: str) -> None:
    for method in (client.get, client.post):
        response = method(reverse(name))
        assert response.status_code == 302
        assert response["Location"] == f"{reverse('account_login')}?next={reverse(name)}"


@pytest.mark.parametrize(
    ("name", "method"), [("settings", "put"), ("erase", "delete"), ("export", "post")]
)
def test_own_pages_refuse_other_methods(as_author: Client, name: str, method: str) -> None:
    assert getattr(as_author, method)(reverse(name)).status_code == 405


@pytest.mark.parametrize("name", ["settings", "erase", "preferences"])
def test_a_post_without_the_token_is_refused(author: User, name: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(author, backend=settings.AUTHENTICATION_BACKENDS[0])
    assert strict.post(reverse(name), {"name": "Forged", "theme": "dark"}).status_code == 403


def change(client: Client, **data: str) -> Any:
    """Return the answer to new settings."""
    return client.post(reverse("settings"), {"name": "", "bio": "", "time_zone": "", **data})


def test_settings_are_saved(as_author: Client, author: User) -> None:
    bio = "Reads <b>slowly</b>,\nand twice."
    response = change(as_author, name="  Әсел  Ш. ", bio=bio, time_zone="Asia/Almaty")
    assert response["Location"] == reverse("settings")
    author.refresh_from_db()
    assert (author.name, author.time_zone) == ("Әсел Ш.", "Asia/Almaty")
    assert author.bio == "Reads <b>slowly</b>, and twice."
    assert "<b>slowly" not in as_author.get(reverse("settings")).text


def test_settings_change_nothing_else(as_author: Client, author: User) -> None:
    forged = {"is_staff": "on", "is_superuser": "on", "username": "root", "email": "x@example.org"}
    change(as_author, **forged)
    author.refresh_from_db()
    assert (author.is_staff, author.is_superuser) == (False, False)
    assert (author.username, author.email) == ("author", "author@example.org")


@pytest.mark.parametrize(
    "name",
    [
        *("Admin", "Аdmin", "Pоstil", "Moderator 2", "Поддержка"),
        *("Mo Moderator", "Мо Moderator", "MO  moderat0r"),
        *("𝐀𝐝𝐚", "Ada\u200bLovelace", "\u202eada", "Ada\x00"),
        *("…", "\u115f\u1160", "a" * 81),
    ],
)
def test_names_that_pass_for_anothers_are_refused(
    as_author: Client, author: User, moderator: User, name: str
) -> None:
    response = change(as_author, name=name, bio="Kept.")
    assert response.status_code == 422
    assert "name" in response.context["form"].errors
    assert Page(response.text).problems() == []
    assert "Kept." in response.text, "nothing typed is lost"
    author.refresh_from_db()
    assert author.name == "Ada Author"


@pytest.mark.parametrize(
    "name", ["Дәулет Smith", "Ёлка", "O’Brien-Löf", "李小龍", "Guesthouse Keeper", "Rootsy", "42"]
)
def test_ordinary_names_are_welcome(as_author: Client, author: User, name: str) -> None:
    assert change(as_author, name=name).status_code == 302
    author.refresh_from_db()
    assert author.name == name


def test_staff_may_speak_for_the_site(moderator: User) -> None:
    assert change(signed_in(moderator), name="Moderator").status_code == 302


@pytest.mark.parametrize(
    ("field", "value"), [("time_zone", "Mars/Olympus"), ("time_zone", "../etc"), ("bio", "x" * 281)]
)
def test_impossible_settings_are_refused(as_author: Client, field: str, value: str) -> None:
    response = change(as_author, **{field: value})
    assert response.status_code == 422
    assert field in response.context["form"].errors


def test_the_language_can_be_chosen_where_there_are_several(
    as_author: Client, settings: Settings
) -> None:
    assert "language" not in as_author.get(reverse("settings")).context["form"].fields
    settings.LANGUAGES = [("en", "English"), ("ru", "Русский")]
    response = change(as_author, language="ru")
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "ru"
    assert change(as_author, language="xx").status_code == 422
