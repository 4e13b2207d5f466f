"""Guests, roles, settings, and leaving."""

import json
import re
import secrets
import zoneinfo
from functools import cache

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group as PermissionGroup
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from reader import policy, shared_look
from reader.actions.changes import wipe
from reader.actions.errors import Invalid
from reader.actions.groups import give_up_memberships
from reader.actions.reactions import forget_reactions
from reader.actions.sign_ins import end_sign_ins
from reader.actions.wording import clean_text
from reader.models import Flag, Invitation, Tag, User
from reader.models.people import display_name_is_plain
from reader.text import names

# What has a name or a title of its own, in which any word may stand.
CALLED_OTHERWISE = frozenset(
    {"document", "edition", "block", "tag", "group", "rule", "wordlist", "oauthclient", "webhook"}
)

MODERATORS = "Moderators"
EDITORS = "Editors"
MAX_NAME = 80
MAX_BIO = 280
CONTINENTS = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
]
PERMISSIONS = {
    MODERATORS: ["moderate_annotation", "view_queueitem", "view_decision", "view_flag"],
    EDITORS: [
        *(f"{verb}_document" for verb in ("add", "change", "view")),
        "view_documentrole",
        "view_edition",
        "view_block",
    ],
}


@transaction.atomic
def set_up_roles() -> None:
    """Make the permission groups for staff, each with the least it needs. Idempotent."""
    for name, codenames in PERMISSIONS.items():
        group, _is_new = PermissionGroup.objects.get_or_create(name=name)
        wanted = Permission.objects.filter(content_type__app_label="reader", codename__in=codenames)
        group.permissions.set(wanted)


def make_moderator(person: User) -> None:
    """Let the person moderate all documents and open the admin for it."""
    person.groups.add(PermissionGroup.objects.get(name=MODERATORS))
    person.is_staff = True
    person.save(update_fields=["is_staff"])


def guest_made_of(sent: str) -> str:
    """Return the username of the guest whose first words come with this request; empty: anyone.

    Whoever sends the same again, because the answer was lost and with it the cookie that would have
    known them, is the same guest, and the key in their form finds what was saved.
    """
    made = salted_hmac("guest", sent, algorithm="sha256").hexdigest()[:24]
    return f"guest-{made}" if sent else ""


def create_guest(*, name: str, username: str = "") -> User:
    """Return a new guest: somebody who writes under a name and cannot sign in.

    ``username`` is one of :func:`guest_made_of`; if there is somebody of that name by now, it is
    they who are returned. ``is_made_here`` says of the others that they are new.

    Raises:
        Invalid: the name is empty or imitates another one.
    """
    name = clean_name(name)
    if not name:
        raise Invalid("name", _("Write the name that others will see."))
    guest, is_new = User.objects.get_or_create(
        username=username or f"guest-{secrets.token_hex(8)}",
        defaults={"name": name, "kind": User.Kind.GUEST, "password": make_password(None)},
    )
    guest.is_made_here = is_new
    return guest


def clean_name(raw: str, person: User | None = None) -> str:
    """Return the name that somebody wants to be shown under, on one line; empty stays empty.

    Args:
        raw: as sent.
        person: who wants it; None for a new guest. Staff may take names that speak for the site.

    Raises:
        Invalid: it is too long, shows nothing, or passes for another's.
    """
    name = " ".join(clean_text("name", raw).split())
    if not name:
        return ""
    if len(name) > MAX_NAME:
        raise Invalid("name", _("A name has at most %(limit)d characters.") % {"limit": MAX_NAME})
    try:
        display_name_is_plain(name)
    except ValidationError as error:
        raise Invalid("name", error.messages[0]) from error
    if names.looks_blank(name):
        raise Invalid("name", _("A name needs at least one letter or digit."))
    if names.mixes_alphabets(name):
        raise Invalid("name", _("Write each word of the name in letters of one alphabet."))
    if (person is None or not person.is_staff) and _speaks_for_the_site(name):
        raise Invalid("name", _("The people who run this site go by this name. Take another one."))
    return name


def _speaks_for_the_site(name: str) -> bool:
    if names.is_reserved(name):
        return True
    staff = User.objects.filter(is_staff=True).values_list("name", "username")
    taken = {names.skeleton(one) for pair in staff for one in pair if one}
    return names.skeleton(name) in taken


