"""Rules that decisions rest on: of a document on its page, of the whole site in a list."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader import policy
from reader.admin.base import ListAdmin, StackedInline
from reader.models import Rule
from reader.queries.rules import is_named

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Rule]
else:
    ModelForm = forms.ModelForm


class RuleForm(ModelForm):
    """A rule. One that decisions name is not reworded: it is retired, and another is written."""

    retired = forms.BooleanField(
        label=_("Retired"),
        required=False,
        help_text=_("No decision can rest on it any more; those that do still name it."),
    )

    class Meta:
        model = Rule
        fields = ("position", "title", "words")
        widgets = {"words": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk is None:
            return
        self.fields["retired"].initial = self.instance.retired_at is not None
        if is_named(self.instance):
            self.fields["title"].disabled = self.fields["words"].disabled = True
            self.fields["title"].help_text = _("Decisions name this rule: retire it to change it.")

    def save(self, commit: bool = True) -> Rule:
        """Save the rule, retired from now on where that was ticked."""
        is_retired = self.instance.retired_at is not None
        if self.cleaned_data["retired"] != is_retired:
            self.instance.retired_at = None if is_retired else timezone.now()
        return super().save(commit)


class RuleInline(StackedInline):
    """The rules of a document, which its editors write."""

    model = Rule
    form = RuleForm
    fields = ("position", "title", "words", "retired")
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever edits the document; the page opens for nobody else."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever edits the document."""
        return True

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever edits the document."""
        return True


@admin.register(Rule)
class RuleAdmin(ListAdmin):
    """The rules of the whole site, which its moderators write."""

    form = RuleForm
    list_display = ("title", "position", "retired_at")
    search_fields = ("title",)
    ordering = ("position", "pk")
    sortable_by = ()
    actions = None
    fields = ("position", "title", "words", "retired")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        """Return the rules of no single document."""
        return Rule.objects.filter(document=None)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Moderators of the whole site."""
        return policy.may_moderate_everywhere(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Moderators of the whole site."""
        return policy.may_moderate_everywhere(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Moderators of the whole site."""
        return policy.may_moderate_everywhere(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Moderators of the whole site."""
        return policy.may_moderate_everywhere(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody: a rule is retired."""
        return False
