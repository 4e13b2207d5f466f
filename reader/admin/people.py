"""People and groups: for superusers alone."""

from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from reader import policy, shared_look
from reader.actions.access import Because, end_access
from reader.actions.people import erase_account
from reader.admin.base import (
    CappedPaginator,
    GuardedList,
    InlineModelAdmin,
    ListAdmin,
    OwnAddress,
    StackedInline,
)
from reader.admin.forms import PasswordForm, PersonCreationForm
from reader.models import DocumentRole, Group, Membership, User

MOST_EDITED_INLINE = 200

# Nobody makes or changes a second step for somebody else: manage.py forget_factors takes it away.
admin.site.unregister(Authenticator)

if TYPE_CHECKING:
    AccountAdmin = UserAdmin[User]
else:
    AccountAdmin = UserAdmin


class OperatorsOnly:
    """Permissions of what decides over permissions: nobody but superusers, whatever was granted."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the viewer manages people."""
        return policy.may_manage_people(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the viewer manages people."""
        return policy.may_manage_people(request.user)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the viewer manages people."""
        return policy.may_manage_people(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the viewer manages people."""
        return policy.may_manage_people(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the viewer manages people."""
        return policy.may_manage_people(request.user)


class PartsInline(OperatorsOnly, StackedInline):
    """The parts somebody plays in documents."""

    model = DocumentRole
    autocomplete_fields = ("document",)
    fields = ("document", "role", "granted_at")
    readonly_fields = ("granted_at",)
    extra = 0


@admin.register(User)
class PersonAdmin(OperatorsOnly, OwnAddress, GuardedList, AccountAdmin):
    """Accounts, what they may do, and their removal."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    actions = None
    add_form = PersonCreationForm
    change_password_form = PasswordForm
    list_display = (
        "username",
        "name",
        "email",
        "signed_in",
        "is_active",
        "is_staff",
        "is_superuser",
        "may",
    )
    list_filter = ("kind", "is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("username", "name", "email")
    search_help_text = _("Username, name or e-mail address")
    ordering = ("username",)
    sortable_by = ("username",)
    filter_horizontal = ()
    readonly_fields = ("kind", "last_login", "date_joined")
    inlines = (PartsInline,)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Profile"), {"fields": ("name", "email", "bio", "time_zone", "kind")}),
        (
            _("May"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "name", "email")}),
        (_("Password"), {"fields": ("usable_password", "password1", "password2")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return everybody, with the groups of permissions they are in."""
        return User.objects.prefetch_related("groups")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save the account; nothing speaks any more for one that is closed."""
        super().save_model(request, obj, form, change)
        shared_look.changed()
        if change and not obj.is_active:
            end_access(user=obj, because=Because.ACCOUNT_CLOSED)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Erase the account with every word it wrote, as its owner can."""
        erase_account(person=obj)

    @admin.display(description=_("last sign-in"))
    def signed_in(self, person: User) -> str:
        """Return the day of the last sign-in."""
        if person.last_login is None:
            return "–"
        return date_format(localtime(person.last_login), "SHORT_DATE_FORMAT")

    @admin.display(description=_("groups of permissions"))
    def may(self, person: User) -> str:
        """Return the permission groups the person is in."""
        return ", ".join(group.name for group in person.groups.all()) or "–"


class MemberInline(OperatorsOnly, StackedInline):
    """The members of a group."""

    model = Membership
    autocomplete_fields = ("user",)
    fields = ("user", "role", "joined_at")
    readonly_fields = ("joined_at",)
    extra = 0


@admin.register(Group)
class GroupAdmin(OperatorsOnly, ListAdmin):
    """Groups of readers; groups of permissions are Django's own and stand elsewhere."""

    list_display = ("name", "slug", "kind", "created_at")
    list_filter = ("kind",)
    search_fields = ("name", "slug")
    ordering = ("name",)
    sortable_by = ("name",)
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("created_at", "members_count")
    fieldsets = (
        (None, {"fields": ("name", "slug", "description", "kind")}),
        (_("Members"), {"fields": ("members_count", "created_at")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes a group here: what its members wrote for it would go with it."""
        return False

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[type[InlineModelAdmin]]:
        """Return the members to edit; a crowd is too long for one form."""
        crowd = obj is not None and obj.memberships.count() > MOST_EDITED_INLINE
        return [] if crowd else [MemberInline]

    @admin.display(description=_("members"))
    def members_count(self, group: Group) -> int:
        """Return how many members the group has."""
        return group.memberships.count() if group.pk else 0
