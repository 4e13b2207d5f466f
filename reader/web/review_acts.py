"""What a reviewer does with one thread: decide it, reopen it, assign it, label it, reply."""

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reader import policy
from reader.actions import annotations as annotation_actions
from reader.actions import assigning, dispositions
from reader.models import Annotation, User
from reader.queries import review_threads
from reader.queries.dispositions import thread_states
from reader.web import drafts
from reader.web.annotations import get_annotation
from reader.web.answers import Attempt, attempt, signed_out
from reader.web.forms import ReplyForm
from reader.web.http import Request
from reader.web.review_answers import get_root, reviewer_of
from reader.web.review_forms import AssignForm, DecideForm, LabelForm, ReopenForm
from reader.web.review_outcomes import act_form, done, opened_with

READING = ["GET", "HEAD"]


@require_http_methods([*READING, "POST"])
def decide(request: Request, uid: str) -> HttpResponse:
    """Close a thread with a decision, or decide it anew."""
    here = reverse("decide", args=[uid])
    reviewer = reviewer_of(request)
    if reviewer is None:
        return signed_out(request, here)
    root = get_root(request, uid)
    options = decide_options(root.document)
    options["threads"] = review_threads.nearby(request.viewer, root)
    standing = review_threads.standing_on(root)
    context: dict[str, Any] = {"title": _("Decide this thread"), "standing": standing}
    template = "review/_decide_form.html"
    if request.method != "POST":
        initial = {
            **opened_with(request),
            **drafts.take(request, here),
            "seen": _state(reviewer, root),
        }
        context["form"] = DecideForm(initial=initial, root=root, **options)
        return act_form(request, template, root, context)
    form = DecideForm(request.POST, root=root, **options)
    outcome = attempt(
        form,
        lambda: dispositions.decide_thread(
            reviewer=reviewer,
            root=root,
            ruling=form.ruling(),
            seen=form.cleaned_data["seen"] or None,
        ),
    )
    if outcome.succeeded:
        return done(request, root, form, _("Decided."), f"decide-{uid}")
    context.update(form=form, **_look_again(reviewer, root, form, outcome))
    return act_form(request, template, root, context, outcome)


def decide_options(document: Any) -> dict[str, Any]:
    """Return what a form for decisions offers beside the outcomes."""
    editions = review_threads.editions_to_name(document)
    return {"editions": [(one.number, str(one)) for one in editions], "threads": []}


def _state(reviewer: User, root: Annotation) -> str:
    return thread_states(reviewer, [root.pk])[root.pk]


def _look_again(
    reviewer: User, root: Annotation, form: DecideForm | ReopenForm, outcome: Attempt
) -> dict[str, Any]:
    """Return what happened meanwhile, where something did; the form can be sent again knowingly."""
    if outcome.current is None:
        return {}
    happened = review_threads.happened_since(reviewer, root, form.cleaned_data["seen"])
    form.data = {**form.data.dict(), "seen": _state(reviewer, root)}  # type: ignore[attr-defined]  # a QueryDict
    return {"happened": happened, "standing": happened.standing}


@require_http_methods([*READING, "POST"])
def reopen(request: Request, uid: str) -> HttpResponse:
    """Take the decision on a thread back, after a question."""
    here = reverse("reopen", args=[uid])
    reviewer = reviewer_of(request)
    if reviewer is None:
        return signed_out(request, here)
    root = get_root(request, uid)
    context: dict[str, Any] = {
        "title": _("Reopen this thread"),
        "standing": review_threads.standing_on(root),
    }
    template = "review/_reopen_form.html"
    if request.method != "POST":
        form = ReopenForm(initial={**opened_with(request), "seen": _state(reviewer, root)})
        return act_form(request, template, root, {**context, "form": form})
    form = ReopenForm(request.POST)
    outcome = attempt(
        form,
        lambda: dispositions.reopen_thread(
            reviewer=reviewer, root=root, seen=form.cleaned_data["seen"] or None
        ),
    )
    if outcome.succeeded:
        return done(request, root, form, _("Reopened."), f"reopen-{uid}")
    context.update(form=form, **_look_again(reviewer, root, form, outcome))
    return act_form(request, template, root, context, outcome)


