"""The site's own settings, with what would make tests slow or leave traces replaced."""

import os
import tempfile

os.environ.setdefault("POSTIL_DATA_DIR", tempfile.mkdtemp(prefix="postil-test-"))
os.environ.setdefault("POSTIL_SECRET_KEY", "a key for tests only, which protects nothing")

from reader.settings import *  # noqa: F403 -- after the environment is set, all of it

# One round of hashing: tests sign people in by the hundred.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# A file, as in production: the in-memory kind locks whole tables between threads.
if DATABASES["default"]["ENGINE"] == "reader.sqlite_in_turn":  # noqa: F405 -- from the star
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}  # noqa: F405 -- likewise
elif "options" in DATABASES["default"].get("OPTIONS", {}):  # noqa: F405 -- likewise
    # PostgreSQL's: nothing that a test commits has to outlive the machine.
    DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"  # noqa: F405 -- likewise
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405 -- likewise
