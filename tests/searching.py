"""A small library in four languages, with notes whose names the tests of searching use."""

from dataclasses import dataclass

from reader.models import Annotation, Disposition, Document, Group, Membership, Reaction, User
from reader.search import index
from tests import factories

TEXTS = {
    "en": (
        "The margin is where a reader answers the author.",
        "Readers who answered in public kept their promises.",
        "A naïve café owner wrote an open letter about co-operation.",
        "Nobody runs past an unanswered question.",
    ),
    "ru": (
        "На полях книги читатель отвечает автору.",
        "Ёлки растут там, где читателями владеет тишина.",
        "Открытое письмо было подписано многими.",
    ),
    "kk": (
        "Кітаптың шетінде оқырман авторға жауап береді.",
        "Қазақстан Республикасының халқы ашық хат жазды.",
    ),
    "de": (
        "Am Rand antwortet der Leser dem Verfasser.",
        "Die Häuser an der Straße gehören den Lesern.",
    ),
}


@dataclass(frozen=True, slots=True)
class Library:
    """The documents by language, the people, and the notes by name."""

    documents: dict[str, Document]
    people: dict[str, User]
    notes: dict[str, Annotation]

    def name_of(self, annotation: Annotation) -> str:
        """Return the name under which the tests know a note."""
        return next(name for name, note in self.notes.items() if note.pk == annotation.pk)


def make_library() -> Library:
    """Save and return the library."""
    documents = {
        language: factories.make_document(*texts, slug=language, language=language)
        for language, texts in TEXTS.items()
    }
    for document in documents.values():
        index.put_text(document.pk)  # make_document gives it its language afterwards
    ada = factories.make_user("ada", name="Ada Author")
    ben = factories.make_user("ben", name="Ben Böll")
    note = factories.make_annotation
    en, ru, kk, de = (documents[name] for name in ("en", "ru", "kk", "de"))
    notes = {
        "promise": note(
            ada,
            en,
            "promises",
            body="A *promise* is only a promise when **kept**.",
            tags=("trust",),
        ),
        "why": note(
            ben, en, "margin", body="Why does the author answer here?", motivation="questioning"
        ),
        "edit": note(
            ada,
            en,
            "open letter",
            body="Say it plainly",
            motivation="editing",
            replacement="public petition",
        ),
        "data": note(ben, en, "owner", body="Open data, open letters.", tags=("open data", "café")),
        "secret": note(ada, en, "Nobody", body="My private promise.", visibility="private"),
        "поля": note(ben, ru, "полях", body="Читатели пишут на полях, а не в книге."),
        "mixed": note(ben, en, "question", body="По-русски: читательский вопрос."),
        "хат": note(ada, kk, "оқырман", body="Оқырман хат жазды, балалар оқыды."),
        "rand": note(ada, de, "Rand", body="Ein Haus ohne Straße; die Leser lesen."),
        "highlight": note(ben, en, "kept", body="", motivation="highlighting", tags=("trust",)),
    }
    notes["because"] = factories.make_reply(
        ada, notes["why"], "Because readers run away otherwise."
    )
    notes["again"] = factories.make_reply(ben, notes["promise"], "Promises, promises!")
    notes["lonely"] = note(
        ada, en, "unanswered", body="Who answers this one?", motivation="questioning"
    )
    Disposition.objects.create(
        annotation=notes["promise"], outcome="accepted", reason="Yes.", decided_by=ben
    )
    for person in (factories.make_user("cara"), factories.make_user("dan")):
        Reaction.objects.create(annotation=notes["data"], person=person, stance="disagree")
    Annotation.objects.filter(pk=notes["data"].pk).update(disagree_count=2)
    return Library(documents, {"ada": ada, "ben": ben}, notes)


def make_group(*members: User) -> Group:
    """Return a group with these members."""
    group = Group.objects.create(slug=f"group-{Group.objects.count()}", name="A group")
    Membership.objects.bulk_create(Membership(user=user, group=group) for user in members)
    return group
