"""What the lists of the admin have in common: calm at any size, and read only where it matters."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin import options
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

from reader.models import User

MOST_COUNTED = 2_000
MOST_DIGITS = 18  # as many as fit whole into the 64 bits of a key, with room to spare
ASKED_BY_FILTERS = ("", "__exact", "__isnull", "__id__exact")

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    StackedInline = admin.StackedInline[Any, Any]
    InlineModelAdmin = options.InlineModelAdmin[Any, Any]
    ListPaginator = Paginator[Any]
else:
    ModelAdmin, StackedInline = admin.ModelAdmin, admin.StackedInline
    InlineModelAdmin, ListPaginator = options.InlineModelAdmin, Paginator


def staff(request: HttpRequest) -> User:
    """Return who is signed in; the site has let nobody else in."""
    assert isinstance(request.user, User)  # noqa: S101 -- for the type checker
    return request.user


def small_integer(sent: str) -> int | None:
    """Return the number that was sent, or None for anything the database could not hold as a key.

    Python refuses to read thousands of digits, and a database to compare with more than 64 bits.
    """
    fits = sent.isascii() and sent.isdecimal() and len(sent) <= MOST_DIGITS
    return int(sent) if fits else None


class CappedPaginator(ListPaginator):
    """A paginator that never counts a whole table: after ``MOST_COUNTED`` rows it stops.

    What lies beyond is found by search and filters; no list is read to its last page.
    """

    @cached_property
    def count(self) -> int:
        """The number of rows, at most ``MOST_COUNTED``."""
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]  # the admin gives it nothing else
        return rows.order_by()[:MOST_COUNTED].count()

    @property
    def is_capped(self) -> bool:
        """Whether there may be more rows than were counted."""
        return self.count >= MOST_COUNTED


class OwnAddress:
    """Links to an object's page by its own address.

    Django's detour over ``/admin/r/`` tells any member of staff the address of any row, private
    annotations included; the site leaves it out.
    """

    def get_view_on_site_url(self, obj: Model | None = None) -> str | None:
        """Return where the object is read, if anywhere."""
        address = getattr(obj, "get_absolute_url", None)
        return str(address()) if address else None


class GuardedList(ModelAdmin):
    """A list that answers the questions of its own filters and no others.

    Django would let staff ask for rows by any relation, such as the document that holds a given
    annotation, which tells whether it exists even when it is private.
    """

    linked_lookups: tuple[str, ...] = ()  # asked by links of our own pages

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Whether the list may be narrowed down by this part of its address."""
        asked = set(self.linked_lookups)
        for one in self.get_list_filter(request):
            if isinstance(one, str):
                asked.update(f"{one}{suffix}" for suffix in ASKED_BY_FILTERS)
            elif parameter := getattr(one, "parameter_name", None):
                asked.add(parameter)
        sent = request.GET.getlist(lookup, [value])
        fit = all(len(one) <= MOST_DIGITS for one in sent)  # so no key among them is too large
        return lookup in asked and fit and super().lookup_allowed(lookup, value, request)

    def response_action(  # type: ignore[override]  # the stubs are of a later Django
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        """Run the chosen act on the ticked rows.

        Raises:
            BadRequest: something that is no row was ticked.
        """
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if any(small_integer(one) is None for one in ticked):
            raise BadRequest("not a row: " + ACTION_CHECKBOX_NAME)
        return super().response_action(request, queryset)


class ListAdmin(OwnAddress, GuardedList):
    """A model admin whose list costs the same whatever the size of its table."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0


class ReadOnlyAdmin(ListAdmin):
    """A model admin that shows rows and changes none, whoever asks: superusers too."""

    actions: Any = None
    change_form_template = "admin/read_only_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds a row by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes a row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes a row."""
        return False
