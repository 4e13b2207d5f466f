"""Who plays which part in a document: the editors' page, and the page that a link opens."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.mail import send_mail
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from reader import policy
from reader.actions import roles as role_actions
from reader.actions.errors import Invalid
from reader.models import Document, DocumentRole, Invitation, User
from reader.queries import roles as role_queries
from reader.web.answers import attempt, signed_out
from reader.web.documents import get_document
from reader.web.http import Request

Role = DocumentRole.Role
PARTS = [
    (Role.REVIEWER, gettext_lazy("Reviewer: decides the threads, and publishes the responses")),
    (Role.MODERATOR, gettext_lazy("Moderator: decides what stays up")),
    (Role.EDITOR, gettext_lazy("Editor: makes editions, decides threads, and invites people")),
]


class InviteForm(forms.Form):
    """Who is invited to what."""

    role = forms.ChoiceField(
        label=gettext_lazy("Part"), choices=PARTS, initial=Role.REVIEWER, widget=forms.RadioSelect
    )
    email = forms.CharField(
        label=gettext_lazy("E-mail address"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("Leave it empty to get a link that you pass on yourself."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def roles(request: Request, slug: str) -> HttpResponse:
    """Show who has which part, and invite somebody to one."""
    document = get_document(request, slug)
    editor = request.user
    if not isinstance(editor, User):
        return signed_out(request, reverse("roles", args=[slug]))
    form, status, link, sent_to = InviteForm(request.POST or None), 200, "", ""
    if request.method == "POST":
        outcome = attempt(form, lambda: _invite(editor, document, form))
        status = outcome.status
        if outcome.succeeded:
            link, sent_to = outcome.result
            form = InviteForm()
    try:
        held = list(role_queries.roles_in(editor, document))
        invitations = list(role_queries.open_invitations(editor, document))
    except policy.Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    context = {
        "document": document,
        "held": held,
        "invitations": invitations,
        "form": form,
        "link": link,
        "sent_to": sent_to,
    }
    return render(request, "roles/roles.html", context, status=status)


def _invite(editor: User, document: Document, form: InviteForm) -> tuple[str, str]:
    """Save the invitation and send it, and return its link and to whom it went, if to anybody."""
    made, secret = role_actions.invite(
        editor=editor,
        document=document,
        role=form.cleaned_data["role"],
        email=form.cleaned_data["email"],
    )
    link = settings.SITE_URL + reverse("invitation", args=[secret])
    if made.email:
        context = {"invitation": made, "document": document, "editor": editor, "link": link}
        subject = _("You are invited to work on “%(title)s”") % {"title": document.title}
        text = render_to_string("roles/invitation.txt", context)
        # A title may hold a line break; a subject must not.
        send_mail(" ".join(subject.split()), text, None, [made.email])
    return link, made.email


@require_POST
def remove_role(request: Request, slug: str, pk: int) -> HttpResponse:
    """Take a part away from somebody."""
    document = get_document(request, slug)
    editor = request.user
    if not isinstance(editor, User):
        return signed_out(request, reverse("roles", args=[slug]))
    held = get_object_or_404(DocumentRole.objects.select_related("user"), document=document, pk=pk)
    try:
        role_actions.remove_role(editor=editor, held=held)
    except policy.Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Invalid as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(name)s has the part no more.") % {"name": held.user})
    leaves = held.user_id == editor.pk and not policy.may_edit_document(editor, document)
    return HttpResponseRedirect(
        document.get_absolute_url() if leaves else reverse("roles", args=[slug])
    )


@require_POST
def revoke_invitation(request: Request, slug: str, pk: int) -> HttpResponse:
    """Take an invitation back."""
    document = get_document(request, slug)
    editor = request.user
    if not isinstance(editor, User):
        return signed_out(request, reverse("roles", args=[slug]))
    found = get_object_or_404(Invitation.objects.filter(document=document), pk=pk)
    try:
        role_actions.revoke_invitation(editor=editor, invitation=found)
    except policy.Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Invalid as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The invitation is taken back."))
    return HttpResponseRedirect(reverse("roles", args=[slug]))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: Request, secret: str) -> HttpResponse:
    """Show what a link offers; take it up with a button, never by merely opening it."""
    found = Invitation.objects.filter(secret_sha256=role_actions.hash_of(secret))
    offer = found.select_related("document", "invited_by").first()
    if offer is None:
        raise Http404
    person, refusal, status = request.user, "", 200
    if request.method == "POST" and not isinstance(person, User):
        return signed_out(request, request.path)
    try:
        role_actions.check_open(offer)
        if request.method == "POST" and isinstance(person, User):
            given = role_actions.accept_invitation(person=person, secret=secret)
            messages.success(request, _("You have the part now: %(part)s.") % {"part": _of(given)})
            return HttpResponseRedirect(given.document.get_absolute_url())
    except Invalid as error:
        refusal, status = str(error), 410
    context = {"offer": offer, "part": dict(PARTS)[Role(offer.role)], "refusal": refusal}
    response = render(request, "roles/invitation.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return response


def _of(given: DocumentRole) -> str:
    return str(given.get_role_display())
