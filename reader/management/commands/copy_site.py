"""manage.py copy_site: a live site moves to PostgreSQL, and nothing is missing there."""

import copy
import os
import subprocess
import sys
import time
from typing import Any

import environ
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q

from reader.management import copying
from reader.management.copying import CannotCopy
from reader.management.row_values import Sum, sum_of
from reader.models import Annotation, Block
from reader.search.index import ANNOTATIONS, BLOCKS

FROM, TO = "copied_from", "copied_to"
MOST_NAMED = 3
LINE = "{:<34} {:>10} {:>10}  {:<16} {:<16} {}"


class Command(BaseCommand):
    """Copy the site to an empty PostgreSQL database and compare the two, table by table."""

    help = (
        "Copy everything from the site's database to PostgreSQL, as of one moment, while the site "
        "runs; then compare both. Ends with 1, and leaves the target without rows, on any "
        "difference."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the target and what may be done to it."""
        parser.add_argument("target", help="postgres://user:password@host/name")
        parser.add_argument(
            "--replace", action="store_true", help="delete what a Postil there holds already"
        )
        parser.add_argument(
            "--mend",
            action="store_true",
            help="put \ufffd for NUL signs and halves of surrogates, which PostgreSQL cannot hold",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Copy and compare.

        Raises:
            CommandError: the copy was not made, or differs; what the target held is still there.
        """
        began = time.monotonic()
        source, target = self._open(options["target"])
        try:
            copying.check_source(source)
            left = copying.other_tables(source)
            self._make_room(options["target"], target, replace=options["replace"])
            with transaction.atomic(using=FROM), transaction.atomic(using=TO):
                copying.begin_snapshot(source)
                self._copy(source, target, mend=options["mend"])
            self._in_target(options["target"], "rebuild_search")
            self._check_index(target)
        except (CannotCopy, DatabaseError) as error:
            raise CommandError(f"Not copied. {error}") from error
        finally:
            source.close()
            target.close()
        if left:
            self.stdout.write(f"Not copied, being no part of Postil: {', '.join(left)}")
        self.stdout.write(f"Everything is there. It took {time.monotonic() - began:.0f} s.")

    def _open(self, url: str) -> tuple[BaseDatabaseWrapper, BaseDatabaseWrapper]:
        try:
            target: dict[str, Any] = environ.Env.db_url_config(url)
        except (ImproperlyConfigured, ValueError) as error:
            raise CommandError(f"{url} names no database.") from error
        if target.get("ENGINE") != "django.db.backends.postgresql":
            raise CommandError("The target must be PostgreSQL: postgres://user:password@host/name")
        own = copy.deepcopy(settings.DATABASES[DEFAULT_DB_ALIAS])
        if connections[DEFAULT_DB_ALIAS].vendor == "sqlite":
            # Readers hold up nobody; IMMEDIATE, as the site begins, would, and so would a turn.
            own["ENGINE"] = "django.db.backends.sqlite3"
            own["OPTIONS"]["transaction_mode"] = "DEFERRED"
        else:
            own["OPTIONS"].pop("pool", None)
        return copying.add_connection(FROM, own), copying.add_connection(TO, target)

    def _make_room(self, url: str, target: BaseDatabaseWrapper, *, replace: bool) -> None:
        """Make the target's tables.

        Raises:
            CannotCopy: there are rows in them, and nobody said that they may go.
        """
        held = copying.occupied(target)
        if held and not replace:
            others = " and others" if len(held) > MOST_NAMED else ""
            some = ", ".join(held[:MOST_NAMED])
            raise CannotCopy(
                f"The target is not empty: rows in {some}{others}. --replace deletes them."
            )
        if not copying.is_up_to_date(target):
            self._in_target(url, "migrate", "--verbosity=0", "--no-input")
        if not set(target.introspection.table_names()).issuperset(copying.CACHES):
            self._in_target(url, "createcachetable", "--verbosity=0")

    def _in_target(self, url: str, *words: str) -> None:
        """Run a command on the target, in a process whose own database it is.

        What migrations and the index of words ask is the default database.
        """
        surroundings = {**os.environ, "DATABASE_URL": url}
        surroundings.pop("REPLICA_DATABASE_URL", None)
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]
        done = subprocess.run(  # noqa: S603 -- our own command
            command, env=surroundings, check=False, capture_output=True, text=True
        )
        if done.returncode:
            last = (done.stderr.strip() or "no reason given").splitlines()[-1]
            raise CannotCopy(f"manage.py {words[0]} failed on the target: {last}")

    def _copy(
        self, source: BaseDatabaseWrapper, target: BaseDatabaseWrapper, *, mend: bool
    ) -> None:
        """Copy, look at what arrived, and undo all of it unless it is the same."""
        copying.empty(target)
        sent: dict[type[models.Model], Sum] = {}
        for model in copying.tables():
            try:
                sent[model], mended = copying.copy_table(model, source, target, mend=mend)
            except DatabaseError as error:
                raise CannotCopy(f"{copying.table_name(model)}: {error}") from error
            for line in mended:
                self.stdout.write(f"Mended: {line}")
        copying.carry_numbers(source, target)
        copying.check_links(target)
        self.stdout.write(LINE.format("table", "here", "there", "sum here", "sum there", ""))
        wrong = [model for model, here in sent.items() if not self._is_same(model, here)]
        if wrong:
            raise CannotCopy(
                f"{len(wrong)} tables differ: {', '.join(map(copying.table_name, wrong))}."
            )

    def _is_same(self, model: type[models.Model], here: Sum) -> bool:
        """Compare what the target now holds with what was read, and say so."""
        there = sum_of(copying.rows_of(model, TO))
        counts = copying.count_rows(model, FROM), copying.count_rows(model, TO)
        is_same = here == there and counts == (here.count, here.count)
        self.stdout.write(
            LINE.format(
                copying.table_name(model),
                *counts,
                str(here),
                str(there),
                "same" if is_same else "DIFFERENT",
            ).rstrip()
        )
        return is_same

    def _check_index(self, target: BaseDatabaseWrapper) -> None:
        """Make sure that all that can be found is in the index.

        Raises:
            CannotCopy: something is missing in it.
        """
        current = Q(edition__document__current_edition=F("edition"))
        there = {
            ANNOTATIONS: Annotation.objects.using(TO).filter(deleted_at=None).count(),
            BLOCKS: Block.objects.using(TO).filter(current).count(),
        }
        for table, expected in there.items():
            with target.cursor() as cursor:
                cursor.execute(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 -- our own name
                found = cursor.fetchone()[0]
            if found != expected:
                raise CannotCopy(f"{table} holds {found} entries, not {expected}.")
