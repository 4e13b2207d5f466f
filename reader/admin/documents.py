"""The library: documents, and who looks after them."""

from dataclasses import fields
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet, URLField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader import policy
from reader.actions.documents import About, import_document
from reader.actions.errors import Invalid
from reader.admin.base import ListAdmin, StackedInline, staff
from reader.admin.checks import ChecksOfDocument, DocumentForm
from reader.admin.editions import MAX_FILE, add_edition, edition_name, links_of
from reader.admin.forms import ImportForm
from reader.admin.rules import RuleInline
from reader.models import Document, DocumentRole, Edition
from reader.queries.documents import Life, lives_of

EDITIONS_SHOWN = 50


class RoleInline(StackedInline):
    """Who plays a part in the document: for editors to see, and for superusers to change."""

    model = DocumentRole
    autocomplete_fields = ("user",)
    fields = ("user", "role", "granted_at")
    readonly_fields = ("granted_at",)
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the viewer gives parts: an editor could make themself a moderator."""
        return policy.may_manage_people(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the viewer gives parts."""
        return policy.may_manage_people(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the viewer takes parts away."""
        return policy.may_manage_people(request.user)


class DocumentList(ChangeList):
    """Documents with the life of those on the page, counted in one query."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the page and what was written about its documents."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        lives = lives_of(request.user, self.result_list)
        for document in self.result_list:
            document.life = lives.get(document.pk, Life())


@admin.register(Document)
class DocumentAdmin(ChecksOfDocument, ListAdmin):
    """Documents and who looks after them."""

    form = DocumentForm
    list_display = (
        "title",
        "author",
        "language",
        "annotating",
        "is_published",
        "edition",
        "threads",
        "replies",
        "latest",
    )
    list_filter = ("annotating", "is_published", "guests_may_annotate")
    list_select_related = ("current_edition",)
    search_fields = ("title", "author", "slug")
    search_help_text = gettext_lazy("Title, author or address")
    ordering = ("-created_at", "-pk")
    sortable_by = ()
    inlines = (RuleInline, RoleInline)
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    readonly_fields = ("slug", "current_edition", "edition_links", "created_at")
    fieldsets = (
        (None, {"fields": ("title", "slug", "author", "description")}),
        (gettext_lazy("Discussion"), {"fields": ("annotating", "guests_may_annotate")}),
        (gettext_lazy("Checks before publication"), {"fields": ("chain", "judge_url")}),
        (
            gettext_lazy("Publication"),
            {"fields": ("is_published", "language", "date", "rights", "source_url")},
        ),
        (gettext_lazy("Text"), {"fields": ("current_edition", "edition_links", "created_at")}),
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that counts once per page."""
        return DocumentList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        """Return the documents whose particulars the viewer may change."""
        return Document.objects.filter(policy.documents_edited_by(request.user))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Editors have a library, those of a single document too."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Editors see the documents they edit."""
        mine = policy.documents_edited_by(request.user)
        return not mine or Document.objects.filter(mine).exists()

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Editors change the documents they see; the queryset holds no others."""
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes what others have written about; a document can be unpublished."""
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Make a document from a file: one without a text is of no use."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                edition, is_new = self._import(request, form)
            except Invalid as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                said = _("Imported.") if is_new else _("This file was imported before.")
                self.message_user(request, said, messages.SUCCESS if is_new else messages.WARNING)
                url = reverse("admin:reader_document_change", args=[edition.document_id])
                return HttpResponseRedirect(url)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Bring in a document"),
            "opts": self.opts,
            "form": form,
        }
        template = "admin/reader/document/import.html"
        return TemplateResponse(request, template, context, status=422 if form.errors else 200)

    def _import(self, request: HttpRequest, form: ImportForm) -> tuple[Edition, bool]:
        data = form.cleaned_data
        file = data["file"]
        if file.size > MAX_FILE:
            limit = MAX_FILE // 1_000_000
            raise Invalid("file", _("This file is too large: at most %(n)d MB.") % {"n": limit})
        about = About(**{one.name: data[one.name] for one in fields(About)})
        edition, is_new = import_document(
            data=file.read(), name=file.name, about=about, editor=staff(request)
        )
        if is_new:
            self.log_addition(request, edition.document, [{"added": {}}])
        return edition, is_new

    @admin.display(description=gettext_lazy("edition"))
    def edition(self, document: Document) -> str:
        """Return the number of the current edition."""
        return str(document.current_edition.number) if document.current_edition else "–"

    @admin.display(description=gettext_lazy("threads"))
    def threads(self, document: Any) -> int:
        """Return how many threads the viewer may read."""
        return int(document.life.annotations)

    @admin.display(description=gettext_lazy("replies"))
    def replies(self, document: Any) -> int:
        """Return how many replies the viewer may read."""
        return int(document.life.replies)

    @admin.display(description=gettext_lazy("last written"))
    def latest(self, document: Any) -> Any:
        """Return when something was written last."""
        return document.life.last_at

    @admin.display(description=gettext_lazy("editions"))
    def edition_links(self, document: Document) -> str:
        """Return the newest editions, each with where it is read, compared and worked on."""
        rows = document.editions.select_related("based_on").order_by("-number")
        lines = []
        for row in rows.defer("text", "based_on__text")[:EDITIONS_SHOWN]:
            row.document = document
            url = reverse("admin:reader_edition_change", args=[row.pk])
            lines.append((url, edition_name(row), links_of(row)))
        listed = format_html_join("", '<div><a href="{}">{}</a>: {}</div>', lines)
        add = reverse("admin:reader_document_edition", args=[document.pk])
        return format_html('{}<div><a href="{}">{}</a></div>', listed, add, _("Add an edition"))

    def get_urls(self) -> list[URLPattern]:
        """Add the page where an edition is brought in."""
        view = self.admin_site.admin_view(add_edition)
        own = path("<int:pk>/edition/", view, name="reader_document_edition")
        return [own, *super().get_urls()]
