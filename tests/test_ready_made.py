"""Queries that are filled in return what the same queries return when they are made anew."""

from collections.abc import Callable, Hashable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from reader import policy, ready_made
from reader.actions import likenesses, limits
from reader.actions.dispositions import Ruling, decide_thread
from reader.actions.errors import TooMany
from reader.actions.moderation import decide
from reader.models import Annotation, Document, DocumentRole, User
from reader.policy import Viewer
from reader.queries import addresses, reading, thread_parts, threads
from reader.queries.access import access_by
from reader.queries.documents import find_document
from tests import factories

if TYPE_CHECKING:
    from django.db.models import QuerySet


@pytest.fixture(autouse=True)
def _nothing_ready() -> Iterator[None]:
    """Begin with no query made, and leave none behind."""
    ready_made._kept.clear()
    yield
    ready_made._kept.clear()


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], Any]:
    """Run something with queries that are made anew each time."""

    def rows(name: str, make: Any, *values: Any, kind: Hashable = ()) -> list[Any]:
        return list(make(*values))

    def run(act: Callable[[], Any]) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(ready_made, "rows", rows)
            return act()

    return run


Plain = Callable[[Callable[[], Any]], Any]


def _fresh(viewer: Viewer) -> Viewer:
    """Return the viewer as the next request knows them."""
    return viewer if isinstance(viewer, AnonymousUser) else User.objects.get(pk=viewer.pk)


def _give(person: User, role: str, document: Document) -> DocumentRole:
    return DocumentRole.objects.create(user=person, document=document, role=role)


def _viewers(document: Document) -> list[Viewer]:
    named: dict[str, User] = {name: factories.make_user(name) for name in ("ann", "bob", "cleo")}
    guest = factories.make_user("guest1", kind=User.Kind.GUEST)
    gone = factories.make_user("gone")
    factories.promote(gone, "editor")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    _give(named["bob"], DocumentRole.Role.MODERATOR, document)
    _give(named["cleo"], DocumentRole.Role.EDITOR, document)
    admin = factories.promote(factories.make_user("root"), "admin")
    everywhere = factories.promote(factories.make_user("eve"), "editor")
    return [AnonymousUser(), guest, gone, admin, everywhere, *named.values()]


def _refused(viewer: Viewer, document: Document) -> bool:
    try:
        policy.check_may_read_document(viewer, document)
    except policy.Refused:
        return True
    return False


@pytest.mark.django_db
@pytest.mark.parametrize("turned", [False, True])
def test_every_kind_of_viewer_is_answered_as_by_the_policy(turned: bool, plain: Plain) -> None:
    shown = factories.make_document(slug="shown")
    hidden = factories.make_document(slug="hidden", is_published=False)
    viewers = _viewers(hidden)
    roles = (["moderator"], ["editor"], ["moderator", "editor"])
    seen = set()
    for viewer in reversed(viewers) if turned else viewers:
        for document in (hidden, shown, hidden):

            def asked(document: Document = document, viewer: Viewer = viewer) -> Any:
                who = _fresh(viewer)
                found = addresses.documents_at(who, [addresses.address_of(document)] * 2)
                has = [policy.documents.has_role(who, document, some) for some in roles]
                return _refused(who, document), found, has

            answer = asked()
            assert answer == plain(asked)
            assert bool(answer[1]) is not answer[0]
            seen.add((answer[0], *answer[2]))
    assert len(seen) >= 4  # refused, nobody in particular, moderator, editor


@pytest.mark.django_db
def test_documents_are_found_by_those_who_may_read_them(plain: Plain) -> None:
    hidden = factories.make_document(slug="hidden", is_published=False)
    factories.make_document(slug="shown")
    found = []
    for viewer in _viewers(hidden):
        for slug in ("hidden", "shown", "none"):

            def asked(viewer: Viewer = viewer, slug: str = slug) -> tuple[Any, ...] | None:
                try:
                    one = find_document(_fresh(viewer), slug)
                except Document.DoesNotExist:
                    return None
                assert one.current_edition is not None
                return one.slug, one.current_edition.pk, one.current_edition.get_deferred_fields()

            found.append(asked())
            assert found[-1] == plain(asked)
    assert found[2::3] == [None] * 8
    assert None not in found[1::3]
    assert [one is not None for one in found[::3]] == [0, 0, 0, 1, 1, 0, 1, 1]


