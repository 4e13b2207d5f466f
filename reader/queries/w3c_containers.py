"""Containers of annotations: the site's, a document's and a group's, as a viewer may see them.

What is counted, named and paged through is what the viewer may read, by the one policy; so nothing
else shows in a total or an ETag either. What people wrote whom the viewer hides is left out.
"""

from dataclasses import dataclass, field

from django.db.models import Count, Max, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from reader import policy
from reader.models import Annotation, Document, Group
from reader.policy import Viewer
from reader.queries.addresses import absolute
from reader.queries.hiding import not_hidden_from
from reader.queries.w3c import ANNO, Json, annotation_url, present_all
from reader.text.exporters import jsonld
from reader.text.exporters.times import moment

PAGE_SIZE = 50
LDP = "http://www.w3.org/ns/ldp#"
CONTEXT = {**jsonld.CONTEXT, "BasicContainer": f"{LDP}BasicContainer"}


@dataclass(frozen=True, slots=True)
class Container:
    """A container: where it is, what it is called, and which annotations are in it.

    ``document`` or ``group`` is what it is the container of; neither for the site's.
    """

    path: str
    label: str
    holds: Q = field(default_factory=Q)
    document: Document | None = None
    group: Group | None = None

    @property
    def page(self) -> str:
        """The path of the page for people."""
        if self.document is not None:
            return self.document.get_absolute_url()
        return f"/groups/{self.group.slug}/" if self.group is not None else "/"

    def url(self, *, iris: bool = False, page: int | None = None) -> str:
        """Return the address of the container, or of one of its pages."""
        query = [] if page is None else [f"page={page}"]
        if iris or page is not None:
            query.append(f"iris={int(iris)}")
        return absolute(self.path) + ("?" + "&".join(query) if query else "")


def of_site() -> Container:
    """Return the container of all annotations."""
    return Container("/w3c/", _("All annotations"))


def of_document(document: Document) -> Container:
    """Return the container of a document's annotations."""
    path = f"/w3c/documents/{document.slug}/"
    return Container(path, document.title, Q(document=document), document=document)


def of_group(group: Group) -> Container:
    """Return the container of what was written for a group."""
    return Container(f"/w3c/groups/{group.slug}/", group.name, Q(group=group), group=group)


class Contents:
    """What is in a container for one viewer."""

    def __init__(self, viewer: Viewer, container: Container) -> None:
        """Count it."""
        self._viewer, self._container = viewer, container
        self._rows = Annotation.objects.filter(
            policy.annotations_visible_to(viewer), not_hidden_from(viewer), container.holds
        )
        found = self._rows.aggregate(n=Count("pk"), latest=Max(Coalesce("edited_at", "created_at")))
        self.total: int = found["n"]
        self._latest = found["latest"]

    @property
    def last(self) -> int:
        """The number of the last page; the first one is there even when nothing is on it."""
        return max(self.total - 1, 0) // PAGE_SIZE

    def describe(self, *, iris: bool = False, minimal: bool = False) -> Json:
        """Return the container, with its first page in it unless that is not wanted."""
        container = self._container
        first: str | Json = container.url(iris=iris, page=0)
        if not minimal:
            first = {key: value for key, value in self.page(0, iris=iris).items() if key[0] != "@"}
            first.pop("partOf")
        return {
            "@context": [ANNO, dict(CONTEXT)],
            "id": container.url(iris=iris and not minimal),
            "type": ["BasicContainer", "AnnotationCollection"],
            "label": container.label,
            "total": self.total,
            **({"modified": moment(self._latest)} if self._latest else {}),
            "first": first,
            "last": container.url(iris=iris, page=self.last),
        }

    def page(self, number: int, *, iris: bool) -> Json:
        """Return a page, the oldest annotations on the first one."""
        container, start = self._container, number * PAGE_SIZE
        rows = self._rows.order_by("created_at", "pk").values_list("pk", "uid")
        named = list(rows[start : start + PAGE_SIZE])
        items: list[str] | list[Json] = (
            [annotation_url(uid) for _pk, uid in named]
            if iris
            else present_all(self._viewer, [pk for pk, _uid in named])
        )
        around = {}
        if number > 0:
            around["prev"] = container.url(iris=iris, page=number - 1)
        if number < self.last:
            around["next"] = container.url(iris=iris, page=number + 1)
        modified = {"modified": moment(self._latest)} if self._latest else {}
        return {
            "@context": ANNO,
            "id": container.url(iris=iris, page=number),
            "type": "AnnotationPage",
            "partOf": {"id": container.url(iris=iris), "total": self.total, **modified},
            "startIndex": start,
            **around,
            "items": items,
        }
