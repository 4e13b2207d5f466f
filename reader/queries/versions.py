"""Versions of the reader's page: values that differ whenever what is drawn may differ.

A page is kept as long as its version is the same, however long that is. A version is made of rows
as they are in the database, so that nothing has to remember to raise it: the document's (its last
event is a part), the number that stands for people's names, and, for somebody who is signed in, of
their session, their account, and what they have read and joined. It costs one query for anybody
and two for somebody.

The statements are written by hand: Django's own way of making them takes longer than they do.
"""

import sqlite3
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connections, models

from reader.models import (
    Appeal,
    Document,
    DocumentRole,
    Group,
    HiddenPerson,
    Membership,
    Notification,
    ReadMark,
    Sanction,
    SharedLook,
    User,
)

Version = tuple[Any, ...]


def _table(model: type[models.Model]) -> str:
    return f'"{model._meta.db_table}"'  # noqa: SLF001 -- public in Django, for all its underscore


LOOK = f"(SELECT MAX(number) FROM {_table(SharedLook)})"  # noqa: S608 -- our own names
OF_DOCUMENT = f"SELECT {LOOK}, d.* FROM {_table(Document)} d WHERE d.slug = %s"  # noqa: S608 -- likewise
OF_PERSON = f"""
    SELECT 'session', session_data, '' FROM {_table(Session)}
        WHERE session_key = %s AND expire_date > %s
    UNION ALL SELECT 'person', CAST(is_active AS TEXT), password || session_salt || name
        || username || kind || time_zone || CAST(is_staff AS TEXT) || CAST(is_superuser AS TEXT)
        FROM {_table(User)} WHERE id = %s
    UNION ALL SELECT 'factor', CAST(id AS TEXT), type
        FROM {_table(Authenticator)} WHERE user_id = %s
    UNION ALL SELECT 'member', m.role, g.slug || ' ' || g.name
        FROM {_table(Membership)} m JOIN {_table(Group)} g ON g.id = m.group_id WHERE m.user_id = %s
    UNION ALL SELECT 'part', CAST(document_id AS TEXT), role
        FROM {_table(DocumentRole)} WHERE user_id = %s
    UNION ALL SELECT 'permissions', CAST(group_id AS TEXT), ''
        FROM {_table(User.groups.through)} WHERE user_id = %s
    UNION ALL SELECT 'permission', CAST(permission_id AS TEXT), ''
        FROM {_table(User.user_permissions.through)} WHERE user_id = %s
    UNION ALL SELECT 'read', CAST(document_id AS TEXT) || ref,
        CAST(seen_at AS TEXT) || ' ' || CAST(until AS TEXT)
        FROM {_table(ReadMark)} WHERE user_id = %s
    UNION ALL SELECT 'notices', CAST(COUNT(*) AS TEXT), ''
        FROM {_table(Notification)} WHERE recipient_id = %s AND read_at IS NULL
    UNION ALL SELECT 'said', CAST(COUNT(*) AS TEXT), ''
        FROM {_table(Sanction)} WHERE person_id = %s AND seen_at IS NULL
    UNION ALL SELECT 'judged', CAST(COUNT(*) AS TEXT), ''
        FROM {_table(Appeal)}
        WHERE appellant_id = %s AND judgement_id IS NOT NULL AND seen_at IS NULL
    UNION ALL SELECT 'hides', CAST(person_id AS TEXT), ''
        FROM {_table(HiddenPerson)} WHERE viewer_id = %s
"""  # noqa: S608 -- our own names


def shared_look() -> int:
    """Return the number that is raised when people's names change."""
    return SharedLook.objects.order_by("-number").values_list("number", flat=True).first() or 0


def page_version(slug: str, session: str, person: int, *, using: str) -> Version | None:
    """Return the version of a document's pages as they are for somebody; None: no such document.

    Args:
        slug: the document's.
        session: the key of the session that asks, empty for none.
        person: the id of the account or guest whose session it is, 0 for nobody.
        using: the database to ask.
    """
    with connections[using].cursor() as cursor:
        return _version(cursor, slug, session, person)


def _version(cursor: Any, slug: str, session: str, person: int, sign: str = "%s") -> Version | None:
    cursor.execute(OF_DOCUMENT.replace("%s", sign), [slug])
    document: Version | None = cursor.fetchone()
    if document is None or not session:
        return document
    # As both databases compare it: in UTC, which is what they keep.
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    cursor.execute(OF_PERSON.replace("%s", sign), [session, now, *[person] * 11])
    return (document, *sorted(cursor.fetchall()))


class VersionsAtOnce:
    """Tells versions without waiting for anybody, from a SQLite file.

    It takes 20 µs, so that it may be asked where nothing may wait. It never waits for a lock:
    readers need none in the mode that the file is in.
    """

    def __init__(self, path: str) -> None:
        self._address = f"file:{quote(path)}?mode=ro"
        self._connection: sqlite3.Connection | None = None

    def page_version(self, slug: str, session: str, person: int) -> Version | None:
        """Return what :func:`page_version` does.

        Raises:
            sqlite3.Error: it cannot be told at once.
        """
        if self._connection is None:
            types = sqlite3.PARSE_DECLTYPES | sqlite3.PARSE_COLNAMES  # as Django opens it
            self._connection = sqlite3.connect(
                self._address, uri=True, timeout=0, detect_types=types, isolation_level=None
            )
        try:
            return _version(self._connection.cursor(), slug, session, person, "?")
        except sqlite3.Error:
            self._connection.close()
            self._connection = None  # the file may have been put in another's place
            raise
