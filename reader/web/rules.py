"""The rules of a document, for everybody who may read it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reader.queries.rules import rules_of
from reader.web.documents import get_document
from reader.web.http import Request


@require_safe
def rules(request: Request, slug: str) -> HttpResponse:
    """Show the rules that moderators' decisions in a document rest on."""
    document = get_document(request, slug)
    own, general = rules_of(document)
    context = {"document": document, "own": own, "general": general}
    return render(request, "documents/rules.html", context)
