"""How much a report weighs: by what became of its reporter's earlier ones.

A moderator's time is what somebody takes who reports at random. Whose reports were upheld is heard
first, and whose reports were all kept is heard last, but is heard: the weight orders, it hides
nothing.
"""

from collections.abc import Iterable

from django.db.models import Count, Q

from reader.models import Flag

MOST = 4  # of one report
UNKNOWN = 2  # of one by somebody of whom nothing is known yet
MOST_IN_ALL = 12


def weight_of(upheld: int, kept: int) -> int:
    """Return the weight of a report by somebody with such a record, 0 to :data:`MOST`.

    It is Laplace's rule of succession: what share of their reports is likely to be upheld.
    """
    return round(MOST * (upheld + 1) / (upheld + kept + 2))


def weights_of(reporters: Iterable[int]) -> dict[int, int]:
    """Return the weight of a report by each of these people, by their ids."""
    ids = set(reporters)
    resolved = (
        # What a group's moderators made of a report says nothing about reports to the site's.
        Flag.objects.filter(reporter__in=ids, for_group__isnull=True)
        .exclude(resolution="")
        .order_by()
        .values_list("reporter")
        .annotate(
            upheld=Count("pk", filter=Q(resolution=Flag.Resolution.UPHELD)),
            kept=Count("pk", filter=Q(resolution=Flag.Resolution.KEPT)),
        )
    )
    known = {reporter: weight_of(upheld, kept) for reporter, upheld, kept in resolved}
    return {one: known.get(one, UNKNOWN) for one in ids}


def weight_together(reporters: Iterable[int]) -> int:
    """Return what open reports by these people weigh together, :data:`MOST_IN_ALL` at most."""
    return min(MOST_IN_ALL, sum(weights_of(reporters).values()))
