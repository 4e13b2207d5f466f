"""Filters whose choices are few whatever the site's size."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from reader.admin.base import small_integer
from reader.models import Decision, Document, QueueItem, Reason, Status, User
from reader.queries import moderation

CHOICES_OFFERED = 50


class WaitingDocument(SimpleListFilter):
    """The queue of one document; offered are those where something waits."""

    title = _("document")
    parameter_name = "document"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the documents to choose from."""
        return [(str(pk), title) for pk, title in moderation.documents_waiting(request.user)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[QueueItem]) -> QuerySet[QueueItem]:
        """Return the items of the chosen document."""
        key = small_integer(self.value() or "")
        return queryset if key is None else queryset.filter(document_id=key)


class WhyWaiting(SimpleListFilter):
    """Pending items, or reported ones."""

    title = _("why it is here")
    parameter_name = "why"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the two ways into the queue."""
        return [("pending", Status.PENDING.label), ("reported", _("Reported"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[QueueItem]) -> QuerySet[QueueItem]:
        """Return the items that came this way."""
        if self.value() == "pending":
            return queryset.filter(status=Status.PENDING)
        if self.value() == "reported":
            return queryset.filter(moderation.is_reported())
        return queryset


class ReportedFor(SimpleListFilter):
    """Items with an open report of one reason."""

    title = _("reason of the report")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the reasons."""
        return list(Reason.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[QueueItem]) -> QuerySet[QueueItem]:
        """Return the items reported for this."""
        value = self.value()
        return queryset.filter(moderation.is_reported(reason=value)) if value else queryset


class DecidedBy(SimpleListFilter):
    """Decisions of one member of staff."""

    title = _("moderator")
    parameter_name = "actor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the people who may moderate."""
        staff = User.objects.filter(is_staff=True).order_by("username")[:CHOICES_OFFERED]
        return [(str(person.pk), str(person)) for person in staff]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Decision]) -> QuerySet[Decision]:
        """Return what this person decided."""
        key = small_integer(self.value() or "")
        return queryset if key is None else queryset.filter(actor_id=key)


class OfDocument(SimpleListFilter):
    """Rows of one document; offered are the newest documents."""

    title = _("document")
    parameter_name = "document"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the newest documents."""
        newest = Document.objects.order_by("-created_at", "-pk")[:CHOICES_OFFERED]
        return [(str(pk), title) for pk, title in newest.values_list("pk", "title")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the chosen document."""
        key = small_integer(self.value() or "")
        return queryset if key is None else queryset.filter(document_id=key)
