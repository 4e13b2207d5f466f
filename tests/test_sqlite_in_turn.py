"""Writers to a SQLite file come one after the other, in this process and in others."""

import multiprocessing
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from reader.sqlite_in_turn.base import Turn, turn_of

pytestmark = pytest.mark.skipif(
    "postgres" in settings.DATABASES["default"]["ENGINE"], reason="this is how SQLite is written to"
)


def _add(path: str, times: int) -> None:
    turn = Turn(path)
    for _time in range(times):
        turn.take(20)
        count = int(Path(path).read_text())
        time.sleep(0.0005)  # long enough for others to come between, if they could
        Path(path).write_text(str(count + 1))
        turn.give()


def test_nobody_comes_between_in_threads_and_processes(tmp_path: Path) -> None:
    path = tmp_path / "count"
    path.write_text("0")
    spawn = multiprocessing.get_context("spawn")
    others = [spawn.Process(target=_add, args=(str(path), 40)) for _number in range(3)]
    for one in others:
        one.start()
    turn = Turn(str(path))

    def add() -> None:
        for _time in range(40):
            turn.take(20)
            count = int(path.read_text())
            time.sleep(0.0005)
            path.write_text(str(count + 1))
            turn.give()

    threads = [threading.Thread(target=add) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in others:
        one.join()
    assert path.read_text() == "240"


def test_who_waits_too_long_is_refused_as_by_sqlite(tmp_path: Path) -> None:
    mine, other = Turn(str(tmp_path / "file")), Turn(str(tmp_path / "file"))
    mine.take(1)
    with pytest.raises(OperationalError, match="database is locked"):
        other.take(0.05)
    mine.give()
    other.take(1)
    other.give()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["commit", "rollback", "refused"])
def test_the_turn_is_given_back_however_a_transaction_ends(how: str) -> None:
    turn = turn_of(str(connection.settings_dict["NAME"]))
    if how == "refused":
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        connection.cursor().execute("PRAGMA busy_timeout = 10")
        with pytest.raises(OperationalError), transaction.atomic():
            pass
        other.close()
        connection.close()
    else:
        with transaction.atomic():
            with pytest.raises(OperationalError):
                turn.take(0.01)
            transaction.set_rollback(how == "rollback")
    turn.take(0.5)
    turn.give()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_closed_in_the_middle_gives_it_back() -> None:
    turn = turn_of(str(connection.settings_dict["NAME"]))

    def break_off() -> None:
        with transaction.atomic():
            connection.close()
            raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        break_off()
    turn.take(0.5)
    turn.give()
