"""Posts with known truth: spam of many kinds, and honest comments of which some look like it.

Made from seeds with the words of :mod:`tests.bench.revisions.vocabularies`, for ten days of a busy
site where everybody is new at first. Nothing here knows how the checks judge.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from tests.bench.form_letters import KINDS, Desk, Sentences

DAY, HOUR = 1_440, 60  # minutes
DAYS = 10
DOCUMENTS = 4
REPLIES = 0.3  # of what may be one
LISTED = ("viagra", "casino*", "easy money", "казино*", "лёгкие деньги")
DISGUISED = (
    "V1AGRA",
    "v i a g r a",
    "vi\u200bagra",
    "cаsino",  # a Cyrillic letter
    "CASINOS",
    "easy  MONEY",
    "КАЗИНО",
    "кaзинo",  # two Latin letters
    "ｃａｓｉｎｏ",
)
ALIKE = ("vague", "cascade", "uneasy about money", "an easy way, with money", "казнить", "occasion")
AGREEMENTS = (
    "I agree.",
    "Agreed!",
    "Yes.",
    "+1",
    "Thank you.",
    "Согласна.",
    "Да, верно.",
    "Келісемін.",
    "I agree",
    "Not at all!",
)
SOURCES = ("law.example", "gazette.example", "statistics.example", "paper.example", "wiki.example")
BUY = ("Buy now!!!", "Best price here", "Купить сейчас")
SOURCES_ALONE = ("Source:", "See", "")


@dataclass(frozen=True)
class Post:
    """Something that somebody posts, ``at`` minutes after the beginning, and what it really is."""

    at: float
    person: str
    kind: str
    is_spam: bool
    body: str
    document: int = 0
    is_reply: bool = False


@dataclass
class Site:
    """Who writes what on a site; all of it comes from the desk's seed."""

    desk: Desk

    @property
    def rng(self) -> Random:
        """Where chance comes from."""
        return self.desk.rng

    def posts(self) -> list[Post]:
        """Return all posts in the order in which they come."""
        made = [*self._all(SPAM, is_spam=True), *self._all(HONEST, is_spam=False)]
        return sorted(made, key=lambda post: post.at)

    def _all(self, kinds: "Kinds", *, is_spam: bool) -> Iterator[Post]:
        for kind, make in kinds.items():
            for number, (at, person, body, *more) in enumerate(make(self)):
                where = more[0] if more else self.rng.randrange(DOCUMENTS)
                is_reply = body != "" and (len(more) > 1 or self.rng.random() < REPLIES)
                name = f"{kind} {person or number}"
                yield Post(at, name, kind, is_spam, body, where, is_reply)

    def some_day(self) -> float:
        """Return any minute of the ten days."""
        return self.rng.uniform(0, DAYS * DAY)

    def remark(self, least: int = 1, most: int = 4) -> str:
        """Return some sentences that nobody else writes."""
        count = self.rng.randint(least, most)
        return self.desk._text([self.desk._sentence() for _number in range(count)])

    def short(self) -> str:
        """Return a few words."""
        return self.desk._some_words(4, 9)

    def copies(self, count: int, link: str = "") -> Iterator[str]:
        """Yield copies of a letter with the small changes that people, and programs, make."""
        letter: Sentences = self.desk._letter(self.rng.choice((2, 3, 4, 6)))
        changes = [change for change, adds in KINDS.values() if not adds]
        for number in range(count):
            change = changes[number % len(changes)]
            text = self.desk._text(change(self.desk, list(letter)))
            yield f"{text} {link}".strip()

    def site(self) -> str:
        """Return the name of a site that nobody else links to."""
        return f"site{self.rng.randrange(10**6)}.example"


# When, by whom (empty: by somebody else each time), what; in which document, and whether it is
# certainly an answer.
Sent = tuple[float, str, str] | tuple[float, str, str, int] | tuple[float, str, str, int, bool]
Made = Iterator[Sent]
Kinds = dict[str, Callable[[Site], Made]]


# -- Spam -----------------------------------------------------------------------------------------


def campaign(site: Site, link: str = "", minutes: float = 30, letters: int = 2) -> Made:
    for letter in range(letters):
        begins, where = site.some_day() * 0.8, site.rng.randrange(DOCUMENTS)
        for number, text in enumerate(site.copies(15, link)):
            at = begins + site.rng.uniform(0, minutes)
            yield at, f"{letter}/{number}", text, where


def campaign_with_link(site: Site) -> Made:
    yield from campaign(site, f"https://{site.site()}/offer", minutes=2 * DAY)


def slow_campaign(site: Site) -> Made:
    yield from campaign(site, minutes=8 * DAY, letters=1)


def one_site(site: Site) -> Made:
    host, begins = site.site(), site.some_day() * 0.7
    for number in range(20):
        link = f"https://{host}/{number}"
        at = begins + site.rng.uniform(0, 12 * HOUR)
        yield at, "", f"{site.remark(1, 2)} {link}", number % 2


def other_sites(site: Site) -> Made:
    for _number in range(10):
        yield site.some_day(), "", f"{site.remark(1, 2)} https://{site.site()}/"


def many_links(site: Site) -> Made:
    for _number in range(10):
        links = " ".join(f"[{site.short()}](https://{site.site()}/)" for _link in range(4))
        yield site.some_day(), "", f"{site.remark(1, 1)} {links}"


def bare_links(site: Site) -> Made:
    for number in range(10):
        link = f"{site.site()}/win" if number % 2 else f"https://{site.site()}/win"
        yield site.some_day(), "", site.rng.choice(("", "Wow ", "Look: ")) + link


def flood(site: Site) -> Made:
    for person in range(2):
        begins = site.some_day() * 0.9
        for number in range(20):
            yield begins + number * 4 / 60, f"{person}", site.short(), person