@require_http_methods([*READING, "POST"])
def assign(request: Request, uid: str) -> HttpResponse:
    """Give a thread to a reviewer, take it on oneself, or let nobody have it."""
    here = reverse("assign", args=[uid])
    reviewer = reviewer_of(request)
    if reviewer is None:
        return signed_out(request, here)
    root = get_root(request, uid)
    people = {one.username: one for one in policy.reviewers_of(root.document).order_by("username")}
    others = [(name, one.get_full_name()) for name, one in people.items() if one != reviewer]
    choices = [(reviewer.username, _("I do")), *others]
    people[reviewer.username] = reviewer
    context = {"title": _("Assign this thread")}
    template = "review/_assign_form.html"
    if request.method != "POST":
        has = Annotation.objects.filter(pk=root.pk).values_list("assignment__assignee__username")
        initial = {
            "assignee": has[0][0] or "",
            **opened_with(request),
            **drafts.take(request, here),
        }
        form = AssignForm(people=choices, initial=initial)
        return act_form(request, template, root, {**context, "form": form})
    form = AssignForm(request.POST, people=choices)
    outcome = attempt(
        form, lambda: _assign(reviewer, root, people.get(form.cleaned_data["assignee"]))
    )
    if outcome.succeeded:
        return done(request, root, form, outcome.result, f"assign-{uid}")
    return act_form(request, template, root, {**context, "form": form}, outcome)


def _assign(reviewer: User, root: Annotation, assignee: User | None) -> str:
    """Save who takes the thread on, and return words that say so."""
    if assignee is None:
        assigning.unassign(reviewer=reviewer, root=root)
        return _("Nobody has this thread now.")
    assigning.assign(reviewer=reviewer, root=root, assignee=assignee)
    return _("%(name)s has this thread now.") % {"name": assignee.get_full_name()}


@require_http_methods([*READING, "POST"])
def label(request: Request, uid: str) -> HttpResponse:
    """Put a reviewer's labels on a thread, and take others off."""
    here = reverse("label", args=[uid])
    reviewer = reviewer_of(request)
    if reviewer is None:
        return signed_out(request, here)
    root = get_root(request, uid)
    context = {"title": _("Label this thread")}
    template = "review/_label_form.html"
    if request.method != "POST":
        had = ", ".join(root.labels.values_list("tag__name", flat=True))
        kept = drafts.take(request, here)
        initial = {"tags": had, **opened_with(request), **kept, "had": had}
        return act_form(request, template, root, {**context, "form": LabelForm(initial=initial)})
    form = LabelForm(request.POST)
    outcome = attempt(form, lambda: _label(reviewer, root, form))
    if outcome.succeeded:
        return done(request, root, form, _("Labels saved."), f"label-{uid}")
    return act_form(request, template, root, {**context, "form": form}, outcome)


def _label(reviewer: User, root: Annotation, form: LabelForm) -> list[str]:
    add, remove = form.changes()
    return assigning.label_thread(reviewer=reviewer, root=root, add=add, remove=remove)


@require_http_methods([*READING, "POST"])
def reply(request: Request, uid: str) -> HttpResponse:
    """Answer an annotation without leaving the desk."""
    here = reverse("review_reply", args=[uid])
    reviewer = reviewer_of(request)
    if reviewer is None:
        return signed_out(request, here)
    parent = get_annotation(request, uid)
    root = get_root(request, (parent.root or parent).uid)
    if parent.is_deleted:
        raise Http404
    waits = policy.is_looked_at(request.viewer, parent.document)
    context = {"title": _("Reply"), "annotation": parent, "post_url": here, "is_looked_at": waits}
    template = "annotations/_reply_form.html"
    if request.method != "POST":
        initial = {"client_key": get_random_string(22), **drafts.take(request, here)}
        form = ReplyForm(initial=initial)
        return act_form(request, template, root, {**context, "form": form})
    form = ReplyForm(request.POST)
    outcome = attempt(
        form,
        lambda: annotation_actions.reply(
            author=reviewer,
            parent=parent,
            wording=form.wording(),
            client_key=form.cleaned_data["client_key"] or None,
        ),
    )
    if outcome.succeeded:
        key = form.cleaned_data["client_key"]
        return done(request, root, form, _("Reply saved."), f"reply-{uid}", key=key)
    return act_form(request, template, root, {**context, "form": form}, outcome)
