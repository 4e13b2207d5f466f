"""django-comments-xtd in a minimal Django project, by gunicorn with four workers.

The project is what ``django-admin startproject`` writes with DEBUG off and what the package's
tutorial adds. Comments need no confirmation by mail, and are sent to the package's API by programs
that the project trusts, which its documentation provides for.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.fetch import interpreter
from tests.bench.processes import running
from tests.bench.rivals import Request, Rival, email, remark
from tests.serving import free_port

SETTINGS = """
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = "a key for measuring only, which protects nothing"
ALLOWED_HOSTS = ["127.0.0.1"]
SITE_ID = 1
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.sites", "texts", "rest_framework",
    "django_comments_xtd", "django_comments",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [BASE_DIR],
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
ROOT_URLCONF = "texts.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
COMMENTS_APP = "django_comments_xtd"
COMMENTS_XTD_CONFIRM_EMAIL = False
COMMENTS_XTD_MAX_THREAD_LEVEL = 2
"""
MODELS = """
from django.db import models
from django_comments_xtd.signals import should_request_be_authorized

class Text(models.Model):
    body = models.TextField()

    def get_absolute_url(self):
        return f"/{self.pk}/"

def trust(sender, comment, request, **more):
    return True

should_request_be_authorized.connect(trust)
"""
URLS = """
from django.shortcuts import get_object_or_404, render
from django.urls import include, path
from texts.models import Text

def text(request, pk):
    return render(request, "text.html", {"text": get_object_or_404(Text, pk=pk)})

urlpatterns = [path("<int:pk>/", text), path("comments/", include("django_comments_xtd.urls"))]
"""
TEMPLATE = """{% load comments comments_xtd %}<!doctype html><title>Address</title>
{{ text.body|linebreaks }}
{% render_xtdcomment_tree for text %}
"""
FILL = """
import json, sys
import django
django.setup()
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import transaction
call_command("makemigrations", "texts", verbosity=0)
call_command("migrate", verbosity=0)
from django_comments_xtd.models import XtdComment
from texts.models import Text
told = json.load(sys.stdin)
kind = ContentType.objects.get_for_model(Text)
for comments in told["texts"]:
    text = Text.objects.create(body=told["body"])
    with transaction.atomic():
        for name, email, words in comments:
            XtdComment.objects.create(
                content_type=kind, object_pk=str(text.pk), site_id=1, user_name=name,
                user_email=email, comment=words)
"""
FILES = {
    "settings.py": SETTINGS,
    "texts/__init__.py": "",
    "texts/models.py": MODELS,
    "texts/urls.py": URLS,
    "texts/migrations/__init__.py": "",
    "text.html": TEMPLATE,
    "wsgi.py": "from django.core.wsgi import get_wsgi_application\n"
    "application = get_wsgi_application()\n",
}


@contextmanager
def xtd(folder: Path, numbers: tuple[int, ...], body: str) -> Iterator[Rival]:
    """Run it in the folder, with a page of the text and so many comments for each of the numbers.

    Raises:
        Missing: it has not been fetched.
    """
    python, port = interpreter("xtd"), free_port()
    for name, words in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(words)
    surroundings = {"DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": str(folder)}
    texts = [
        [(f"Person {nth}", email(nth), remark(nth)) for nth in range(number)]
        for number in (*numbers, 1)
    ]
    subprocess.run(
        [str(python), "-c", FILL],
        cwd=folder,
        env={**os.environ, **surroundings},
        check=True,
        input=json.dumps({"texts": texts, "body": body}).encode(),
    )
    gunicorn = str(python.parent / "gunicorn")
    command = [gunicorn, "-b", f"127.0.0.1:{port}", "-w", "4", "wsgi"]
    with running(command, surroundings, folder, port, "/") as server:
        pages = {number: f"/{nth}/" for nth, number in enumerate(numbers, start=1)}
        yield Rival(server, pages, lambda writer, nth: _request(len(texts), writer, nth))


def _request(text: int, writer: int, nth: int) -> Request:
    sent = {
        "content_type": "texts.text",
        "object_pk": str(text),
        "name": f"Person {writer}",
        "email": email(writer),
        "comment": remark(nth),
    }
    headers = {"Content-Type": "application/json"}
    return "/comments/api/comment/", headers, json.dumps(sent).encode()
