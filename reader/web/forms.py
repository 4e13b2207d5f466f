"""Forms about annotations: they parse and keep what was sent. What may be saved, actions decide."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reader.actions.passages import Passage
from reader.actions.wording import Wording
from reader.models import Annotation, Group, Motivation, Reason, Status, Visibility
from reader.queries.annotations import SORTS, Filters
from reader.queries.groups import Audience, choice_of

OFFERED = [
    (Motivation.COMMENTING, Motivation.COMMENTING.label),
    (Motivation.QUESTIONING, Motivation.QUESTIONING.label),
    (Motivation.EDITING, Motivation.EDITING.label),
    (Motivation.HIGHLIGHTING, Motivation.HIGHLIGHTING.label),
]
SEEN_BY = [
    (Visibility.PUBLIC, _("Everybody")),
    (Visibility.PRIVATE, _("Only me")),
]
MOST_RADIOS = 6  # choices that are shown side by side; more of them fold into a list


class Words(forms.CharField):
    """Text kept to the letter: no stripping, and limits are the actions' to set."""

    def __init__(self, label: Any, rows: int = 4, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows})
        super().__init__(label=label, required=False, strip=False, widget=widget, **options)
        self.validators = []  # Django's own refuses NUL in other words than the actions do


class SeenBy(forms.ChoiceField):
    """Who may read it: everybody, nobody else, or one of the writer's groups.

    Which groups they are in is asked when the choices are drawn; whether a group that was sent is
    one of them, when it is saved.
    """

    def __init__(self, **options: Any) -> None:
        message = _("Choose who may see this: everybody, a group, or only you.")
        super().__init__(
            label=_("Who may see it?"),
            choices=SEEN_BY,
            widget=forms.RadioSelect,
            error_messages={"required": message, "invalid_choice": message},
            **options,
        )

    def valid_value(self, value: Any) -> bool:
        """Whether the value can stand for somebody."""
        known = (Visibility.PUBLIC, Visibility.PRIVATE)
        return value in known or str(value).startswith(f"{Visibility.GROUP}:")

    def offer(self, groups: Callable[[], Sequence[Group]]) -> None:
        """Offer these groups too."""
        self.choices = lambda: [
            *SEEN_BY,
            *((choice_of(group), group.name) for group in groups()),
        ]

    @property
    def is_long(self) -> bool:
        """Whether there are too many choices to show side by side."""
        shown: Any = self.choices
        return len(list(shown)) > MOST_RADIOS


class PassageFields(forms.Form):
    """Where in the text: filled in by selecting on the page, or copied by hand."""

    ref = forms.CharField(required=False, widget=forms.HiddenInput)
    start = forms.IntegerField(required=False, widget=forms.HiddenInput)
    end = forms.IntegerField(required=False, widget=forms.HiddenInput)
    exact = Words(
        _("Words of the text"),
        rows=2,
        help_text=_("Copy them from here on; leave this empty to mean the whole paragraph."),
    )
    # The metaclass takes fields off the class, so that Form.prefix stays what it is.
    prefix = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)  # type: ignore[assignment]  # see above
    suffix = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def passage(self) -> Passage:
        """Return what was pointed at."""
        names = ("ref", "start", "end", "exact", "prefix", "suffix")
        return Passage(**{name: self.cleaned_data[name] for name in names})


class WordingFields(forms.Form):
    """What somebody says about it."""

    body = Words(_("Your words"), help_text=_("Markdown works: *emphasis*, lists, > quotations."))
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        help_text=_("Separated by commas."),
        widget=forms.TextInput(attrs={"list": "known-tags", "autocomplete": "off"}),
    )

    def wording(self) -> Wording:
        """Return the words as sent."""
        return Wording(
            body=self.cleaned_data["body"],
            replacement=self.cleaned_data.get("replacement"),
            tags=self.cleaned_data.get("tags", "").split(","),
        )


