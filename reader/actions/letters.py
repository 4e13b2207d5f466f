"""Letters about somebody's account, which are written at once. They hold nobody's words."""

import logging
from functools import partial

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from reader.models import User

logger = logging.getLogger(__name__)


def point_to_standing(person: User) -> None:
    """Write to somebody, once this is saved, that a moderator said something about their account.

    Only to an address that its owner has confirmed. What was said stands on their page alone. A
    letter that cannot be sent is noted: the page has it all the same.
    """
    confirmed = EmailAddress.objects.filter(user=person, verified=True).order_by("-primary")
    address = confirmed.values_list("email", flat=True).first()
    if address is None:
        return
    site = settings.SITE_URL
    text = _(
        "Dear %(name)s,\n\na moderator has decided something about your account. What, and why,"
        " stands here, and so does what you can do about it:\n\n%(link)s\n"
    ) % {"name": person.get_full_name(), "link": f"{site}{reverse('standing')}"}
    subject = _("About your account at %(site)s") % {"site": site.split("//")[-1]}
    transaction.on_commit(partial(_send, subject, text, address))


def _send(subject: str, text: str, address: str) -> None:
    try:
        send_mail(subject, text, None, [address])
    except OSError:  # the mail server's refusals are among them
        logger.exception("a letter about an account was not sent")
