"""The WSGI application that the server runs: Django, with the pages that are kept before it."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from reader.databases import REPLICA

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reader.settings")

_django = get_wsgi_application()

from reader.web.kept import Application, KeptPages  # noqa: E402 -- needs Django, which is set up now
from reader.web.replica import ReadingFromReplica  # noqa: E402 -- likewise
from reader.web.request_log import RequestLog  # noqa: E402 -- likewise

kept_pages = KeptPages(_django)
application: Application = kept_pages
if REPLICA in settings.DATABASES:
    application = ReadingFromReplica(application)
application = RequestLog(application)
