"""What the site keeps of people, why, for how long and who sees it; as its settings are."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from reader.web.http import Request


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of thing that is kept."""

    what: str
    why: str
    how_long: str
    who: str


def _days(number: int) -> str:
    return ngettext("%(number)d day", "%(number)d days", number) % {"number": number}


@require_safe
def privacy(request: Request) -> HttpResponse:
    """Say what is collected."""
    until_erased = _("Until you erase the account.")
    you, operators = _("You, and those who run the site."), _("Those who run the site.")
    kept = [
        Kept(
            _("Your account: username, name, e-mail address, a hash of the password"),
            _("To sign you in, and to show who wrote what."),
            until_erased,
            _("Everybody sees your names; the address is for you and those who run the site."),
        ),
        Kept(
            _("What you write and mark, with earlier wordings"),
            _("It is what the site is for."),
            _("Until you delete it or erase the account. Answers by others stay, without yours."),
            _("Whom you chose: you alone, a group, or everybody. Moderators see what is public."),
        ),
        Kept(
            _("Up to where you have read, notices, saved filters, whom you hide"),
            _("To show what is new to you."),
            until_erased,
            _("You alone."),
        ),
        Kept(
            _("Browsers in which you are signed in: its name, the system, and when"),
            _("So that you can see a stranger's, and end it."),
            _("%(days)s after the last visit.") % {"days": _days(settings.KEEP_SIGN_INS)},
            you,
        ),
        *_addresses(you),
        Kept(
            _("Why a check held something that you wrote"),
            _("So that a moderator can look at it."),
            _("%(days)s, or until you delete it.") % {"days": _days(settings.KEEP_HOLDS)},
            _("Moderators; you are told in general words."),
        ),
        Kept(
            _("Decisions of moderators, restrictions and appeals"),
            _("So that nobody decides in secret, and nobody changes the record."),
            _("For good. After you erase the account, a number that leads nowhere is left of you;"
              " of a moderator, the name too."),
            _("Moderators; everybody sees them without names."),
        ),
        Kept(
            _("How often you tried something: signing in, posting, asking"),
            _("To stop guessing and floods."),
            _("At most a day."),
            operators,
        ),
        Kept(
            _("Cookies: your session, a guard against forged forms, how you like to read, and that"
              " this browser has signed in before"),
            _("They do what they say. None is there to follow you, and no other site sets any."),
            _("In your browser, until you delete them or they end."),
            _("Your browser and this site."),
        ),
    ]  # fmt: skip
    context = {"kept": kept, "logs_addresses": settings.LOG_ADDRESSES != "none"}
    return render(request, "people/privacy.html", context)


def _addresses(you: str) -> list[Kept]:
    """Return what is kept of network addresses, which is nothing where the settings say so."""
    if settings.LOG_ADDRESSES == "none":
        return []
    days = {"days": _days(settings.KEEP_ADDRESSES)}
    return [
        Kept(
            _("The neighbourhood of your network address, with each sign-in"),
            _("So that you can tell your own sign-ins from others."),
            _("%(days)s after the last visit.") % days,
            you,
        ),
        Kept(
            _("Network addresses in the log of requests")
            if settings.LOG_ADDRESSES == "full"
            else _("Shortened network addresses in the log of requests"),
            _("To find out what broke, and who attacks the site."),
            _("As long as those who run the site keep their logs: ask them."),
            _("Those who run the site."),
        ),
    ]
