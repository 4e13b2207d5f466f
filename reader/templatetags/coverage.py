"""Drawing the map of a discussion."""

from collections.abc import Iterator, Sequence

from django import template
from django.utils.formats import localize
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reader.queries.coverage import Stretch
from reader.queries.tallies import Line, Tally

register = template.Library()
# Units from the top of the picture, 100 high: where each lane ends and how high it is.
THREADS, UNANSWERED, CONTESTED = (56.0, 56.0), (78.0, 16.0), (100.0, 16.0)
LEAST = 3.0  # units: what is there is seen, however busy the busiest is
LONG = 999  # numbers up to here are written alike everywhere
INSET = 0.1  # of a column, on both sides
STRIPES = (
    '<defs><pattern id="undecided-stripes" width="1" height="4" patternUnits="userSpaceOnUse">'
    '<rect class="undecided-ground" width="1" height="4"/>'
    '<rect class="undecided" width="1" height="2"/></pattern></defs>'
)


@register.filter
def called(line: Line) -> str:
    """Return what people call a block."""
    return f"¶ {line.number}" if line.number else line.ref


@register.simple_tag
def stretch_name(stretch: Stretch) -> str:
    """Return what people call a stretch of blocks."""
    if stretch.is_one:
        return called(stretch.first)
    return _("%(first)s to %(last)s") % {
        "first": called(stretch.first),
        "last": called(stretch.last),
    }


@register.simple_tag
def number_cells(cells: Sequence[tuple[int, str]]) -> SafeString:
    """Return the cells of a row of numbers, each linked to where it leads.

    Drawn here and not in the template, which takes three times as long over a thousand cells.
    """
    drawn = [
        f'<td><a href="{escape(url)}">{localize(count) if count > LONG else count}</a></td>'
        if url
        else f'<td class="zero">{count}</td>'
        for count, url in cells
    ]
    return mark_safe("".join(drawn))  # noqa: S308 -- numbers, and addresses that are escaped


def numbers_in_words(tally: Tally) -> str:
    """Return what stands on a stretch, in one line."""
    threads = ngettext("%d thread", "%d threads", tally.threads) % tally.threads
    told = [threads]
    if tally.undecided:
        told.append(_("%d undecided") % tally.undecided)
    if tally.unanswered:
        unanswered = ngettext("%d question unanswered", "%d questions unanswered", tally.unanswered)
        told.append(unanswered % tally.unanswered)
    if tally.contested:
        told.append(_("%d contested") % tally.contested)
    return ", ".join(told)


@register.simple_tag
def map_columns(bars: Sequence[tuple[Stretch, str]]) -> SafeString:
    """Return the inside of the picture: a column for each stretch.

    Lanes are told apart by where they are; what is undecided is striped, what is decided is full.
    """
    tallies = [stretch.tally for stretch, _url in bars]
    most = Tally(*(max(column) for column in zip(*tallies, strict=True)))
    drawn = [piece for at, one in enumerate(tallies) for piece in _column(at, one, most)]
    return mark_safe("".join([STRIPES, *drawn]))  # noqa: S308 -- numbers between our own words


@register.simple_tag
def map_links(bars: Sequence[tuple[Stretch, str]]) -> SafeString:
    """Return a link over each column that has anything, for the mouse: the table has them all."""
    links = [
        _link(at, stretch, url)
        for at, (stretch, url) in enumerate(bars)
        if stretch.tally.threads or stretch.tally.highlights
    ]
    return mark_safe("".join(links))  # noqa: S308 -- _link escapes what it is given


def _column(at: int, tally: Tally, most: Tally) -> Iterator[str]:
    full = _height(tally.threads, most.threads, THREADS)
    decided = full * tally.decided / tally.threads if tally.threads else 0.0
    floor = THREADS[0]
    if decided:
        yield _rect("decided", at, floor - decided, decided)
    if tally.undecided:
        yield _rect("striped", at, floor - full, full - decided, ' fill="url(#undecided-stripes)"')
    for name, (floor, _high), height in (
        ("unanswered", UNANSWERED, _height(tally.unanswered, most.unanswered, UNANSWERED)),
        ("contested", CONTESTED, _height(tally.contested, most.contested, CONTESTED)),
    ):
        if height:
            yield _rect(name, at, floor - height, height)


def _height(count: int, most: int, lane: tuple[float, float]) -> float:
    return max(LEAST, lane[1] * count / most) if count else 0.0


def _rect(name: str, at: int, top: float, height: float, more: str = "") -> str:
    place = f'x="{at + INSET}" y="{top:.2f}" width="{1 - 2 * INSET}" height="{height:.2f}"'
    return f'<rect class="{name}" {place}{more}/>'


def _link(at: int, stretch: Stretch, url: str) -> str:
    told = f"{stretch_name(stretch)}: {numbers_in_words(stretch.tally)}"
    return (
        f'<a href="{escape(url)}" tabindex="-1"><title>{escape(told)}</title>'
        f'<rect class="hit" x="{at}" y="0" width="1" height="100"/></a>'
    )


@register.simple_tag
def map_in_words(total: Tally, columns: int) -> SafeString:
    """Return what the picture shows, for whoever does not see it."""
    return format_html(
        "{} {}",
        _("%d columns from the beginning of the text to its end.") % columns,
        numbers_in_words(total) + ".",
    )
