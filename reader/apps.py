"""The Django applications: the reader and its admin site."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.db.backends.signals import connection_created

from reader.logs import SlowQueries


class ReaderConfig(AppConfig):
    """The one application of the project."""

    name = "reader"
    verbose_name = "Postil"

    def ready(self) -> None:
        """Let ``manage.py check`` know what it can look at, and watch queries for slow ones."""
        import_module("reader.web.hypothesis_client")
        import_module("reader.web.checks")
        if settings.SLOW_QUERY_MS or settings.METRICS:
            # The one word of Django's that is listened to: nothing is written because of it.
            watch = SlowQueries(settings.SLOW_QUERY_MS).watch
            connection_created.connect(watch, weak=False, dispatch_uid="slow queries")


class ReaderAdminConfig(AdminConfig):
    """Django's admin with Postil's site class."""

    default_site = "reader.admin.site.PostilAdminSite"

    def ready(self) -> None:
        """Register the admin's rooms, now that the site is made which they register with."""
        super().ready()
        for room in (
            "access",
            "annotations",
            "appeals",
            "documents",
            "editions",
            "log",
            "moderation",
            "people",
            "rules",
            "sanctions",
            "webhooks",
        ):
            import_module(f"reader.admin.{room}")