class AnnotationForm(PassageFields, WordingFields):
    """A new annotation of the text."""

    motivation = forms.ChoiceField(
        label=_("What is it?"),
        choices=OFFERED,
        initial=Motivation.COMMENTING,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose what this is.")},
    )
    replacement = Words(_("Suggested wording"), rows=2)
    visibility = SeenBy(initial=Visibility.PUBLIC)
    name = forms.CharField(label=_("Your name"), required=False, max_length=80)
    client_key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    field_order = ("motivation", "exact", "replacement", "body", "tags", "visibility", "name")

    def __init__(
        self, data: Any = None, *, audience: Audience, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial={"visibility": audience.choice, **(initial or {})})
        self.audience = audience
        offered(self).offer(lambda: audience.groups)


class ReplyForm(forms.Form):
    """An answer to an annotation."""

    body = Words(_("Your reply"))
    name = forms.CharField(label=_("Your name"), required=False, max_length=80)
    client_key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def wording(self) -> Wording:
        """Return the words as sent."""
        return Wording(body=self.cleaned_data["body"])


class EditForm(WordingFields):
    """New words for an annotation; ``version`` is the one its author saw."""

    replacement = Words(_("Suggested wording"), rows=2)
    visibility = SeenBy(required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ("replacement", "body", "tags", "visibility")

    def __init__(
        self,
        data: Any = None,
        *,
        annotation: Annotation,
        audience: Audience,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        own = annotation.group  # which its author may have left; it stays there all the same
        offered(self).offer(
            lambda: [*audience.groups, *([own] if own and own not in audience.groups else [])]
        )
        if annotation.motivation != Motivation.EDITING:
            del self.fields["replacement"]
        if not annotation.is_root:
            del self.fields["visibility"], self.fields["tags"]


def offered(form: forms.Form) -> SeenBy:
    """Return a form's field for who may read something."""
    field = form.fields["visibility"]
    assert isinstance(field, SeenBy)  # noqa: S101 -- for the type checker
    return field


class AdjustForm(PassageFields):
    """Another passage for an annotation."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class FlagForm(forms.Form):
    """A report to the moderators."""

    reason = forms.ChoiceField(
        label=_("What is wrong with it?"),
        choices=[pair for pair in Reason.choices if pair[0] != Reason.RULES],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason."), "invalid_choice": _("Choose a reason.")},
    )
    note = Words(_("Anything the moderators should know (optional)"), rows=2)


class AppealForm(forms.Form):
    """Why a decision should be looked at again."""

    words = Words(
        _("Why should it be looked at again?"),
        help_text=_("Another moderator reads this with the text. One can appeal once."),
    )


class FilterForm(forms.Form):
    """Which threads of a paragraph to show, and in which order. It is sent with GET."""

    motivation = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("Any kind")), *OFFERED]
    )
    tag = forms.ChoiceField(label=_("Tag"), required=False)
    author = forms.ChoiceField(label=_("Author"), required=False)
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("Any status")), *Status.choices]
    )
    sort = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[
            ("place", _("By place in the text")),
            ("newest", _("Newest first")),
            ("oldest", _("Oldest first")),
            ("replies", _("Most replies first")),
        ],
    )
    unread = forms.BooleanField(label=_("Unread only"), required=False)

    def __init__(self, data: Any, tags: list[str], authors: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["tag"].choices = [("", _("Any tag")), *((tag, tag) for tag in tags)]  # type: ignore[attr-defined]  # a ChoiceField has choices
        self.fields["author"].choices = [("", _("Anybody")), *authors]  # type: ignore[attr-defined]  # a ChoiceField has choices

    def filters(self) -> Filters:
        """Return the filters; what is not understood asks for nothing."""
        self.is_valid()
        data = self.cleaned_data
        sort = data.get("sort") or "place"
        return Filters(
            motivation=data.get("motivation", ""),
            tag=data.get("tag", ""),
            author=data.get("author", ""),
            status=data.get("status", ""),
            unread=bool(data.get("unread")),
            sort=sort if sort in SORTS else "place",
        )
