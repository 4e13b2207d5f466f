"""Who is in a group: inviting, coming in by a link, parts, removing; and what stays up in it."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from reader import policy
from reader.actions import group_invitations
from reader.actions import groups as group_actions
from reader.actions.errors import Conflict, Invalid
from reader.actions.moderation import decide as decide_on
from reader.models import Annotation, Group, User
from reader.models.people import username_shape
from reader.queries import groups as group_queries
from reader.web.answers import Attempt, attempt, signed_out
from reader.web.group_forms import DecideForm, InviteForm, RoleForm
from reader.web.groups import done, get_group, group_page, page_of
from reader.web.http import Request


@require_POST
def invite(request: Request, slug: str) -> HttpResponse:
    """Make a link into the group, and show it once."""
    person = request.user
    if not isinstance(person, User):
        return signed_out(request, reverse("group", args=[slug]))
    group = get_group(request, slug)
    form = InviteForm(request.POST)
    if not policy.may_run(person, group):
        raise PermissionDenied(_("Only an owner or a moderator of this group can do that."))
    outcome = attempt(form, lambda: _link(person, group, form))
    more = {"link": outcome.result} if outcome.succeeded else {"invite_form": form}
    return group_page(request, group, outcome, **more)


def _link(person: User, group: Group, form: InviteForm) -> str:
    made = group_invitations.invite(moderator=person, group=group, days=form.cleaned_data["days"])
    return f"{settings.SITE_URL}{reverse('join_by_link', args=[made[1]])}"


@require_POST
def revoke(request: Request, slug: str, pk: int) -> HttpResponse:
    """Take a link into the group back."""
    person = request.user
    if not isinstance(person, User):
        return signed_out(request, reverse("group", args=[slug]))
    group = get_group(request, slug)
    try:
        found = get_object_or_404(group_queries.open_invitations(person, group), pk=pk)
    except policy.Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return done(
        request,
        lambda: group_invitations.revoke_invitation(moderator=person, invitation=found),
        _("The link is taken back."),
        page_of(group),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join_by_link(request: Request, secret: str) -> HttpResponse:
    """Show which group a link opens; come in with a button, never by merely opening it."""
    found = group_invitations.find_invitation(secret)
    if found is None:
        raise Http404
    person, refusal = request.user, ""
    if request.method == "POST" and not isinstance(person, User):
        return signed_out(request, request.path)
    try:
        if isinstance(person, User) and policy.role_in(person, found.group):
            return HttpResponseRedirect(page_of(found.group))
        group_invitations.check_open(found)
        if request.method == "POST" and isinstance(person, User):
            group_invitations.accept_invitation(person=person, secret=secret)
            words = _("You are in the group now: %(group)s.") % {"group": found.group}
            messages.success(request, words)
            return HttpResponseRedirect(page_of(found.group))
    except Invalid as error:
        refusal = str(error)
    context = {"offer": found, "group": found.group, "refusal": refusal}
    response = render(request, "groups/join.html", context, status=410 if refusal else 200)
    response["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return response


def _member(request: Request, group: Group, username: str) -> User:
    try:
        username_shape(username)
        return group_queries.find_member(request.viewer, group, username)
    except (User.DoesNotExist, ValidationError) as error:
        raise Http404 from error


@require_POST
def give_role(request: Request, slug: str, username: str) -> HttpResponse:
    """Make somebody in the group a member, a moderator or an owner."""
    person = request.user
    if not isinstance(person, User):
        return signed_out(request, reverse("group", args=[slug]))
    group = get_group(request, slug)
    member = _member(request, group, username)
    form = RoleForm(request.POST)
    form.is_valid()
    role = form.cleaned_data.get("role", "")
    return done(
        request,
        lambda: group_actions.give_role(owner=person, group=group, person=member, role=role),
        _("%(name)s has another part in the group now.") % {"name": member},
        page_of(group) + "#members",
    )


@require_POST
def remove(request: Request, slug: str, username: str) -> HttpResponse:
    """Take somebody out of the group."""
    person = request.user
    if not isinstance(person, User):
        return signed_out(request, reverse("group", args=[slug]))
    group = get_group(request, slug)
    member = _member(request, group, username)
    return done(
        request,
        lambda: group_actions.remove_member(moderator=person, group=group, person=member),
        _("%(name)s is not in the group any more.") % {"name": member},
        page_of(group) + "#members",
    )


@require_POST
def decide(request: Request, slug: str, uid: str) -> HttpResponse:
    """Keep or take down what was written for the group."""
    person = request.user
    if not isinstance(person, User):
        return signed_out(request, reverse("group", args=[slug]))
    group = get_group(request, slug)
    if not policy.may_run(person, group):
        raise PermissionDenied(_("Only an owner or a moderator of this group can do that."))
    try:
        found = group_queries.find_moderated(person, group, uid)
    except Annotation.DoesNotExist as error:
        raise Http404 from error
    form = DecideForm(request.POST)
    if not form.is_valid():
        return group_page(request, group, Attempt(status=422), refused=found.uid, decide_form=form)
    try:
        decision = decide_on(moderator=person, annotation=found, **form.cleaned_data)
    except policy.Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except (Invalid, Conflict) as error:
        form.add_error(None, str(error))
        status = 409 if isinstance(error, Conflict) else 422
        return group_page(
            request, group, Attempt(status=status), refused=found.uid, decide_form=form
        )
    messages.success(request, _("%(act)s.") % {"act": decision.get_act_display()})
    return HttpResponseRedirect(page_of(group) + "#moderation")
