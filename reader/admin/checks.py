"""Checks before publication: on or off for a document, lists of words, and trying a text."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from reader import policy
from reader.actions.errors import Invalid
from reader.actions.judging import set_judge
from reader.actions.trying import try_text
from reader.actions.webhooks import check_url
from reader.admin.base import ListAdmin
from reader.checks import CHECKS, Check
from reader.models import Document, WordList
from reader.queries.checking import documents_with_checks
from reader.text.markup import MAX_BODY
from reader.text.word_lists import BadEntry, entry_words

NEW, KNOWN = "new", "known"
LANGUAGE = r"^[a-z]{2,8}$"

if TYPE_CHECKING:
    DocumentModelForm = forms.ModelForm[Document]
    WordListModelForm = forms.ModelForm[WordList]
else:
    DocumentModelForm = WordListModelForm = forms.ModelForm


def _described(check: Check) -> Any:
    return format_html("<strong>{}</strong> · {}", check.label, check.help)


class DocumentForm(DocumentModelForm):
    """A document's particulars, with a box to tick for each check."""

    chain = forms.MultipleChoiceField(
        label=_("Held for a moderator"),
        choices=lambda: [(check.name, _described(check)) for check in CHECKS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["chain"] = self.instance.checks.split()

    def clean_judge_url(self) -> str:
        """Ask for an address that messages may be sent to."""
        url: str = self.cleaned_data["judge_url"]
        try:
            if url:
                check_url(url)
        except Invalid as error:
            raise forms.ValidationError(str(error)) from error
        return url

    def save(self, commit: bool = True) -> Document:
        """Keep the names of the checks that are ticked."""
        self.instance.checks = " ".join(self.cleaned_data["chain"])
        return super().save(commit)


class ChecksOfDocument:
    """The part of a document's page that sets its checks; its judge is the operator's to name."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let operators alone say where held texts are sent."""
        fields = super().get_readonly_fields(request, obj)  # type: ignore[misc]  # a mixin of ModelAdmin
        return fields if policy.may_manage_people(request.user) else (*fields, "judge_url")

    def save_model(self, request: HttpRequest, obj: Document, form: Any, change: bool) -> None:
        """Save it; a new judge gets a secret, which is shown this once."""
        super().save_model(request, obj, form, change)  # type: ignore[misc]  # as above
        if "judge_url" not in form.changed_data:
            return
        secret = set_judge(document=obj, url=obj.judge_url)
        if secret:
            said = format_html(
                _now("The secret that questions to {} are signed with, not shown again: {}"),
                obj.judge_url,
                format_html("<code>{}</code>", secret),
            )
            messages.warning(request, said)


class WordListForm(WordListModelForm):
    """A list of words, each of which can be looked for."""

    language = forms.RegexField(
        LANGUAGE,
        label=_("Language"),
        required=False,
        help_text=_("Such as en or kk: the list is for documents in it. Empty: for all."),
    )

    class Meta:
        model = WordList
        fields = ("name", "language", "words", "is_active")

    def clean_words(self) -> str:
        """Refuse lines that cannot be looked for."""
        words: str = self.cleaned_data["words"]
        for line in words.splitlines():
            try:
                entry_words(line)
            except BadEntry as error:
                message = _now(
                    "“%(line)s” cannot be looked for: a word or a few, with * at an end alone."
                )
                raise forms.ValidationError(message % {"line": line}) from error
        return words


class TryForm(forms.Form):
    """A text to be tried."""

    document = forms.SlugField(
        label=_("Document"),
        max_length=80,
        help_text=_("Its address, as in /d/address/."),
        widget=forms.TextInput(attrs={"list": "documents", "class": "vTextField"}),
    )
    author = forms.ChoiceField(
        label=_("Written by"),
        choices=[(NEW, _("somebody new")), (KNOWN, _("somebody known here"))],
        widget=forms.RadioSelect,
        initial=NEW,
    )
    body = forms.CharField(
        label=_("Text"),
        max_length=MAX_BODY,
        widget=forms.Textarea(attrs={"rows": 8, "class": "vLargeTextField"}),
    )


@admin.register(WordList)
class WordListAdmin(ListAdmin):
    """Lists of words, for moderators of the whole site; and where any moderator tries a text."""

    form = WordListForm
    list_display = ("name", "language", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)
    ordering = ("name",)
    sortable_by = ()

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Moderators of the whole site look after the lists."""
        return policy.may_moderate_everywhere(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Moderators of the whole site look after the lists."""
        return policy.may_moderate_everywhere(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Moderators of the whole site look after the lists."""
        return policy.may_moderate_everywhere(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Moderators of the whole site look after the lists."""
        return policy.may_moderate_everywhere(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Moderators of the whole site look after the lists."""
        return policy.may_moderate_everywhere(request.user)

    def get_urls(self) -> list[URLPattern]:
        """Add the page where a text is tried."""
        view = self.admin_site.admin_view(self.try_view)
        return [path("try/", view, name="reader_wordlist_try"), *super().get_urls()]

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """Show which checks would hold a text, and why; nothing is changed.

        Raises:
            PermissionDenied: the viewer moderates nothing.
        """
        if not policy.moderates_anything(request.user):
            raise PermissionDenied
        form = TryForm(request.POST or None, initial={"document": request.GET.get("document", "")})
        context = {
            **self.admin_site.each_context(request),
            "title": _now("Try a text"),
            "opts": self.opts,
            "form": form,
            "documents": documents_with_checks(request.user),
            "tried": _tried(request, form) if form.is_valid() else None,
        }
        context["holds"] = [one for one in context["tried"] or () if one.is_on and one.why]
        status = 422 if form.errors else 200
        template = "admin/reader/wordlist/try.html"
        return TemplateResponse(request, template, context, status=status)


def _tried(request: HttpRequest, form: TryForm) -> Any:
    """Return what the checks say, or None where the form cannot be tried, and say why in it."""
    data = form.cleaned_data
    mine = Document.objects.filter(policy.documents_moderated_by(request.user))
    document = mine.filter(slug=data["document"]).first()
    if document is None:
        form.add_error("document", _now("You moderate no document of this address."))
        return None
    try:
        return try_text(
            viewer=request.user,
            document=document,
            body=data["body"],
            is_known=data["author"] == KNOWN,
        )
    except Invalid as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None
