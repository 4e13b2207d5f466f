"""Who somebody is, and what the site lets them do."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission
from django.db.models import Q


class Backend(AuthenticationBackend):
    """allauth's backend, asking once for all that a person may do, and not once for each way."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the permissions given to the person and to their groups; for superusers, all."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            given = Q() if user_obj.is_superuser else Q(user=user_obj) | Q(group__user=user_obj)
            rows = Permission.objects.filter(given).order_by()
            pairs = rows.values_list("content_type__app_label", "codename").distinct()
            user_obj._perm_cache = {f"{app}.{name}" for app, name in pairs}  # noqa: SLF001 -- where Django keeps them too
        found: set[str] = user_obj._perm_cache  # noqa: SLF001 -- as above
        return found
