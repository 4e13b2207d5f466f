"""Bringing a document in."""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from reader.actions.documents import About, import_document
from reader.actions.errors import Invalid
from reader.models import Block, Document, Edition, Event, User
from tests.factories import make_annotation

SPEECH = settings.BASE_DIR / "seeds" / "transcript.txt"


@pytest.mark.django_db
def test_speech_has_53_numbered_paragraphs_to_the_letter() -> None:
    call_command("import_document", SPEECH, slug="speech", verbosity=0)
    document = Document.objects.get(slug="speech")
    assert document.current_edition is not None
    blocks = list(document.current_edition.blocks.order_by("position"))
    assert [block.ref for block in blocks] == [f"p{n}" for n in range(1, 54)]
    whole = "\n\n".join([document.title, *(block.text for block in blocks)])
    assert whole == SPEECH.read_text()
    text = document.current_edition.text
    assert all(text[block.start : block.end] == block.text for block in blocks)


@pytest.mark.django_db
def test_same_file_twice_writes_nothing() -> None:
    call_command("import_document", SPEECH, verbosity=0)
    before = [model.objects.count() for model in (Document, Edition, Block, Event)]
    call_command("import_document", SPEECH, verbosity=0)
    assert [model.objects.count() for model in (Document, Edition, Block, Event)] == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "name"),
    [(b"\xff\xfe\x00", "a.txt"), (b"Title only", "a.txt"), (b"x\x00y", "a.txt"), (b"x", "a.exe")],
)
def test_unreadable_file_is_refused_and_leaves_nothing(data: bytes, name: str) -> None:
    with pytest.raises(Invalid):
        import_document(data=data, name=name, about=About())
    assert not Document.objects.exists()


@pytest.mark.django_db
def test_taken_address_is_refused() -> None:
    import_document(data=b"T\n\nOne.", name="a.txt", about=About(slug="same"))
    with pytest.raises(Invalid, match="same"):
        import_document(data=b"T\n\nTwo.", name="b.txt", about=About(slug="same"))


@pytest.mark.django_db
def test_missing_file_is_one_clear_sentence() -> None:
    with pytest.raises(CommandError, match="Cannot read"):
        call_command("import_document", "no-such-file.txt")


CORRECTED = settings.BASE_DIR / "seeds" / "corrected.txt"


@pytest.mark.django_db
def test_next_edition_is_a_draft_with_its_difference_told(
    capsys: pytest.CaptureFixture[str], author: User
) -> None:
    call_command("import_document", SPEECH, slug="speech")
    document = Document.objects.get(slug="speech")
    make_annotation(author, document, "tocause")
    make_annotation(author, document, "Dear compatriots")
    call_command("import_document", CORRECTED, "--edition", slug="speech", label="Corrected")
    told = capsys.readouterr().out
    assert "Paragraphs: 35 same, 18 edited." in told
    assert "Annotations: 1 stay on their words, 1 stay where words changed." in told
    document.refresh_from_db()
    draft = Edition.objects.get(document=document, number=2)
    assert (draft.is_draft, draft.label, document.current_edition_id) == (
        True,
        "Corrected",
        draft.based_on_id,
    )
    with pytest.raises(CommandError, match="draft"):
        call_command("import_document", CORRECTED, "--edition", slug="speech")


@pytest.mark.django_db
def test_next_edition_is_published_with_progress_when_asked(
    capsys: pytest.CaptureFixture[str], author: User
) -> None:
    call_command("import_document", SPEECH, slug="speech")
    document = Document.objects.get(slug="speech")
    make_annotation(author, document, "tocause")
    call_command("import_document", CORRECTED, "--edition", "--publish", slug="speech")
    document.refresh_from_db()
    assert document.current_edition is not None
    assert document.current_edition.number == 2
    assert "1 of 1 annotations" in capsys.readouterr().err


@pytest.mark.django_db
def test_edition_of_no_document_is_one_clear_sentence() -> None:
    call_command("import_document", SPEECH, slug="speech", verbosity=0)
    with pytest.raises(CommandError, match="speech"):
        call_command("import_document", CORRECTED, "--edition")
    with pytest.raises(CommandError, match="--edition"):
        call_command("import_document", SPEECH, "--publish")
