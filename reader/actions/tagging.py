"""Tags for many annotations at once."""

from collections.abc import Sequence

from reader.actions.changes import batched
from reader.models import Annotation, Tag

AT_ONCE = 500


def tag_all(tagged: Sequence[tuple[int, Sequence[str]]]) -> None:
    """Give saved annotations (by id) their tags, making new ones, in a few queries per batch."""
    names = sorted({name for _pk, tags in tagged for name in tags})
    known: dict[str, int] = {}
    for batch in batched(names, AT_ONCE):
        Tag.objects.bulk_create([Tag(name=name) for name in batch], ignore_conflicts=True)
        known.update(Tag.objects.filter(name__in=batch).values_list("name", "pk"))
    through = Annotation.tags.through
    through.objects.bulk_create(
        [
            through(annotation_id=pk, tag_id=known[name])
            for pk, tags in tagged
            for name in dict.fromkeys(tags)
        ],
        batch_size=AT_ONCE,
        ignore_conflicts=True,
    )
