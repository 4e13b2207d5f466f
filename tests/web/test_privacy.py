"""What is said to be kept, and that the rest is forgotten when it was promised to be."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from reader.actions.forgetting import forget_all_old
from reader.models import Document, Hold, SignIn, User
from tests.factories import make_annotation
from tests.web.browsers import signed_in
from tests.web.pages import Page

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_it_says_what_the_settings_say(client: Client, settings: Any, author: User) -> None:
    settings.LOG_ADDRESSES, settings.KEEP_SIGN_INS, settings.KEEP_HOLDS = "none", 41, 42
    settings.KEEP_ADDRESSES = 43
    for browser in (client, signed_in(author)):
        html = browser.get(reverse("privacy")).text
        assert "41 days" in html
        assert "42 days" in html
        assert "43 days" not in html
        assert "network address" not in html
        assert Page(html).problems() == []
        assert reverse("export") in html
        assert reverse("erase") in html
    for kind in ("short", "full"):
        settings.LOG_ADDRESSES = kind
        html = client.get(reverse("privacy")).text
        assert "43 days" in html
        assert ("Shortened network addresses" in html) == (kind == "short")
    assert client.post(reverse("privacy")).status_code == 405


def test_every_page_leads_there(client: Client) -> None:
    assert f'href="{reverse("privacy")}"' in client.get(reverse("library")).text


def test_sign_ins_are_forgotten_and_end(author: User, settings: Any) -> None:
    old, recent = signed_in(author), signed_in(author)
    now = timezone.now()
    ages = {old: settings.KEEP_SIGN_INS * DAY, recent: settings.KEEP_ADDRESSES * DAY}
    for browser, age in ages.items():
        SignIn.objects.update_or_create(
            session_key=browser.session.session_key,
            defaults={"person": author, "seen_at": now - age + DAY, "network": "203.0.113.0/24"},
        )
    assert forget_all_old()["sign-ins"] == 0
    for browser, age in ages.items():
        rows = SignIn.objects.filter(session_key=browser.session.session_key)
        rows.update(seen_at=now - age - DAY, network="203.0.113.0/24")
    assert {key: n for key, n in forget_all_old().items() if n} == {"addresses": 2, "sign-ins": 1}
    assert [one.network for one in SignIn.objects.all()] == [""]
    assert old.get(reverse("settings")).status_code == 302
    assert recent.get(reverse("settings")).status_code == 200


def test_holds_are_forgotten_unless_they_wait(
    author: User, document: Document, settings: Any
) -> None:
    long_ago = timezone.now() - (settings.KEEP_HOLDS + 1) * DAY
    made = {}
    for status in ("pending", "approved"):
        note = make_annotation(author, document, status=status)
        made[status] = Hold.objects.create(
            annotation=note, check_name="links", why="3", at=long_ago
        )
        Hold.objects.create(annotation=note, check_name="links", why="3")
    replaced = Hold.objects.create(
        annotation=made["pending"].annotation, check_name="words", why="w", at=long_ago,
        replaced_at=long_ago,
    )  # fmt: skip
    call_command("deliver_webhooks")
    left = set(Hold.objects.filter(at=long_ago).values_list("pk", flat=True))
    assert left == {made["pending"].pk}
    assert replaced.pk not in left
    assert Hold.objects.count() == 3
