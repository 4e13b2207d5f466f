"""The floor under writing: a plain Django view that cleans a text and inserts its row.

``python -m tests.bench.bare_insert FOLDER PORT`` serves it on SQLite (WAL,
``synchronous=NORMAL``) with one worker of granian, by WSGI.
"""

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from granian.constants import Interfaces

from tests.bench.floors import granian

LABEL = "bare_insert"


def application(folder: Path) -> Callable[..., Iterable[bytes]]:
    """Return the view as a WSGI application, its table made if there is none."""
    import django  # noqa: PLC0415 -- set up here, with settings that are not Postil's
    from django.conf import settings  # noqa: PLC0415 -- likewise

    options = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(folder / "bare.sqlite3"),
        "CONN_MAX_AGE": None,
        "OPTIONS": options,
    }
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={"default": database},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        ROOT_URLCONF=LABEL,
        SECRET_KEY="a floor needs none",
    )
    django.setup()
    return _view()


def _view() -> Callable[..., Iterable[bytes]]:
    import nh3  # noqa: PLC0415 -- the site's own sanitiser
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415 -- needs Django set up
    from django.db import models, transaction  # noqa: PLC0415 -- likewise
    from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: PLC0415 -- likewise
    from django.urls import path  # noqa: PLC0415 -- likewise

    class Remark(models.Model):
        start = models.IntegerField()
        end = models.IntegerField()
        exact = models.TextField()
        body = models.TextField()

        class Meta:
            app_label = LABEL

        def __str__(self) -> str:
            return self.body

    _make_table(Remark)

    def view(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return JsonResponse({"count": Remark._default_manager.count()})
        sent = json.loads(request.body)
        with transaction.atomic():
            made = Remark._default_manager.create(
                start=sent["start"],
                end=sent["end"],
                exact=sent["exact"],
                body=nh3.clean(sent["body"]),
            )
        return JsonResponse({"id": made.pk}, status=201)

    urls = type(sys)(LABEL)
    urls.urlpatterns = [path("", view)]  # type: ignore[attr-defined]  # a module made here
    sys.modules[LABEL] = urls
    return get_wsgi_application()


def _make_table(model: Any) -> None:
    from django.db import connection  # noqa: PLC0415 -- needs Django set up

    if model._meta.db_table not in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            editor.create_model(model)
    connection.close()


if __name__ == "__main__":
    granian(int(sys.argv[2]), Interfaces.WSGI, lambda: application(Path(sys.argv[1])))
