"""What an open review desk asks every few seconds."""

from dataclasses import asdict

from django import forms
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from reader.actions.presence import stay_at
from reader.queries import review_presence
from reader.web.http import Request
from reader.web.review_answers import find_desk, reviewer_of
from reader.web.review_forms import uid_in

MOST_SHOWN = 300


class PulseForm(forms.Form):
    """What the desk knows: the last event, the thread one is at, the threads that it shows."""

    known = forms.IntegerField(min_value=0, max_value=2**53)
    thread = forms.CharField(required=False, max_length=22)
    shown = forms.CharField(required=False, max_length=MOST_SHOWN * 23)


@require_POST
def pulse(request: Request, slug: str) -> HttpResponse:
    """Answer with what changed at the desk and who else is there; note where the reviewer is."""
    reviewer = reviewer_of(request)
    if reviewer is None:
        return HttpResponse(status=401)
    document = find_desk(request, slug)
    form = PulseForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    data = form.cleaned_data
    found = review_presence.pulse(
        request.viewer, document, data["known"], uid_in(data["thread"]), data["shown"].split()
    )
    stay_at(reviewer=reviewer, document=document, thread=found.thread)
    answer = {
        "event": found.event,
        "changed": [asdict(change) for change in found.changes],
        "gone": list(found.gone),
        "too_many": found.too_many,
        "people": review_presence.others_at(request.viewer, document),
    }
    return JsonResponse(answer)