@pytest.mark.django_db
def test_what_hangs_on_threads_is_what_django_fetches(author: User, document: Document) -> None:
    editor = factories.promote(factories.make_user("eve"), "admin")
    made = [
        factories.make_annotation(author, document, tags=tags) for tags in (("b", "a"), ("a",), ())
    ]
    decided = factories.make_annotation(author, document, body="Decided.")
    decide_thread(reviewer=editor, root=decided, ruling=Ruling("declined", "No."))
    down = factories.make_annotation(author, document, body="Taken down.")
    decide(moderator=editor, annotation=down, act="deny", reason="other")
    pks = [one.pk for one in (*made, decided, down)]
    edition = document.current_edition
    assert edition is not None

    def hung(row: Any) -> tuple[Any, ...]:
        answers = [(one, one.decided_by, one.shows_twin) for one in row.answers]
        return row.pk, [tag.name for tag in row.tags.all()], answers, getattr(row, "denials", [])

    fetched = list(threads.roots(author, edition).filter(pk__in=pks).order_by("pk"))
    with CaptureQueriesContext(connection) as asked:
        rows = reading._by_ids("first threads", thread_parts.without, author, edition, pks)
        thread_parts.fill_in(rows)
        found = sorted(hung(row) for row in rows)
    assert found == [hung(row) for row in fetched]
    assert [row[1] for row in found[:3]] == [["a", "b"], ["a"], []]
    assert found[3][2][0][1] == editor
    assert len(found[4][3]) == 1
    assert len(asked) == 4  # the roots, tags, answers, and why one was taken down


@pytest.mark.django_db
def test_who_loses_or_gets_a_permission_is_answered_anew(plain: Plain) -> None:
    hidden = factories.make_document(slug="hidden", is_published=False)
    person = factories.make_user("somebody")
    permission = Permission.objects.get(
        codename="change_document", content_type__app_label="reader"
    )
    answers = []
    for change in (
        lambda: None,
        lambda: person.user_permissions.add(permission),
        person.user_permissions.clear,
        lambda: User.objects.filter(pk=person.pk).update(is_superuser=True),
        lambda: User.objects.filter(pk=person.pk).update(is_active=False),
        lambda: User.objects.filter(pk=person.pk).update(is_superuser=False, is_active=True),
        lambda: _give(person, DocumentRole.Role.EDITOR, hidden),
    ):
        change()
        answers.append(_refused(_fresh(person), hidden))
        assert answers[-1] is plain(lambda: _refused(_fresh(person), hidden))
        assert _fresh(person).get_all_permissions() == plain(
            lambda: _fresh(person).get_all_permissions()
        )
    assert answers == [True, False, True, False, True, True, False]  # the role comes last


@pytest.mark.django_db
def test_addresses_of_many_forms_find_the_same(plain: Plain) -> None:
    one = factories.make_document(slug="one", source_url="https://example.org/a")
    two = factories.make_document(slug="two", source_url="https://example.org/a/")
    here, there = addresses.address_of(one), addresses.address_of(two)
    edition = f"{there.rstrip('/')}/e/1/"
    nobody = AnonymousUser()
    sent = (
        [here],
        [there],
        ["https://example.org/a", here],
        ["https://example.org/a?x=%s"],
        [edition],
        [edition, here],
        [addresses.absolute("/d/nothing/e/7/")],
        ["https://example.org/hidden%27--"],
        [f"https://example.org/{ready_made.WORD}0"],
    )
    found = []
    for uris in (*sent, *sent):
        found.append(addresses.documents_at(nobody, uris))
        assert found[-1] == plain(partial(addresses.documents_at, nobody, uris))
    assert [len(rows) for rows in found[: len(sent)]] == [1, 1, 2, 0, 1, 2, 0, 0, 0]


@pytest.mark.django_db
def test_a_row_brings_its_columns_and_what_it_is_joined_with() -> None:
    for slug in ("one", "two"):
        made = factories.make_document(slug=slug)
        found = addresses.document_at(AnonymousUser(), addresses.address_of(made))
        assert found is not None
        assert found.current_edition == made.current_edition
        assert found.current_edition is not None
        assert found.current_edition.get_deferred_fields() == {"text"}
        assert (found.slug, found.title, found.created_at) == (slug, made.title, made.created_at)


def _between(pk: int, first: datetime, last: datetime) -> "QuerySet[Annotation, datetime]":
    rows = Annotation.objects.filter(author=pk, created_at__range=(first, last))
    return rows.values_list("created_at", flat=True)


@pytest.mark.django_db
def test_times_are_compared_to_the_microsecond(author: User, document: Document) -> None:
    made = factories.make_annotation(author, document)
    base = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    for at in (base, base + tick, base + timedelta(seconds=1) - tick):
        Annotation.objects.filter(pk=made.pk).update(created_at=at)
        for first, last in (
            (at, at),
            (at - tick, at + tick),
            (at + tick, at + tick),
            (at - tick, at - tick),
            (ready_made.TIME + timedelta(hours=1), ready_made.TIME + timedelta(hours=2)),
        ):
            found = ready_made.rows("between", _between, author.pk, first, last)
            assert found == ([at] if first <= at <= last else [])
            assert found == list(_between(author.pk, first, last))


@pytest.mark.django_db
def test_limits_count_each_person_for_themselves(
    author: User, stranger: User, document: Document, settings: Any
) -> None:
    settings.POSTS_PER_MINUTE = 2
    for words in ("One.", "Two."):
        limits.check_posting(author)
        factories.make_annotation(author, document, body=words)
        limits.check_posting(stranger)
    with pytest.raises(TooMany):
        limits.check_posting(author)
    settings.POSTS_PER_MINUTE = 3  # another limit is another query
    limits.check_posting(author)
    settings.POSTS_PER_MINUTE = 0
    with pytest.raises(TooMany):
        limits.check_posting(stranger)


