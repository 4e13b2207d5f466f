"""Programs that may ask people to let them speak for them: for superusers alone."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from reader.admin.base import ListAdmin
from reader.admin.people import OperatorsOnly
from reader.models import OAuthClient
from reader.queries.oauth import is_origin

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[OAuthClient]
else:
    ModelForm = forms.ModelForm


class OAuthClientForm(ModelForm):
    """A client, with its origins one on a line."""

    origins = forms.CharField(
        label=_("Allowed origins"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "One on a line, as in https://reader.example.org or http://127.0.0.1:9000: no path, "
            "no capital letters. Empty: this site's own. People's codes go to these windows."
        ),
    )

    class Meta:
        model = OAuthClient
        fields = ("name", "client_id", "origins", "is_active")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.initial["origins"] = "\n".join(self.instance.origins)

    def clean_origins(self) -> list[str]:
        """Return the origins.

        Raises:
            ValidationError: one of them is none.
        """
        lines = [line.strip() for line in self.cleaned_data["origins"].splitlines()]
        origins = list(dict.fromkeys(line for line in lines if line))
        for one in origins:
            if not is_origin(one):
                raise forms.ValidationError(
                    _("“%(origin)s” is no origin. Write https://host or https://host:port."),
                    params={"origin": one},
                )
        return origins


@admin.register(OAuthClient)
class OAuthClientAdmin(OperatorsOnly, ListAdmin):
    """Clients, and the origins they run on."""

    form = OAuthClientForm
    list_display = ("name", "client_id", "where", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "client_id")
    search_help_text = _("Name or client id")
    ordering = ("name",)
    sortable_by = ("name",)
    fields = ("name", "client_id", "origins", "is_active", "created_at")
    readonly_fields = ("created_at",)

    @admin.display(description=_("origins"))
    def where(self, client: OAuthClient) -> str:
        """Return where it runs."""
        return ", ".join(client.origins) or str(_("this site"))
