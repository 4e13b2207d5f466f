"""Editions: bringing one in, and looking at them and their blocks."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader import policy
from reader.actions import editions
from reader.actions.errors import Invalid
from reader.admin.base import ReadOnlyAdmin, staff
from reader.admin.forms import EditionForm
from reader.models import Block, Document, Edition
from reader.queries.editions import draft_of

PREVIEW_WORDS = 120
MAX_FILE = 20_000_000


def edition_name(edition: Edition) -> str:
    """Return what the admin calls an edition: its number, its label, and whether it is a draft."""
    name = f"{edition.number} {edition.label}".strip()
    return _("%(name)s (draft)") % {"name": name} if edition.is_draft else name


def links_of(edition: Edition) -> SafeString:
    """Return links to where the edition is read, compared and worked on."""
    document = edition.document
    slug, number = document.slug, edition.number
    links = [(edition.get_absolute_url(), _("Read"))]
    base = edition.based_on
    if base is not None:
        links.append((reverse("compare", args=[slug, base.number, number]), _("Compare")))
    if edition.is_draft:
        links.append((reverse("desk", args=[slug, number]), _("Desk: check and publish")))
    elif edition.pk == document.current_edition_id:
        links.append((reverse("desk", args=[slug, number]), _("Desk")))
        if base is not None:
            links.append((reverse("undo_publish", args=[slug, number]), _("Undo publication")))
    return format_html_join(" · ", '<a href="{}">{}</a>', links)


def add_edition(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring in the next edition of a document, as a draft that its editors look at first.

    Raises:
        Http404: there is no such document for the viewer.
        PermissionDenied: they do not edit it.
    """
    readable = Document.objects.filter(policy.documents_visible_to(request.user))
    document = readable.select_related("current_edition").filter(pk=pk).first()
    if document is None:
        raise Http404
    if not policy.may_edit_document(request.user, document):
        raise PermissionDenied
    draft = draft_of(request.user, document)
    form = EditionForm(request.POST or None, request.FILES or None, has_draft=draft is not None)
    if request.method == "POST" and form.is_valid():
        try:
            made = _add(request, document, form)
        except Invalid as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("Here is what it would change. Nothing has changed yet."))
            return HttpResponseRedirect(reverse("desk", args=[document.slug, made.number]))
    context = {
        **admin.site.each_context(request),
        "title": _("Add an edition"),
        "opts": Document._meta,  # noqa: SLF001 -- Django's documented name for model options
        "document": document,
        "draft": draft,
        "form": form,
    }
    template = "admin/reader/document/edition.html"
    return TemplateResponse(request, template, context, status=422 if form.errors else 200)


def _add(request: HttpRequest, document: Document, form: EditionForm) -> Edition:
    data = form.cleaned_data
    file = data["file"]
    if file is not None and file.size > MAX_FILE:
        limit = MAX_FILE // 1_000_000
        raise Invalid("file", _("This file is too large: at most %(n)d MB.") % {"n": limit})
    return editions.add_draft(
        editor=staff(request),
        document=document,
        data=file.read() if file is not None else data["pasted"].encode(),
        name=file.name if file is not None else "pasted.txt",
        label=data["label"],
        note=data["note"],
        replace=data.get("replace", False),
    )


@admin.register(Edition)
class EditionAdmin(ReadOnlyAdmin):
    """Editions are immutable: they are looked at here, and made by importing."""

    list_display = ("__str__", "document", "number", "source_name", "created_at", "published_at")
    list_select_related = ("document",)
    search_fields = ("document__title", "label", "source_name", "=source_sha256")
    search_help_text = gettext_lazy("Document, label, source file, or its SHA-256")
    ordering = ("-pk",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("document", "number", "label", "note", "pages")}),
        (gettext_lazy("Source"), {"fields": ("source_name", "source_sha256", "created_by")}),
        (gettext_lazy("Dates"), {"fields": ("created_at", "published_at", "published_by")}),
        (gettext_lazy("Text"), {"fields": ("block_count", "preview")}),
    )
    readonly_fields = ("pages", "block_count", "preview")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        """Return the editions the viewer may read, in lists without their texts."""
        return Edition.objects.filter(policy.editions_visible_to(request.user)).defer("text")

    @admin.display(description=gettext_lazy("pages"))
    def pages(self, edition: Edition) -> str:
        """Return links to where the edition is read, compared and worked on."""
        return links_of(edition)

    @admin.display(description=gettext_lazy("blocks"))
    def block_count(self, edition: Edition) -> str:
        """Return the number of blocks, linked to them."""
        counted = edition.blocks.aggregate(n=Count("pk"))["n"]
        url = reverse("admin:reader_block_changelist")
        return format_html('<a href="{}?edition={}">{}</a>', url, edition.pk, counted)

    @admin.display(description=gettext_lazy("beginning"))
    def preview(self, edition: Edition) -> str:
        """Return the first words of the text."""
        first = edition.blocks.order_by("position").values_list("text", flat=True)[:5]
        return Truncator("\n\n".join(first)).words(PREVIEW_WORDS, truncate="…")


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    """The pieces of an edition, in reading order."""

    list_display = ("ref", "kind", "level", "beginning", "start", "edition")
    list_filter = ("kind",)
    list_select_related = ("edition",)
    search_fields = ("=ref", "text")
    linked_lookups = ("edition",)
    search_help_text = gettext_lazy("Reference such as p12, or words of the text")
    ordering = ("-edition", "position")
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Block]:
        """Return the blocks of editions the viewer may read."""
        editions = Edition.objects.filter(policy.editions_visible_to(request.user))
        return Block.objects.filter(edition__in=editions).defer("edition__text")

    @admin.display(description=gettext_lazy("text"))
    def beginning(self, block: Block) -> str:
        """Return the first words."""
        return Truncator(block.text).words(16, truncate="…")
