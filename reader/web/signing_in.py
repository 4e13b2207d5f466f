"""Who somebody is, and what the site lets them do."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef, Q, QuerySet

from reader import policy, ready_made
from reader.models import User
from reader.queries import hiding


class Backend(AuthenticationBackend):
    """allauth's backend, asking once for all that a person may do, and not once for each way."""

    def get_user(self, user_id: Any) -> User | None:
        """Return the account, which knows whether it has a second step and hides somebody."""
        people = User.objects.annotate(**{hiding.KEPT_AS: hiding.is_hiding("pk")})
        if settings.SECOND_FACTOR_FOR != "nobody":
            second = Exists(policy.factors().filter(user_id=OuterRef("pk")))
            people = people.annotate(has_factor=second)
        found = people.filter(pk=user_id).first()
        return found if found is not None and self.user_can_authenticate(found) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the permissions given to the person and to their groups; for superusers, all."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            pk = user_obj.pk
            is_all = user_obj.is_superuser
            pairs = _pairs(Q()) if is_all else ready_made.rows("permissions", _given, pk)
            found = {f"{app}.{name}" for app, name in pairs}
            is_asleep = found and policy.lacks_factor(user_obj)
            user_obj._perm_cache = set() if is_asleep else found  # noqa: SLF001 -- where Django keeps them too
        kept: set[str] = user_obj._perm_cache  # noqa: SLF001 -- as above
        return kept


def _given(pk: int) -> "QuerySet[Permission, tuple[str, str]]":
    return _pairs(Q(user=pk) | Q(group__user=pk))


def _pairs(given: Q) -> "QuerySet[Permission, tuple[str, str]]":
    rows = Permission.objects.filter(given).order_by()
    return rows.values_list("content_type__app_label", "codename").distinct()