@pytest.mark.django_db
def test_words_and_likenesses_are_those_of_the_annotations(
    author: User, document: Document, plain: Plain
) -> None:
    source = likenesses.source_of(document)
    said = "This clause should say who pays for the margin, and when, in plain words."
    bodies = [f"{said} {end}" for end in ("Now.", "Soon.", "Thanks.")] + [
        "Quite another matter has come up, which nobody here has thought of yet."
    ]
    made = [factories.make_annotation(author, document, body=body) for body in bodies]
    made += [factories.make_annotation(author, document, body=said, visibility="private")]
    pks = [one.pk for one in made]
    for some in (pks, pks[:1], pks[2:], [pks[0]] * 3, [*pks, 10**6], pks[:3], [0]):
        found = likenesses.said_by(some, source)
        assert found == plain(partial(likenesses.said_by, some, source))
        compared = {one.pk for one in made if one.visibility != "private"}
        assert [one.pk for one in found] == sorted(set(some) & compared)
    for one in made:
        bands = likenesses.read(one.body, None, source).bands()
        for asked in (bands, [bands[0]] * len(bands), list(range(len(bands)))):
            near = partial(likenesses.candidates, document, one.pk, asked)
            assert near() == plain(near)
    assert likenesses.candidates(
        document, made[0].pk, likenesses.read(made[0].body, None, source).bands()
    )[0]


@pytest.mark.django_db
def test_threads_are_those_that_each_viewer_may_see(author: User, plain: Plain) -> None:
    document = factories.make_document(slug="seen")
    edition = document.current_edition
    assert edition is not None
    viewers = [author, *_viewers(document)]
    for status in ("approved", "pending", "denied"):
        for visibility in ("public", "private"):
            factories.make_annotation(author, document, status=status, visibility=visibility)
    pks = list(Annotation.objects.values_list("pk", flat=True))
    seen = set()
    for viewer in (*viewers, *reversed(viewers)):

        def asked(viewer: Viewer = viewer) -> list[Any]:
            who = _fresh(viewer)
            return reading._by_ids("first threads", lambda rows: rows, who, edition, pks)

        found = asked()
        assert found == plain(asked)
        seen.add(tuple(one.pk for one in found))
    assert len(seen) > 2  # the author, those who moderate, everybody else


@pytest.mark.django_db
def test_tokens_open_their_own_door_only(author: User) -> None:
    assert access_by("nothing") is None
    assert access_by(f"{ready_made.WORD}0") is None


@pytest.mark.django_db
def test_values_that_stand_in_the_query_besides_change_nothing(document: Document) -> None:
    def make(first: int, second: int) -> "QuerySet[Document, int]":
        rows = Document.objects.filter(pk__in=[first, second], current_edition__number__in=[1, 2])
        return rows.exclude(pk=5).values_list("pk", flat=True)

    other = factories.make_document(slug="other")
    for values in ((1, 2), (2, 2), (1, 1), (document.pk, other.pk), (other.pk, other.pk), (5, 5)):
        assert sorted(ready_made.rows("besides", make, *values)) == sorted(make(*values))


@pytest.mark.django_db
def test_nothing_stands_for_nothing(author: User, document: Document) -> None:
    def make(who: int | None) -> "QuerySet[Document, int]":
        rows = Document.objects.filter(pk=document.pk)
        return (rows if who is None else rows.filter(pk=0)).values_list("pk", flat=True)

    for _time in range(2):
        assert ready_made.rows("nobody", make, None) == [document.pk]
        assert ready_made.rows("nobody", make, author.pk) == []


@pytest.mark.django_db
def test_a_query_that_looks_at_a_value_is_refused() -> None:
    def shaped(value: int) -> "QuerySet[Document, int]":
        rows = Document.objects.filter(pk=value) if value > 10**9 else Document.objects.all()
        return rows.values_list("pk", flat=True)

    def changed(word: str) -> "QuerySet[Document, int]":
        return Document.objects.filter(slug__icontains=word).values_list("pk", flat=True)

    with pytest.raises(ready_made.NotReady):
        ready_made.rows("shaped", shaped, 1)
    with pytest.raises(ready_made.NotReady):
        ready_made.rows("changed", changed, "one")


@pytest.mark.django_db
def test_a_query_that_can_find_nothing_is_asked_nothing() -> None:
    def make(value: int) -> "QuerySet[Document, int]":
        return Document.objects.filter(pk=value, slug__in=[]).values_list("pk", flat=True)

    def far(value: int) -> "QuerySet[Document, int]":
        return Document.objects.filter(pk=value).values_list("pk", flat=True)

    assert ready_made.rows("nothing", make, 1) == []
    for value in (2**70, 1, 2**70):
        with transaction.atomic():
            assert ready_made.rows("far", far, value) == list(far(value))
