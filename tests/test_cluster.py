"""What servers of one site share and what they must not; ``make cluster`` tries whole sites."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster.machines import ROOT, Balancer
from tests.databases import own_database, postgres_url
from tests.serving import free_port

COURIERS = """
import time
import django
django.setup()
from reader.management.election import Chair

def waited(chair):
    for _try in range(300):  # the server hears a moment later of a connection that broke
        if chair.is_ours():
            return True
        time.sleep(0.1)

first, second = Chair(), Chair()
print(first.is_ours(), second.is_ours(), first.is_ours())
first.leave()
print(second.is_ours(), first.is_ours())
second._kept.pgconn.finish()  # its connection breaks
try:
    second.is_ours()
except django.db.DatabaseError:
    print(waited(first), second.is_ours())
"""
FORKED = """
import os
import django
django.setup()
from django.db import connection
from reader.databases import close_everything

def backend():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]

ours = {backend()}
connection.close()  # back into the pool
close_everything()
reading, writing = os.pipe()
if os.fork() == 0:
    os.write(writing, str(backend()).encode())
    os._exit(0)
ours |= {backend()}
print(int(os.read(reading, 100)) in ours)
"""


def run(script: str, folder: Path) -> list[str]:
    with own_database(postgres_url()) as url:
        surroundings = {
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "reader.settings",
            "POSTIL_DATA_DIR": str(folder),
        }
        done = subprocess.run(  # noqa: S603 -- ourselves
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.postgres
def test_one_courier_sends_and_another_takes_over(tmp_path: Path) -> None:
    assert run(COURIERS, tmp_path) == ["True False True", "True False", "True False"]


@pytest.mark.postgres
def test_no_connection_outlives_a_fork(tmp_path: Path) -> None:
    assert run(FORKED, tmp_path) == ["False"]


def test_the_balancer_understands_the_handbook(tmp_path: Path) -> None:
    if shutil.which("haproxy") is None:
        if os.environ.get("CI"):
            pytest.fail("there is no haproxy")
        pytest.skip("there is no haproxy")
    balancer = Balancer(tmp_path, free_port(), [free_port(), free_port()])
    done = subprocess.run(  # noqa: S603 -- the program that we try
        [*balancer.command, "-c"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
