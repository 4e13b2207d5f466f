"""The database, whichever it is: that it answers, has our tables, and keeps time as we do."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.utils import timezone

from reader.management.doctor import Finding, fail, first_row, ok, warn
from reader.management.doctor import postgresql as on_postgresql
from reader.management.doctor import sqlite as on_sqlite
from reader.models import Annotation, Event

APART = timedelta(seconds=5)  # that two clocks may be
AHEAD = timedelta(minutes=1)  # that something may have happened after now


def database() -> Iterator[Finding]:
    """Look at everything that only one kind of database has."""
    checks = {"sqlite": on_sqlite.CHECKS, "postgresql": on_postgresql.CHECKS}[connection.vendor]
    for check in checks:
        yield from check()


def migrations() -> Iterator[Finding]:
    """Look at whether the tables are those of this code."""
    name = "migrations"
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    known = set(executor.loader.disk_migrations or ())
    ahead = [one for one in executor.loader.applied_migrations if one not in known]
    if missing:
        yield fail(name, f"{len(missing)} are not applied: run `manage.py migrate`.")
    elif any(app == "reader" for app, _name in ahead):
        yield fail(name, "The database is that of a newer Postil: install that one again.")
    else:
        yield ok(name, "All are applied.")


def clock() -> Iterator[Finding]:
    """Look at whether the machine's clock agrees with the database's, and with what was written."""
    now = timezone.now()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            apart = abs(first_row(cursor, "SELECT clock_timestamp()")[0] - timezone.now())
        if apart > APART:
            seconds = apart.total_seconds()
            yield fail("clock", f"It is {seconds:.0f} s from the database's: run an NTP client.")
            return
    newest = [
        Annotation.objects.aggregate(at=Max("created_at"))["at"],
        Event.objects.order_by("-pk").values_list("at", flat=True).first(),
    ]
    if any(at is not None and at > now + AHEAD for at in newest):
        yield warn("clock", "Things were written after now: the clock was set back; set it right.")
    else:
        yield ok("clock", "Nothing was written after now.")


CHECKS = [migrations, database, clock]
