"""How one stands with the moderators: what they said, what they took down, and appealing."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reader import policy
from reader.actions import appeals, sanctions
from reader.models import Decision, User
from reader.queries import standing as queries
from reader.web import drafts
from reader.web.answers import attempt, signed_out
from reader.web.forms import AppealForm
from reader.web.http import Request, account_of, time_sent

DECISIONS_A_PAGE = 20


@never_cache
@login_required
@require_safe
def standing(request: Request) -> HttpResponse:
    """Show what moderators said to the person, and what they may do about it."""
    me = account_of(request)
    page = Paginator(queries.denials_of(me), DECISIONS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "holds": policy.standing_of(me),
        "until": me.standing_until,
        "sanctions": queries.sanctions_of(me),
        "denials": queries.as_answers(me, list(page.object_list)),
        "reports": queries.kept_reports_of(me),
        "unseen": queries.has_unseen(me),
        "page": page,
        "now": timezone.now(),
        "form": AppealForm(),
    }
    return render(request, "people/standing.html", context)


@login_required
@require_POST
def mark_seen(request: Request) -> HttpResponse:
    """Remember that what the page showed was read; not what came meanwhile."""
    until = time_sent(request, "until")
    sanctions.mark_seen(person=account_of(request), until=until)
    return HttpResponseRedirect(reverse("standing"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: Request, pk: int) -> HttpResponse:
    """Ask another moderator to look at a decision again; what was typed is never lost."""
    here = reverse("appeal", args=[pk])
    if not isinstance(request.user, User):
        return signed_out(request, here)
    me = request.user
    try:
        answer = queries.answer_to(me, pk)
    except Decision.DoesNotExist as error:
        raise Http404 from error
    context = {"answer": answer, "decision": answer.decision}
    if request.method != "POST":
        form = AppealForm(initial=drafts.take(request, here))
        return render(request, "people/appeal.html", {**context, "form": form})
    form = AppealForm(request.POST)
    outcome = attempt(
        form,
        lambda: appeals.appeal(
            appellant=me, decision=answer.decision, words=form.cleaned_data["words"]
        ),
    )
    if not outcome.succeeded:
        context["form"] = form
        return render(request, "people/appeal.html", context, status=outcome.status)
    messages.success(request, _("Another moderator will look at it."), f"appeal-{pk}")
    return HttpResponseRedirect(f"{reverse('standing')}#decision-{pk}")