@cache
def time_zones() -> tuple[str, ...]:
    """Return the names of the time zones that people can choose: places, and UTC."""
    known = zoneinfo.available_timezones()
    places = (zone for zone in known if zone.split("/")[0] in CONTINENTS and "/" in zone)
    return ("UTC", *sorted(places))


@transaction.atomic
def change_settings(*, person: User, name: str, bio: str, time_zone: str) -> User:
    """Change what others see of a person, and in which time zone they see times.

    Args:
        person: whose settings.
        name: shown instead of the username; empty for the username.
        bio: a few words about themselves.
        time_zone: one of :func:`time_zones`; empty for the browser's.

    Raises:
        Invalid: with the field that cannot be saved.
        policy.Refused: others would read it, and the person may not write.
    """
    name, bio = clean_name(name, person), " ".join(clean_text("bio", bio).split())
    if (name, bio) != (person.name, person.bio):
        policy.check_may_write(person)
    if len(bio) > MAX_BIO:
        raise Invalid("bio", _("At most %(limit)d characters, please.") % {"limit": MAX_BIO})
    if time_zone and time_zone not in time_zones():
        raise Invalid("time_zone", _("Choose a time zone from the list."))
    person.name, person.bio, person.time_zone = name, bio, time_zone
    person.save(update_fields=["name", "bio", "time_zone"])
    shared_look.changed()
    return person


@transaction.atomic
def erase_account(*, person: User) -> int:
    """Remove the account and every word it wrote; replies by others keep their place.

    The moderation log keeps the name it recorded and the reasons given, as the log may not be
    altered.

    Returns:
        How many annotations, replies among them, went with it.

    Raises:
        policy.Refused: nobody else could administer the site afterwards.
    """
    if person.is_superuser and _is_last_administrator(person):
        raise policy.Refused(
            _("You are the only administrator. Make somebody else one before you leave.")
        )
    own_tags = list(Tag.objects.filter(annotations__author=person).values_list("pk", flat=True))
    count = wipe(person.annotations.all())
    give_up_memberships(person)
    person.annotations.update(client_key=None)
    Tag.objects.filter(pk__in=own_tags, annotations=None, labels=None).delete()
    Flag.objects.filter(reporter=person).update(note="")
    forget_reactions(person)
    end_sign_ins(person=person)
    _forget_addresses(person)
    _forget_in_admin_log(person)
    person.delete()
    shared_look.changed()
    return count


def _is_last_administrator(person: User) -> bool:
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=person.pk)
    return not others.exists()


def _forget_addresses(person: User) -> None:
    """Blank the person's addresses in invitations that went there; that they were sent stays."""
    known = [
        person.email,
        *EmailAddress.objects.filter(user=person).values_list("email", flat=True),
    ]
    for address in filter(None, known):
        Invitation.objects.filter(email__iexact=address).update(email="")


def _forget_in_admin_log(person: User) -> None:
    """Blank what the admin recorded about the account, and where it names the person.

    That somebody changed an account then stays, and so does what was recorded about others: a
    word of an account's choice may stand anywhere.
    """
    about = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(person.pk)
    )
    about.update(object_id="", object_repr="", change_message="")
    for name in {person.username, person.get_full_name(), person.email} - {""}:
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        told = Q(object_repr__icontains=name) | Q(change_message__icontains=name)
        for entry in LogEntry.objects.filter(told).select_related("content_type").iterator():
            if _names_people(entry) and word.search(entry.object_repr):
                entry.object_repr = ""
            if any(map(word.search, _objects_in(entry.change_message))):
                entry.change_message = ""
            entry.save(update_fields=["object_repr", "change_message"])


def _names_people(entry: LogEntry) -> bool:
    """Whether the entry is about a row that is called by people's names."""
    return entry.content_type is None or entry.content_type.model not in CALLED_OTHERWISE


def _objects_in(message: str) -> list[str]:
    """Return what a message of the admin's log says it was about, or the whole of a free one."""
    try:
        acts = [act for row in json.loads(message or "[]") for act in row.values()]
        return [str(act["object"]) for act in acts if "object" in act]
    except (ValueError, TypeError, AttributeError):
        return [message]
