"""Groups: mine and those to find, a group's own page, its settings, coming in and going."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from reader import policy
from reader.actions import groups as group_actions
from reader.actions.errors import Invalid, TooMany
from reader.models import Group, Membership, User
from reader.queries import groups as group_queries
from reader.queries.threads import as_note
from reader.web.answers import Attempt, attempt, signed_out
from reader.web.group_forms import ROLES, DecideForm, GroupForm, InviteForm
from reader.web.http import Request

GROUPS_A_PAGE = 30
NOTES_A_PAGE = 20
MEMBERS_A_PAGE = 100
MOST_SEARCHED = 80
Role = Membership.Role


def get_group(request: Request, slug: str) -> Group:
    """Return a group that the viewer may know of, or answer 404.

    Raises:
        Http404: there is none for this viewer.
    """
    try:
        return group_queries.find_group(request.viewer, slug)
    except Group.DoesNotExist as error:
        raise Http404 from error


def done(request: Request, act: Callable[[], Any], message: str, back: str) -> HttpResponse:
    """Run a write that was asked for by a button, say what became of it, and go back.

    Raises:
        PermissionDenied: the viewer may not do it.
    """
    try:
        act()
    except policy.Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except (Invalid, TooMany) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, message)
    return HttpResponseRedirect(back)


def _sent(request: Request) -> Any:
    return request.POST if request.method == "POST" else None


def page_of(group: Group) -> str:
    """Return the address of the group's page."""
    return reverse("group", args=[group.slug])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def groups(request: Request) -> HttpResponse:
    """List the viewer's groups and those that one may find, and make one."""
    person, form, outcome = request.user, GroupForm(_sent(request)), Attempt()
    if request.method == "POST":
        if not isinstance(person, User):
            return signed_out(request, reverse("groups"))
        outcome = attempt(form, lambda: group_actions.make_group(maker=person, **form.cleaned_data))
        if outcome.succeeded:
            messages.success(request, _("The group is there. Invite people to it."))
            return HttpResponseRedirect(page_of(outcome.result))
    words = " ".join(request.GET.get("q", "").split())[:MOST_SEARCHED]
    found = group_queries.to_find(request.viewer, words)
    context = {
        "memberships": group_queries.memberships_of(request.viewer),
        "page": Paginator(found, GROUPS_A_PAGE).get_page(request.GET.get("page")),
        "words": words,
        "form": form,
    }
    return answered(request, "groups/groups.html", context, outcome)


def answered(
    request: Request, template: str, context: dict[str, Any], outcome: Attempt
) -> HttpResponse:
    """Answer with a page that holds a form, under the status of what became of it."""
    response = render(request, template, context, status=outcome.status)
    for name, value in outcome.headers.items():
        response[name] = value
    return response


@never_cache
@require_http_methods(["GET", "HEAD"])
def group(request: Request, slug: str) -> HttpResponse:
    """Show a group as the viewer may know it."""
    return group_page(request, get_group(request, slug))


def group_page(
    request: Request, group: Group, outcome: Attempt | None = None, **more: Any
) -> HttpResponse:
    """Return the group's page: about it, what was written for it, its members, what waits."""
    viewer = request.viewer
    role = policy.role_in(viewer, group)
    runs = policy.may_run(viewer, group)
    rows = group_queries.written_for(viewer, group)
    page = Paginator(rows, NOTES_A_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "group": group,
        "role": role,
        "owns": policy.may_own(viewer, group),
        "runs": runs,
        "may_join": not role and group.kind == Group.Kind.OPEN,
        "members": Paginator(group_queries.members_of(viewer, group), MEMBERS_A_PAGE).get_page(
            request.GET.get("people")
        ),
        "roles": ROLES,
        "notes": [as_note(viewer, row) for row in page.object_list],
        "page": page,
    }
    if runs:
        context |= {
            "waiting": group_queries.waiting_in(viewer, group),
            "taken_down": group_queries.taken_down_in(viewer, group),
            "invitations": group_queries.open_invitations(viewer, group),
            "invite_form": InviteForm(),
            "decide_form": DecideForm(),
        }
    return answered(request, "groups/group.html", {**context, **more}, outcome or Attempt())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def group_settings(request: Request, slug: str) -> HttpResponse:
    """Change what a group is called, says of itself, and is: for its owners."""
    here = reverse("group_settings", args=[slug])
    person = request.user
    if not isinstance(person, User):
        return signed_out(request, here)
    group = get_group(request, slug)
    if not policy.may_own(person, group):
        raise PermissionDenied(_("Only an owner of this group can do that."))
    initial = {"name": group.name, "description": group.description, "kind": group.kind}
    form, outcome = GroupForm(_sent(request), initial=initial), Attempt()
    if request.method == "POST":
        outcome = attempt(
            form,
            lambda: group_actions.change_group(owner=person, group=group, **form.cleaned_data),
        )
        if outcome.succeeded:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(page_of(group))
    context = {
        "group": get_group(request, slug),  # as it is, and not as it was refused
        "form": form,
        "may_delete": not group_queries.count_of_others(person, group),
    }
    return answered(request, "groups/settings.html", context, outcome)


@require_POST
def delete_group(request: Request, slug: str) -> HttpResponse:
    """Delete a group in which nobody else has written."""
    person = request.user
    if not isinstance(person, User):
        return signed_out(request, reverse("group_settings", args=[slug]))
    group = get_group(request, slug)
    return done(
        request,
        lambda: group_actions.delete_group(owner=person, group=group),
        _("The group is deleted. What you wrote for it is only yours now."),
        reverse("groups"),
    )


@require_POST
def join(request: Request, slug: str) -> HttpResponse:
    """Come into an open group."""
    person = request.user
    if not isinstance(person, User):
        return signed_out(request, reverse("group", args=[slug]))
    group = get_group(request, slug)
    words = _("You are in the group now: %(group)s.") % {"group": group}
    return done(
        request, lambda: group_actions.join(person=person, group=group), words, page_of(group)
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: Request, slug: str) -> HttpResponse:
    """Go out of a group, after a question that says what becomes of one's words."""
    person = request.user
    if not isinstance(person, User):
        return signed_out(request, reverse("leave_group", args=[slug]))
    group = get_group(request, slug)
    if not policy.role_in(person, group):
        return HttpResponseRedirect(page_of(group))
    refusal = ""
    if request.method == "POST":
        try:
            group_actions.leave(person=person, group=group)
        except Invalid as error:
            refusal = str(error)
        else:
            messages.success(request, _("You have left the group: %(group)s.") % {"group": group})
            return HttpResponseRedirect(reverse("groups"))
    context = {
        "group": group,
        "refusal": refusal,
        "own": group_queries.count_own(person, group),
        "is_last": group_queries.members_of(person, group).count() == 1,
    }
    return render(request, "groups/leave.html", context, status=422 if refusal else 200)
