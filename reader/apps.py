"""The Django applications: the reader and its admin site."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ReaderConfig(AppConfig):
    """The one application of the project."""

    name = "reader"
    verbose_name = "Postil"

    def ready(self) -> None:
        """Let ``manage.py check`` know what it can look at."""
        import_module("reader.web.hypothesis_client")


class ReaderAdminConfig(AdminConfig):
    """Django's admin with Postil's site class."""

    default_site = "reader.admin.site.PostilAdminSite"

    def ready(self) -> None:
        """Register the admin's rooms, now that the site is made which they register with."""
        super().ready()
        for room in (
            "access",
            "annotations",
            "documents",
            "editions",
            "log",
            "moderation",
            "people",
            "webhooks",
        ):
            import_module(f"reader.admin.{room}")
