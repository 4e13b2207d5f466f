"""Webhooks in the admin: made, given a secret that is shown once, and their dead letters."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from reader.models import Document, User, Webhook, WebhookDelivery
from tests import factories

ADD = "/admin/reader/webhook/add/"
LIST = "/admin/reader/webhook/"
DELIVERIES = "/admin/reader/webhookdelivery/"


@pytest.fixture
def superuser(browser: Callable[[str], Client]) -> Client:
    """A browser in which an operator is signed in."""
    return browser("superuser")


@pytest.fixture
def dead(author: User, document: Document) -> WebhookDelivery:
    """A delivery that was given up."""
    Webhook.objects.create(name="Elsewhere", url="https://elsewhere.example/", secret="whsec_x")
    factories.make_annotation(author, document)
    WebhookDelivery.objects.update(dead_at=timezone.now(), attempts=7, last_status=500)
    return WebhookDelivery.objects.get()


def test_new_webhook_shows_its_secret_once(superuser: Client) -> None:
    sent = {"name": "Elsewhere", "url": "https://elsewhere.example/hook", "is_active": "on"}
    page = superuser.post(ADD, sent, follow=True).content.decode()
    made = Webhook.objects.get()
    assert made.secret.startswith("whsec_")
    assert made.created_by is not None
    assert made.secret in page
    for address in (LIST, f"{LIST}{made.pk}/change/", f"{LIST}{made.pk}/history/"):
        assert made.secret not in superuser.get(address).content.decode()


def test_new_secret_is_shown_once_and_replaces_the_old_one(superuser: Client) -> None:
    made = Webhook.objects.create(name="Elsewhere", url="https://a.example/", secret="whsec_old")
    sent = {"action": "give_new_secret", "_selected_action": made.pk}
    page = superuser.post(LIST, sent, follow=True).content.decode()
    made.refresh_from_db()
    assert made.secret != "whsec_old"
    assert made.secret in page
    assert made.secret not in superuser.get(LIST).content.decode()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "https://me:word@a.example/", "ftp://a.example/", "http://[::1]/"]
)
def test_address_that_may_not_be_posted_to_is_refused(superuser: Client, url: str) -> None:
    response = superuser.post(ADD, {"name": "Elsewhere", "url": url, "is_active": "on"})
    assert response.status_code == 200
    assert response.context["errors"]
    assert not Webhook.objects.exists()


def test_secret_that_is_sent_along_is_ignored(superuser: Client) -> None:
    sent = {"name": "E", "url": "https://a.example/", "is_active": "on", "secret": "whsec_mine"}
    superuser.post(ADD, sent)
    assert Webhook.objects.get().secret != "whsec_mine"


def test_dead_letters_are_found_and_tried_again(superuser: Client, dead: WebhookDelivery) -> None:
    listed = superuser.get(DELIVERIES, {"outcome": "dead"})
    assert [one.pk for one in listed.context["cl"].result_list] == [dead.pk]
    assert not superuser.get(DELIVERIES, {"outcome": "waiting"}).context["cl"].result_list
    superuser.post(DELIVERIES, {"action": "send_again", "_selected_action": dead.pk})
    dead.refresh_from_db()
    assert dead.dead_at is None
    assert dead.next_attempt_at is not None
    assert superuser.get(DELIVERIES, {"outcome": "waiting"}).context["cl"].result_list


@pytest.mark.parametrize("role", ["reader", "moderator", "editor", "document editor"])
def test_nobody_else_makes_webhooks_or_sends_again(
    browser: Callable[[str], Client], dead: WebhookDelivery, role: str
) -> None:
    client = browser(role)
    client.post(ADD, {"name": "E", "url": "https://a.example/", "is_active": "on"})
    client.post(DELIVERIES, {"action": "send_again", "_selected_action": dead.pk})
    sent = {"action": "give_new_secret", "_selected_action": dead.webhook_id}
    client.post(LIST, sent)
    dead.refresh_from_db()
    assert Webhook.objects.get().secret == "whsec_x"
    assert dead.dead_at is not None


def test_lists_cost_the_same_whatever_their_length(
    superuser: Client, dead: WebhookDelivery, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(8):
        made = Webhook.objects.create(name=f"W{number}", url="https://a.example/")
        WebhookDelivery.objects.create(webhook=made, event=dead.event)
    superuser.get(LIST)
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]  # a context manager
        superuser.get(LIST)
    with django_assert_max_num_queries(14):  # type: ignore[attr-defined]  # likewise
        superuser.get(DELIVERIES)
