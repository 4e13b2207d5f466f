"""What ``manage.py check --deploy`` says about signing in."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004 -- their name


@register(Tags.security, deploy=True)
def check_second_step(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Warn of a public site whose moderators sign in with a password alone."""
    if settings.IS_LOOPBACK or settings.SECOND_FACTOR_FOR != "nobody":
        return []
    return [
        Warning(
            "Moderators and administrators sign in with a password alone.",
            hint="Unset POSTIL_SECOND_FACTOR_FOR, or set it to staff.",
            id="reader.W010",
        )
    ]
