"""``manage.py doctor``: content with a site that is well, clear about what is not."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from reader.actions.demo import PASSWORD
from reader.actions.moderation import decide
from reader.management import doctor
from reader.management.doctor import configuration, content, databases, machine
from reader.management.doctor import redis as on_redis
from reader.management.doctor import sqlite as on_sqlite
from reader.models import Annotation, Decision, Document, Event, User, Webhook, WebhookDelivery
from reader.search import index
from tests import factories
from tests.databases import own_database, postgres_url
from tests.own_redis import own_redis
from tests.test_start import manage, started
from tests.web.factors import give_codes

sqlite_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has it")


def levels(check: doctor.Check) -> set[str]:
    return {finding.level for finding in check()}


def not_well(words: "subprocess.CompletedProcess[str]") -> list[str]:
    findings = json.loads(words.stdout)["findings"]
    return [f"{one['name']}: {one['said']}" for one in findings if one["level"] != "ok"]


def test_the_demo_is_well_on_this_machine_and_not_on_a_public_address(tmp_path: Path) -> None:
    with started(tmp_path, "--demo"):
        pass
    well = manage(tmp_path, "doctor", "--json")
    assert (not_well(well), well.returncode) == ([], 0)
    public = manage(tmp_path, "doctor", POSTIL_URL="https://postil.example.org")
    failed = [line for line in public.stdout.splitlines() if line.split()[:1] == ["fail"]]
    assert len(failed) == 1
    assert "demo accounts" in failed[0]
    assert public.returncode == 1


@pytest.mark.postgres
@pytest.mark.redis
def test_a_site_on_postgresql_and_redis_is_well(tmp_path: Path) -> None:
    with own_database(postgres_url()) as database, own_redis() as cache:
        more = {"DATABASE_URL": database, "REDIS_URL": cache, "POSTIL_FANOUT": "postgresql"}
        with started(tmp_path, "--demo", **more):
            pass
        well = manage(tmp_path, "doctor", "--json", **more)
        assert (not_well(well), well.returncode) == ([], 0)
        names = {one["name"] for one in json.loads(well.stdout)["findings"]}
        assert {"PostgreSQL", "LISTEN", "Redis", "connections", "durability"} <= names
        deployed = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **more)
        assert deployed.returncode == 0, deployed.stderr


def test_what_cannot_be_looked_at_is_a_failure_and_stops_nothing() -> None:
    def broken() -> Iterator[doctor.Finding]:
        raise OSError("the disk\nis gone.")

    def well() -> Iterator[doctor.Finding]:
        yield doctor.ok("well", "All is well.")

    found = list(doctor.run([broken, well]))
    assert [(one.name, one.level) for one in found] == [("broken", "fail"), ("well", "ok")]
    assert found[0].said.count("\n") == 0


@pytest.mark.parametrize(
    ("check", "changed", "level"),
    [
        (configuration.address, {"SITE_URL": "postil.example.org"}, "fail"),
        (configuration.address, {"SITE_URL": "https://example.org/postil"}, "fail"),
        (
            configuration.address,
            {"SITE_URL": "http://example.org", "SECURE": False, "IS_LOOPBACK": False},
            "fail",
        ),
        (configuration.address, {"SITE_URL": "https://example.org", "SECURE": True}, "ok"),
        (configuration.hosts, {"ALLOWED_HOSTS": ["*"]}, "fail"),
        (configuration.hosts, {"ALLOWED_HOSTS": ["another.example"]}, "fail"),
        (configuration.proxies, {"SECURE": True, "ALLAUTH_TRUSTED_PROXY_COUNT": 0}, "warn"),
        (configuration.proxies, {"SECURE": False, "ALLAUTH_TRUSTED_PROXY_COUNT": 1}, "warn"),
        (
            configuration.django_checks,
            {"SECOND_FACTOR_FOR": "nobody", "IS_LOOPBACK": False},
            "warn",
        ),
        (configuration.debugging, {"DEBUG": True, "IS_LOOPBACK": False}, "fail"),
        (configuration.secret_key, {"SECRET_KEY": "a" * 200}, "fail"),
        (configuration.secret_key, {"SECRET_KEY": "django-insecure-key"}, "fail"),
        (
            configuration.mail,
            {"EMAIL_BACKEND": "filebased.EmailBackend", "EMAIL_FILE_PATH": "mail"},
            "ok",
        ),
        (
            configuration.mail,
            {
                "EMAIL_BACKEND": "filebased.EmailBackend",
                "EMAIL_FILE_PATH": "mail",
                "IS_LOOPBACK": False,
            },
            "warn",
        ),
        (
            configuration.mail,
            {
                "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "EMAIL_HOST": "127.0.0.1",
                "EMAIL_PORT": 1,
            },
            "fail",
        ),
        (machine.backups, {"BACKUP_DIR": "/nonexistent/backups"}, "fail"),
        (on_redis.redis, {"REDIS_URL": "redis://127.0.0.1:1/0"}, "fail"),
    ],
)
def test_settings_that_need_mending(
    settings: Any, check: doctor.Check, changed: dict[str, object], level: str
) -> None:
    for name, value in changed.items():
        setattr(settings, name, value)
    assert levels(check) == {level}


def test_who_may_read_the_secret_key(settings: Any, tmp_path: Path) -> None:
    key = tmp_path / "secret_key"
    key.write_text("".join(chr(33 + number % 90) for number in range(90)))
    settings.DATA_DIR, settings.SECRET_KEY = tmp_path, key.read_text()
    key.chmod(0o644)
    assert levels(configuration.secret_key) == {"fail"}
    key.chmod(0o600)
    assert levels(configuration.secret_key) == {"ok"}
    settings.SECRET_KEY_FALLBACKS = ["an earlier one"]
    assert levels(configuration.secret_key) == {"ok", "warn"}


def test_who_may_write_in_the_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.IS_LOOPBACK = tmp_path, False
    found = []
    for mode in (0o777, 0o755, 0o750):
        tmp_path.chmod(mode)
        found.append(levels(machine.data_folder))
    assert found == [{"fail"}, {"warn"}, {"ok"}]
    settings.DATA_DIR = tmp_path / "missing"
    assert levels(machine.data_folder) == {"fail"}


def test_a_backup_gets_old(settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_DIR = str(tmp_path)
    assert levels(machine.backups) == {"fail"}
    made = tmp_path / "monday"
    made.touch()
    assert levels(machine.backups) == {"ok"}
    two_days_ago = time.time() - 48 * 3_600
    os.utime(made, (two_days_ago, two_days_ago))
    assert levels(machine.backups) == {"fail"}


@pytest.mark.django_db
def test_demo_accounts_are_for_this_machine_only(settings: Any) -> None:
    person = factories.make_user("reader")
    settings.IS_LOOPBACK = False
    assert levels(content.demo_accounts) == {"ok"}
    person.set_password(PASSWORD)
    person.save()
    assert levels(content.demo_accounts) == {"fail"}
    settings.IS_LOOPBACK = True
    assert levels(content.demo_accounts) == {"ok"}


@pytest.mark.django_db
def test_somebody_has_to_administer() -> None:
    assert levels(content.administrators) == {"warn"}
    User.objects.create_superuser("root", "root@example.org", "a long password")
    assert levels(content.administrators) == {"ok"}


def test_an_event_that_is_missing_is_seen(author: User, document: Document) -> None:
    for _number in range(3):
        factories.make_annotation(author, document)
    before = levels(content.events)
    Event.objects.filter(document=document).order_by("number")[1:2].get().delete()
    assert (before, levels(content.events)) == ({"ok"}, {"fail"})


def test_words_that_cannot_be_found_are_seen(author: User, document: Document) -> None:
    annotation = factories.make_annotation(author, document)
    index.rebuild()
    before = levels(content.search_index)
    index.remove([annotation.pk])
    assert (before, levels(content.search_index)) == ({"ok"}, {"fail"})


def test_a_decision_that_was_slipped_in_is_seen(
    author: User, moderator: User, document: Document
) -> None:
    annotation = factories.make_annotation(author, document)
    row = decide(moderator=moderator, annotation=annotation, act="spam")
    assert levels(content.decisions) == {"ok"}
    values = {
        field.attname: getattr(row, field.attname) for field in Decision._meta.concrete_fields
    }
    Decision(**{**values, "id": None, "previous_hash": row.hash}).save(force_insert=True)
    assert levels(content.decisions) == {"fail"}


def test_messages_that_nobody_sends_are_seen(author: User, document: Document) -> None:
    webhook = Webhook.objects.create(name="there", url="https://example.org/", secret="s")
    event = Event.objects.filter(document=document).first() or Event.objects.create(
        document=document, number=1, name="x.y"
    )
    delivery = WebhookDelivery.objects.create(
        webhook=webhook, event=event, next_attempt_at=timezone.now()
    )
    assert levels(content.webhooks) == {"ok"}
    delivery.next_attempt_at = timezone.now() - timedelta(hours=1)
    delivery.save()
    assert levels(content.webhooks) == {"fail"}
    delivery.dead_at = timezone.now()
    delivery.save()
    assert levels(content.webhooks) == {"warn"}


def test_a_clock_that_was_set_back_is_seen(author: User, document: Document) -> None:
    annotation = factories.make_annotation(author, document)
    assert levels(databases.clock) == {"ok"}
    tomorrow = timezone.now() + timedelta(days=1)
    Annotation.objects.filter(pk=annotation.pk).update(created_at=tomorrow)
    assert levels(databases.clock) == {"warn"}


@pytest.mark.django_db
def test_migrations_that_are_missing_and_those_of_a_newer_postil_are_seen() -> None:
    assert levels(databases.migrations) == {"ok"}
    rows = MigrationRecorder.Migration.objects
    newer = rows.create(app="reader", name="9999_not_ours", applied=timezone.now())
    assert levels(databases.migrations) == {"fail"}
    newer.delete()
    rows.filter(app="reader").latest("name").delete()
    assert levels(databases.migrations) == {"fail"}


@sqlite_only
def test_a_link_that_leads_nowhere_is_seen(author: User, document: Document) -> None:
    annotation = factories.make_annotation(author, document)
    assert levels(on_sqlite.integrity) == {"ok"}
    with transaction.atomic():
        Annotation.objects.filter(pk=annotation.pk).update(author_id=10**9)
        assert levels(on_sqlite.integrity) == {"fail"}
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("path", "kind"), [("/srv/postil/p.sqlite3", "nfs4"), ("/srv/other", "ext4"), ("/x", "ext4")]
)
def test_the_disk_that_a_file_is_on(tmp_path: Path, path: str, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "40 22 0:51 / /srv/postil rw - nfs4 server:/export rw,vers=4.2\n"
    )
    assert on_sqlite._kind_of_file_system(Path(path), mounts) == kind
    assert kind == "ext4" or kind.startswith(on_sqlite.ELSEWHERE)


@pytest.mark.redis
@pytest.mark.parametrize(("policy", "level"), [("allkeys-lru", "warn"), ("noeviction", "ok")])
def test_a_redis_that_throws_limits_away_is_seen(settings: Any, policy: str, level: str) -> None:
    with own_redis("--maxmemory", "50mb", "--maxmemory-policy", policy) as url:
        settings.REDIS_URL = url
        assert levels(on_redis.redis) == {level}


def test_who_decides_without_a_second_step_is_counted(
    moderator: User, author: User, stranger: User, document: Document, settings: Any
) -> None:
    give_codes(factories.promote(factories.make_user(), "admin"))
    factories.promote(author, "document:moderator", document)
    factories.promote(author, "moderator")
    factories.promote(stranger, "document:reviewer", document)
    factories.promote(factories.make_user(), "admin")
    for kind in ("staff", "everybody"):
        settings.SECOND_FACTOR_FOR = kind
        [found] = content.second_steps()
        assert found.level == "warn"
        assert found.said.startswith("1 administrators and 2 moderators have none")
    settings.SECOND_FACTOR_FOR = "nobody"
    assert levels(content.second_steps) == {"ok"}
    settings.SECOND_FACTOR_FOR = "staff"
    for person in User.objects.filter(authenticator=None):
        give_codes(person)
    assert levels(content.second_steps) == {"ok"}
