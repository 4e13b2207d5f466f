"""Whether the process lives, and whether it can do its work."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from reader.web import health
from tests import factories


@pytest.fixture(autouse=True)
def _look_anew() -> Iterator[None]:
    health.readiness.forget()
    yield
    health.readiness.forget()


@pytest.mark.django_db
def test_all_is_well(client: Client) -> None:
    for path in ("/livez", "/readyz", "/readyz/"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert answer["Cache-Control"] == "no-store"


def test_living_asks_no_database(client: Client) -> None:
    assert client.get("/livez").status_code == 200  # this test may not ask it


@pytest.mark.django_db
def test_probes_come_without_a_name_without_tls_and_leave_nothing(
    client: Client, settings: Any
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client.force_login(factories.make_user("prober"))
    for path in ("/livez", "/readyz"):
        answer = client.get(path, headers={"Host": "10.0.0.7:8000"})
        assert answer.status_code == 200
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    checks: dict[str, health.Check] = {
        "database": health._has_database,
        "migrations": health._Migrated(),
    }
    last = MigrationRecorder.Migration.objects.filter(app="reader").latest("name")
    last.delete()
    try:
        assert health.Readiness(checks).failing() == ["migrations"]
    finally:
        last.save(force_insert=True)
    assert health.Readiness(checks).failing() == []


def test_data_that_cannot_be_written_is_said(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "gone"
    ready = health.Readiness({"disk": health._has_disk})
    assert ready.failing() == ["disk"]
    settings.DATA_DIR.mkdir()
    ready.forget()
    assert ready.failing() == []
    assert list(settings.DATA_DIR.iterdir()) == []


@pytest.mark.django_db
def test_a_database_that_is_away_is_said_and_nothing_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> bool:
        raise OperationalError("connection to server at db.internal.example failed")

    monkeypatch.setattr(health, "readiness", health.Readiness({"database": away}))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "failing", "failing": ["database"]}


def test_a_database_that_does_not_answer_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "ANSWERS_WITHIN", 0.05)
    woken, asked = threading.Event(), []

    def hang() -> bool:
        asked.append(1)
        return woken.wait(20)

    ready = health.Readiness({"database": hang})
    assert [ready.failing() for _try in range(3)] == [["database"]] * 3
    assert len(asked) == 1  # nobody is sent after it a second time
    woken.set()
    deadline = time.monotonic() + 10
    while ready.failing():
        assert time.monotonic() < deadline


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a file that loses its permissions")
@pytest.mark.django_db
def test_a_database_that_takes_no_writes_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert health._has_database()
    monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "not-ours"))
    assert not health._has_database()
