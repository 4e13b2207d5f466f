"""What a group is called and says of itself, cleaned and checked."""

from django.core.exceptions import ValidationError
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from reader.actions.errors import Invalid
from reader.actions.wording import clean_text
from reader.models import Group
from reader.models.people import display_name_is_plain
from reader.text import names

MAX_NAME = 80
MAX_DESCRIPTION = 280
TAIL_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
TAIL_LENGTH = 8
SLUG_WORDS = 48


def known_kind(kind: str) -> str:
    """Return the kind of group.

    Raises:
        Invalid: there is no such kind.
    """
    if kind not in Group.Kind.values:
        raise Invalid("kind", _("Choose what the group is: open, restricted or private."))
    return kind


def clean_name(raw: str) -> str:
    """Return what a group is called, on one line.

    Raises:
        Invalid: it is too long, shows nothing, or passes for something else.
    """
    name = " ".join(clean_text("name", raw).split())
    if not name or names.looks_blank(name):
        raise Invalid("name", _("Write a name with at least one letter or digit."))
    if len(name) > MAX_NAME:
        raise Invalid("name", _("A name has at most %(limit)d characters.") % {"limit": MAX_NAME})
    try:
        display_name_is_plain(name)
    except ValidationError as error:
        raise Invalid("name", error.messages[0]) from error
    if names.mixes_alphabets(name):
        raise Invalid("name", _("Write each word of the name in letters of one alphabet."))
    # Who chooses for whom they write must not take a group for everybody, or for nobody.
    others = (_("Public"), _("Only me"), "Public", "Only me")
    if names.is_reserved(name) or names.skeleton(name) in map(names.skeleton, others):
        raise Invalid("name", _("This name means something else here. Take another one."))
    return name


def clean_description(raw: str) -> str:
    """Return what a group says of itself, on one line.

    Raises:
        Invalid: it is too long.
    """
    description = " ".join(clean_text("description", raw).split())
    if len(description) > MAX_DESCRIPTION:
        message = _("At most %(limit)d characters, please.")
        raise Invalid("description", message % {"limit": MAX_DESCRIPTION})
    return description


def new_slug(name: str) -> str:
    """Return the name's words with a tail that nobody guesses, so that no name is ever taken."""
    words = slugify(name)[:SLUG_WORDS].strip("-_") or "group"
    return f"{words}-{get_random_string(TAIL_LENGTH, TAIL_LETTERS)}"
