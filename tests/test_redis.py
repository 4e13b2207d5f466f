"""Redis in place of the database's cache table, chosen by ``REDIS_URL`` alone."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

REPORT = """
import django, json
django.setup()
from django.core.cache import cache
cache.set("postil-test", 41)
cache.incr("postil-test")
from django.conf import settings
name = settings.CACHES["default"]["BACKEND"].rpartition(".")[2]
print(json.dumps([name, cache.get("postil-test")]))
cache.delete("postil-test")
"""


@pytest.mark.redis
def test_redis_url_alone_moves_the_cache() -> None:
    url = os.environ.get("POSTIL_TEST_REDIS_URL")
    if url is None:
        if os.environ.get("CI"):
            pytest.fail("POSTIL_TEST_REDIS_URL names no server")
        pytest.skip("POSTIL_TEST_REDIS_URL names no server to test with")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "reader.settings",
        "POSTIL_DATA_DIR": str(settings.DATA_DIR),
        "REDIS_URL": url,
    }
    done = subprocess.run(  # noqa: S603 -- our own words, run by our own Python
        [sys.executable, "-c", REPORT],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == ["RedisCache", 42]
