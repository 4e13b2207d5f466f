"""Help while writing: a preview, and tags to choose from."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from reader.actions.errors import Invalid
from reader.actions.wording import clean_text
from reader.queries import annotations as annotation_queries
from reader.text import markup
from reader.web.http import Request


@require_POST
def preview(request: Request) -> HttpResponse:
    """Answer with the Markdown rendered as it would be saved."""
    try:
        html = markup.render(clean_text("body", request.POST.get("body", "")))
    except (Invalid, markup.MarkupError) as error:
        return render(request, "annotations/preview.html", {"error": str(error)}, status=422)
    return render(request, "annotations/preview.html", {"html": html})


@require_safe
def tags(request: Request) -> HttpResponse:
    """Answer with tags that begin with what is being typed, as options of a datalist."""
    typed = request.GET.get("q") or request.GET.get("tags", "")
    finished, _comma, start = typed.rpartition(",")
    prefix = f"{finished}, " if finished else ""
    names = annotation_queries.tags_like(request.viewer, start) if start.strip() else []
    options = [f"{prefix}{name}" for name in names]
    return render(request, "annotations/tags.html", {"options": options})
