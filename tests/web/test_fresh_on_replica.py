"""News are never answered from a replica that has not heard of them.

The steps run in a process of their own, where a copy of a SQLite file stands for a late replica.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.bench.streams import ROOT

STEPS = """
import sys
from pathlib import Path
from django.conf import settings
folder = Path(sys.argv[1])
primary = settings.DATABASES["default"]
settings.DATABASES["replica"] = {**primary, "NAME": folder / "replica.sqlite3"}
settings.DATABASE_ROUTERS = ["reader.databases.Router"]
settings.ALLOWED_HOSTS = ["*"]
plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.test import Client
call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
from reader.databases import read_from, reading_from
from reader.models import Document
from reader.web.drawing import forget_drawn
from tests.factories import make_annotation, make_document, make_user
document, writer = make_document(slug="doc"), make_user("writer")
make_annotation(writer, document, body="Everybody has this.")
with connection.cursor() as cursor:
    cursor.execute("VACUUM INTO %s", [str(folder / "replica.sqlite3")])
make_annotation(writer, document, body="Only the primary has this.")
last = Document.objects.get().last_event

def fresh(query):
    forget_drawn()
    read_from("replica")
    assert Document.objects.get().last_event == last - 1  # it is late
    answer = Client().get(f"/d/doc/fresh/?edition=1&refs=p1{query}")
    return answer.status_code, answer.text, answer.headers.get("Retry-After")

for query in ("", "&open=&for=", "&for=public"):
    status, text, _after = fresh(f"{query}&event={last - 1}")
    assert (status, "Everybody has" in text, "Only the primary" in text) == (200, True, False), text
    assert reading_from() == "replica"
    status, text, _after = fresh(f"{query}&event={last}")
    assert (status, "Everybody has" in text, "Only the primary" in text) == (200, True, True), text
    assert "2 annotations" in text
for number in (last + 1, 10**8):
    status, text, after = fresh(f"&event={number}")
    assert (status, text, after) == (503, "", "1")
for nonsense in ("", "x", "-1", "9" * 40):
    assert fresh(f"&event={nonsense}")[0] == 200
print("all steps")
"""


def test_who_has_heard_of_something_is_not_answered_without_it(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "reader.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/postil.sqlite3",
        "POSTIL_DATA_DIR": str(tmp_path),
        "POSTIL_URL": "http://127.0.0.1:8000",
    }
    done = subprocess.run(  # noqa: S603 -- our own words, run by our own Python
        [sys.executable, "-c", STEPS, str(tmp_path)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "all steps", done.stderr[-3000:]