def short_flood(site: Site) -> Made:
    for person, words in enumerate(BUY):
        begins = site.some_day() * 0.9
        for number in range(10):
            yield begins + number / 2, f"{person}", words, person


def many_documents(site: Site) -> Made:
    for person in range(2):
        begins = site.some_day() * 0.9
        for number, text in enumerate(site.copies(12)):
            yield begins + 10 * number, f"{person}", text, number % DOCUMENTS


def listed(site: Site) -> Made:
    for number in range(18):
        words = f"{site.short()} {DISGUISED[number % len(DISGUISED)]} {site.short()}"
        yield site.some_day(), "", words


def raid(site: Site) -> Made:
    begins = site.some_day() * 0.9
    for _number in range(25):
        yield begins + site.rng.uniform(0, 8), "", site.short(), 0


def by_hand(site: Site) -> Made:
    for _number in range(10):
        yield site.some_day(), "", site.remark(1, 2)


SPAM: Kinds = {
    "campaign within half an hour": campaign,
    "campaign with a link, two days": campaign_with_link,
    "campaign over eight days": slow_campaign,
    "one link each, one site": one_site,
    "one link each, other sites": other_sites,
    "many links": many_links,
    "hardly more than a link": bare_links,
    "flood of one person, all different": flood,
    "flood of one person, the same": short_flood,
    "one text in many documents": many_documents,
    "listed words in disguise": listed,
    "raid of many in minutes": raid,
    "one text, no link, nothing odd": by_hand,
}


# -- Honest ---------------------------------------------------------------------------------------


def remarks(site: Site) -> Made:
    for _number in range(60):
        yield site.some_day(), "", site.remark()


def agreements(site: Site) -> Made:
    for number in range(24):
        yield site.some_day(), "", AGREEMENTS[number % len(AGREEMENTS)]


def one_who_agrees(site: Site) -> Made:
    for person in range(2):
        begins = site.some_day() * 0.9
        for number in range(6):
            yield begins + 3 * number, f"{person}", AGREEMENTS[person], person, True


def quotations(site: Site) -> Made:
    quoted = [site.rng.choice(site.desk.quotable)[:250] for _number in range(2)]
    for number in range(16):
        sign = "> " if number % 2 else ""
        yield site.some_day(), "", f"{sign}{quoted[number % 4 // 2]}\n\n{site.remark(1, 2)}", 0


def keen(site: Site) -> Made:
    for person in range(3):
        at = site.some_day() * 0.9
        for _number in range(12):
            at += site.rng.uniform(0.7, 3)
            yield at, f"{person}", site.remark(1, 3), person


def regular(site: Site) -> Made:
    for person in range(3):
        for day in range(DAYS):
            yield day * DAY + site.rng.uniform(0, DAY), f"{person}", site.remark(1, 3), person


def source(site: Site) -> Made:
    for number in range(20):
        link = f"https://{SOURCES[number % len(SOURCES)]}/{number}"
        yield site.some_day(), "", f"{site.remark(1, 3)} {link}"


def one_source(site: Site) -> Made:
    begins = site.some_day() * 0.8
    for number in range(5):
        at = begins + site.rng.uniform(0, DAY)
        yield at, "", f"{site.remark(1, 2)} https://news.example/story ({number})", 1


def sources(site: Site) -> Made:
    for number in range(9):
        links = [f"https://{host}/{number}" for host in SOURCES[: 2 + number % 2]]
        yield site.some_day(), "", f"{site.remark(2, 4)}\n\n" + "\n".join(links)


def source_alone(site: Site) -> Made:
    for number in range(4):
        said = SOURCES_ALONE[number % len(SOURCES_ALONE)]
        yield site.some_day(), "", f"{said} https://law.example/{number}".strip()


def form_letter(site: Site) -> Made:
    yield from campaign(site, minutes=6 * DAY)


def called_up(site: Site) -> Made:
    yield from campaign(site, minutes=3 * HOUR, letters=1)


def conversation(site: Site) -> Made:
    for pair in range(2):
        begins = site.some_day() * 0.9
        for number in range(16):
            said = site.short() if number % 3 else site.remark(1, 1)
            yield begins + number * 0.75, f"{pair}/{number % 2}", said, pair, True


def school_class(site: Site) -> Made:
    begins = site.some_day() * 0.9
    for student in range(20):
        for _number in range(2):
            yield begins + site.rng.uniform(0, 50), f"{student}", site.remark(1, 2), 2


def innocent_words(site: Site) -> Made:
    for number in range(12):
        yield site.some_day(), "", f"{site.short()} {ALIKE[number % len(ALIKE)]} {site.short()}"


def twice(site: Site) -> Made:
    for person in range(5):
        begins, text = site.some_day() * 0.9, site.remark(2, 3)
        for number in range(2):
            yield begins + 5 * number, f"{person}", text, person % DOCUMENTS


def marks(site: Site) -> Made:
    begins = site.some_day() * 0.9
    for number in range(12):
        yield begins + number / 4, "0", "", 3


HONEST: Kinds = {
    "remarks": remarks,
    "a few words of agreement": agreements,
    "one person who agrees, six times": one_who_agrees,
    "quotations of the text": quotations,
    "one keen person, twelve remarks": keen,
    "one regular, a remark a day": regular,
    "a link to a source": source,
    "one source, five people in a day": one_source,
    "two or three sources": sources,
    "hardly more than a source": source_alone,
    "form letter over six days": form_letter,
    "form letter after a call, three hours": called_up,
    "quick conversation of two": conversation,
    "class of twenty in an hour": school_class,
    "words like listed ones": innocent_words,
    "the same remark on two paragraphs": twice,
    "marks without words": marks,
}
