"""manage.py send_notifications: letters about what people have not read yet. For a timer."""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.core.management.base import BaseCommand
from django.db import transaction
from django.template.loader import render_to_string

from reader.actions.notifying import take_for_letter
from reader.models import Notification, User
from reader.queries.notifications import to_write_to

LISTED = 50


class Command(BaseCommand):
    """Write one letter to each person with unread notices; run again, it writes of new ones only.

    The letter holds names, titles and links, and none of anybody's words. Only addresses that
    their owner has confirmed are written to.
    """

    help = "E-mail each person what they have not read since the last run, in one letter."

    def handle(self, *args: Any, **options: Any) -> None:
        """Send the letters, and say how many. One that cannot be sent is tried at the next run."""
        sent = failed = 0
        for person in to_write_to().iterator():
            try:
                sent += _write_to(person)
            except OSError as error:  # the mail server's refusals are among them
                failed += 1
                self.stderr.write(f"{person.username}: {error}")
        self.stdout.write(f"{sent} sent, {failed} failed")


@transaction.atomic
def _write_to(person: User) -> bool:
    """Write to somebody, and return whether there was an address and something to tell."""
    confirmed = EmailAddress.objects.filter(user=person, verified=True).order_by("-primary")
    address = confirmed.values_list("email", flat=True).first()
    if address is None:
        return False
    notices = take_for_letter(recipient=person)
    if not notices:
        return False
    subject, text = _letter(person, notices)
    send_mail(subject, text, None, [address])
    return True


def _letter(person: User, notices: list[Notification]) -> tuple[str, str]:
    context = {
        "person": person,
        "notices": notices[:LISTED],
        "count": len(notices),
        "more": max(len(notices) - LISTED, 0),
        "site": settings.SITE_URL,
    }
    subject = render_to_string("people/notices_subject.txt", context)
    return " ".join(subject.split()), render_to_string("people/notices_letter.txt", context)
