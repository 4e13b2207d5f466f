"""What happened where somebody took part."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from reader.actions import notifying
from reader.queries import notifications as notices
from reader.queries.standing import said_to
from reader.web.http import Request, account_of, time_sent

THREADS_A_PAGE = 20
SAID_AT_ONCE = 5


@login_required
@require_safe
def notifications(request: Request) -> HttpResponse:
    """List what the person was told, by thread, the latest first."""
    me = account_of(request)
    page = Paginator(notices.threads_told_of(me), THREADS_A_PAGE).get_page(request.GET.get("page"))
    told = notices.as_told(me, list(page.object_list))
    said = said_to(me, SAID_AT_ONCE) if page.number == 1 else []
    context = {
        "told": told,
        "page": page,
        "now": timezone.now(),
        "said": said,
        "said_anew": any(one.is_unread for one in said),
    }
    return render(request, "people/notifications.html", context)


@login_required
@require_POST
def mark_read(request: Request) -> HttpResponse:
    """Remember that the notices, or those of one thread, were seen; not what came meanwhile."""
    until = time_sent(request, "until")
    notifying.mark_read(
        recipient=account_of(request),
        until=until,
        thread=request.POST.get("thread", "").replace("\0", "")[:22],
    )
    page = request.POST.get("page", "")
    query = f"?page={page}" if page.isdecimal() else ""
    return HttpResponseRedirect(reverse("notifications") + query)
