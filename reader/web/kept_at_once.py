"""Kept pages on the event loop, without a thread, where the database is a file of this machine.

Handing a request to a thread and back costs several times what a kept page does. SQLite tells in
microseconds whether the page is still as it was; whatever it cannot tell at once goes the long way.
"""

import sqlite3
from collections.abc import Iterable

from django.conf import settings
from django.db import connection

from reader.databases import REPLICA
from reader.queries.versions import VersionsAtOnce
from reader.web.kept import Environ, KeptPages, Page, StartResponse, answer_with, question_of
from reader.web.request_log import RequestLog

PAGE = "postil.page"


class AtOnce:
    """A WSGI application that answers what it can answer at once, and says before what that is."""

    def __init__(self, pages: KeptPages) -> None:
        database = settings.DATABASES["default"]
        is_file = connection.vendor == "sqlite"
        self._pages = pages
        self._versions = VersionsAtOnce(str(database["NAME"])) if is_file else None
        if REPLICA in settings.DATABASES:
            self._versions = None
        self._logged = RequestLog(_answer)

    def can_answer(self, environ: Environ) -> bool:
        """Whether the page is kept and as it would be made; if so it is in the environ now."""
        if self._versions is None:
            return False
        question = question_of(environ)
        if question is None:
            return False
        try:
            page = self._pages.fresh(question, self._versions.page_version)
        except sqlite3.Error:
            return False
        if page is not None:
            environ[PAGE] = page
        return page is not None

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request that can be answered."""
        return self._logged(environ, start_response)


def _answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    page: Page = environ[PAGE]
    return answer_with(page, environ, start_response)
