"""The index of words, in the words of the database at hand, filled from what is there."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from reader.search.engines import engine
from reader.search.index import rebuild


def build(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Make the tables of the index and fill them."""
    rebuild(apps)


def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take the index away again."""
    engine().drop()


class Migration(migrations.Migration):
    """Make what was said findable."""

    dependencies = [("reader", "0005_review_desk")]  # noqa: RUF012 -- Django's own form

    operations = [migrations.RunPython(build, drop)]  # noqa: RUF012 -- Django's own form
