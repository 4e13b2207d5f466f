"""What somebody wrote, cleaned and checked: the body, the suggested wording and the tags."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from reader import policy
from reader.actions.errors import Invalid
from reader.models import Annotation, Group, Motivation, Tag, User, Visibility
from reader.text import markup

MAX_TAGS = 8
MAX_TAG = 40
NEEDS_BODY = (Motivation.COMMENTING, Motivation.QUESTIONING, Motivation.REPLYING)


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of an annotation, as its author sent them."""

    body: str = ""
    replacement: str | None = None
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CleanWording:
    """Words that may be saved, with the body rendered."""

    body: str
    body_html: str
    replacement: str | None
    tags: list[str]


def clean(wording: Wording, motivation: str, exact: str) -> CleanWording:
    """Return the words ready to be saved.

    Args:
        wording: as sent.
        motivation: what the annotation is for; it decides what must not be empty.
        exact: the quoted passage, which a suggested wording has to differ from.

    Raises:
        Invalid: with the field and what to do.
    """
    body = clean_text("body", wording.body)
    try:
        html = markup.render(body) if body else ""
    except markup.BodyTooLong as error:
        message = _("This is too long: at most %(limit)d characters. Nothing was lost, shorten it.")
        raise Invalid("body", message % {"limit": markup.MAX_BODY}) from error
    except markup.TooDeep as error:
        raise Invalid("body", _("Lists and quotations are nested too deeply here.")) from error
    if motivation in NEEDS_BODY and _says_nothing(body):
        raise Invalid("body", _("Write something first: there are no words yet."))
    replacement = _clean_replacement(wording.replacement, motivation, exact)
    return CleanWording(body, html, replacement, clean_tags(wording.tags))


def _says_nothing(body: str) -> bool:
    """Whether nothing would be seen of the body, though it may hold signs: ``&#8203;``, ``---``."""
    return markup.is_blank(body) or markup.is_blank(markup.excerpt(body))


def clean_text(field_name: str, raw: str) -> str:
    """Return the text with line ends made plain.

    Raises:
        Invalid: it holds characters that are not text, or is longer than any field may be.
    """
    if len(raw) > markup.MAX_BODY:
        message = _("This is too long: at most %(limit)d characters. Nothing was lost, shorten it.")
        raise Invalid(field_name, message % {"limit": markup.MAX_BODY})
    try:
        return markup.clean_text(raw)
    except markup.NotText as error:
        message = _("There is an invisible control character in this text. Please type it again.")
        raise Invalid(field_name, message) from error


def _clean_replacement(raw: str | None, motivation: str, exact: str) -> str | None:
    if motivation != Motivation.EDITING:
        return None
    replacement = clean_text("replacement", raw or "")
    if replacement == exact:
        message = _("The suggested wording is the same as the text. Change it, or comment instead.")
        raise Invalid("replacement", message)
    return replacement


def clean_tags(raw: list[str]) -> list[str]:
    """Return the tags in small letters, each once, in the order given.

    Raises:
        Invalid: there are too many, or one is too long.
    """
    names = dict.fromkeys(
        " ".join(clean_text("tags", tag).lstrip("#").lower().split()) for tag in raw
    )
    names.pop("", None)
    if len(names) > MAX_TAGS:
        raise Invalid("tags", _("At most %(limit)d tags, please.") % {"limit": MAX_TAGS})
    if any(len(name) > MAX_TAG for name in names):
        message = _("A tag has at most %(limit)d characters.")
        raise Invalid("tags", message % {"limit": MAX_TAG})
    return list(names)


def check_visibility(author: User, visibility: str, group: Group | None) -> None:
    """Pass silently when the author may write for these readers.

    Raises:
        Invalid: it is none of those offered.
        policy.Refused: the author is not in the group.
    """
    if visibility not in Visibility.values or (visibility == Visibility.GROUP) != bool(group):
        raise Invalid("visibility", _("Choose who may see this: everybody, a group, or only you."))
    if group is not None:
        policy.check_may_write_in(author, group)


def set_tags(annotation: Annotation, names: list[str]) -> None:
    """Give the saved annotation exactly these tags, making new ones and removing unused ones."""
    known = {tag.name: tag for tag in Tag.objects.filter(name__in=names)}
    new = [Tag(name=name) for name in names if name not in known]
    Tag.objects.bulk_create(new, ignore_conflicts=True)
    before = list(annotation.tags.exclude(name__in=names).values_list("pk", flat=True))
    annotation.tags.set(Tag.objects.filter(name__in=names))
    Tag.objects.filter(pk__in=before, annotations=None, labels=None).delete()
