"""Webhooks and what became of their messages: for superusers alone."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from reader import policy
from reader.actions.errors import Invalid
from reader.actions.webhooks import check_url, new_secret, renew_secret, try_again
from reader.admin.base import ListAdmin, ReadOnlyAdmin, staff
from reader.admin.people import OperatorsOnly
from reader.models import Webhook, WebhookDelivery
from reader.queries.webhooks import WAITING

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Webhook]
else:
    ModelForm = forms.ModelForm


class WebhookForm(ModelForm):
    """Where to, and what of."""

    url = forms.URLField(label=_("Address"), max_length=500, assume_scheme="https")

    class Meta:
        model = Webhook
        fields = ("name", "url", "document", "is_active")

    def clean_url(self) -> str:
        """Ask for an address that messages may be sent to."""
        url: str = self.cleaned_data["url"]
        try:
            check_url(url)
        except Invalid as error:
            raise forms.ValidationError(str(error)) from error
        return url


@admin.register(Webhook)
class WebhookAdmin(OperatorsOnly, ListAdmin):
    """Addresses that are told of changes."""

    form = WebhookForm
    list_display = ("name", "url", "document", "is_active", "waiting", "dead")
    list_filter = ("is_active",)
    list_select_related = ("document",)
    search_fields = ("name", "url")
    search_help_text = _("Name or address")
    ordering = ("name",)
    sortable_by = ("name",)
    autocomplete_fields = ("document",)
    fields = ("name", "url", "document", "is_active", "made")
    readonly_fields = ("made",)
    actions = ("give_new_secret",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        """Return the webhooks, and whether something waits or was given up."""
        sent = WebhookDelivery.objects.filter(webhook=OuterRef("pk"))
        return Webhook.objects.annotate(
            has_waiting=Exists(sent.filter(WAITING)),
            has_dead=Exists(sent.filter(dead_at__isnull=False)),
        )

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Say what an empty document means."""
        texts = {"document": _("Empty: changes in all documents.")}
        return super().get_form(request, obj, change, help_texts=texts, **kwargs)

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        """Save it; a new one gets its secret, which is shown this once."""
        if not change:
            obj.secret = new_secret()
            obj.created_by = staff(request)
        super().save_model(request, obj, form, change)
        if not change:
            self._show(request, obj, obj.secret)

    @admin.action(description=_("Give a new secret"))
    def give_new_secret(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        """Sign with another secret from now on, and show it this once."""
        for webhook in queryset:
            self._show(request, webhook, renew_secret(webhook=webhook))

    def _show(self, request: HttpRequest, webhook: Webhook, secret: str) -> None:
        said = format_html(
            _now("The secret of “{}”, which is not shown again: {}"),
            webhook.name,
            format_html("<code>{}</code>", secret),
        )
        self.message_user(request, said, messages.WARNING)

    @admin.display(description=_("made"))
    def made(self, webhook: Webhook) -> str:
        """Return when and by whom it was made."""
        if webhook.pk is None:
            return "–"
        by = webhook.created_by.get_full_name() if webhook.created_by else "–"
        return f"{webhook.created_at:%Y-%m-%d} · {by}"

    @admin.display(description=_("waiting"))
    def waiting(self, webhook: Webhook) -> SafeString:
        """Return a link to what waits to be sent."""
        return _deliveries(webhook, Outcome.WAITING, getattr(webhook, "has_waiting", False))

    @admin.display(description=_("given up"))
    def dead(self, webhook: Webhook) -> SafeString:
        """Return a link to what could not be sent."""
        return _deliveries(webhook, Outcome.DEAD, getattr(webhook, "has_dead", False))


class Outcome(admin.SimpleListFilter):
    """What became of a delivery."""

    WAITING, DELIVERED, DEAD = "waiting", "delivered", "dead"
    title = _("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the outcomes."""
        return [
            (self.WAITING, _("Waiting")),
            (self.DELIVERED, _("Delivered")),
            (self.DEAD, _("Given up (dead letters)")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]
    ) -> QuerySet[WebhookDelivery]:
        """Return the deliveries that went this way."""
        if self.value() == self.WAITING:
            return queryset.filter(WAITING)
        if self.value() == self.DELIVERED:
            return queryset.filter(delivered_at__isnull=False)
        if self.value() == self.DEAD:
            return queryset.filter(dead_at__isnull=False)
        return queryset


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """Messages on their way, arrived or given up; those given up can be tried again."""

    actions = ("send_again",)
    list_display = (
        "created_at",
        "webhook",
        "what",
        "subject",
        "attempts",
        "next_attempt_at",
        "delivered_at",
        "dead_at",
        "last_status",
        "last_error",
    )
    list_filter = (Outcome, "webhook")
    list_select_related = ("webhook", "event__document")
    search_fields = ("=subject",)
    search_help_text = _("Whole name (uid) of an annotation")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "created_at",
        "webhook",
        "what",
        "subject",
        "attempts",
        "next_attempt_at",
        "delivered_at",
        "dead_at",
        "last_status",
        "last_error",
    )
    readonly_fields = ("what",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever makes webhooks sees what became of them."""
        return policy.may_manage_people(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever makes webhooks sees what became of them."""
        return policy.may_manage_people(request.user)

    @admin.display(description=_("event"))
    def what(self, delivery: WebhookDelivery) -> str:
        """Return the event's name, and its number in the document."""
        event = delivery.event
        return f"{event.name} · {event.document.slug} {event.number}"

    @admin.action(description=_("Try again"), permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        """Begin anew with those that were given up."""
        begun = sum(try_again(delivery=delivery) for delivery in queryset)
        said = ngettext("%(n)d is tried again.", "%(n)d are tried again.", begun)
        level = messages.SUCCESS if begun else messages.WARNING
        self.message_user(request, said % {"n": begun}, level)


def _deliveries(webhook: Webhook, outcome: str, there_are: bool) -> SafeString:
    if not there_are:
        return SafeString("–")
    url = reverse("admin:reader_webhookdelivery_changelist")
    return format_html(
        '<a href="{}?webhook__id__exact={}&outcome={}">{}</a>', url, webhook.pk, outcome, _("Look")
    )
