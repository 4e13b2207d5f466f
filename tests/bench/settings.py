"""The site's own settings, with one address more: the constant answers of the floor."""

from reader.settings import *  # noqa: F403 -- all of it: the site is measured as it is served

ROOT_URLCONF = "tests.bench.urls"
