"""Asking another program about what a check held, and doing as it says.

It is asked by the courier that sends webhooks, never inside a request. What it says is a decision
in the log under the name of a system account, which moderators can undo and authors appeal
against. Where it fails or says nothing, what waits is the moderators', as it would be without it.
"""

import json
import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from reader.actions import moderation, posting
from reader.actions.errors import Conflict, Invalid
from reader.actions.holding import LONGEST_WHY
from reader.actions.posting import Unsendable
from reader.actions.webhooks import LEASE, new_secret, signature
from reader.models import Annotation, Decision, Document, Hold, Question, Reason, User
from reader.policy.transitions import Who
from reader.queries import judging

PAUSES = (30, 120, 600, 3_600)  # seconds after each failed try; then it is left to the moderators
MOST_READ = 16_384  # bytes of an answer
AT_ONCE = 100
HOLD = "hold"
VERDICTS = frozenset({Decision.Act.APPROVE, Decision.Act.DENY, Decision.Act.SPAM, HOLD})
REASONS = {Decision.Act.DENY: Reason.OTHER, Decision.Act.SPAM: Reason.SPAM}
USERNAME = "postil-judge"  # as nobody can be called who signs up
CHECK_NAME = "outside"

log = logging.getLogger(__name__)


@transaction.atomic
def set_judge(*, document: Document, url: str) -> str:
    """Give a document another judge, or none; return the new secret it knows our questions by.

    Raises:
        Invalid: messages may not be sent to the address.
    """
    if url:
        try:
            posting.check_address(url)
        except Unsendable as error:
            raise Invalid("judge_url", str(error)) from error
    document.judge_url = url
    document.judge_secret = new_secret() if url else ""
    document.save(update_fields=["judge_url", "judge_secret"])
    return document.judge_secret


def ask_all_due() -> tuple[int, int]:
    """Ask all judges what is due; return how many questions were answered, and how many not."""
    results = [ask_due(document=pk) for pk in judging.documents_due()]
    return sum(answered for answered, _failed in results), sum(failed for _yes, failed in results)


def ask_due(*, document: int, at_most: int = AT_ONCE) -> tuple[int, int]:
    """Ask a document's judge what is due, until something fails.

    Returns:
        How many questions were answered, and how many not.
    """
    answered = 0
    for question in judging.due(document)[:at_most]:
        lease = _claim(question)
        if lease is None:
            continue
        if not _ask(question.pk, lease):
            return answered, 1
        answered += 1
    return answered, 0


def _claim(question: Question) -> datetime | None:
    """Take the question for a while; None when somebody else has it."""
    lease = timezone.now() + LEASE
    ours = Question.objects.filter(pk=question.pk, next_attempt_at=question.next_attempt_at)
    return lease if ours.update(next_attempt_at=lease, attempts=F("attempts") + 1) else None


def _ask(pk: int, lease: datetime) -> bool:
    """Ask once, do as is said, and return whether there was an answer."""
    rows = Question.objects.select_related("annotation__document", "annotation__root")
    question = rows.filter(judging.ASKED_ABOUT, pk=pk).first()
    if question is None:
        return True
    try:
        verdict, why = _verdict(question)
        _follow(question, lease, verdict, why)
    except (Unsendable, Conflict) as error:
        _failed(question, lease, str(error))
        return False
    except Exception:  # one that cannot even be asked must not hold up those behind it
        log.exception("outside judge, question %s", pk)
        _failed(question, lease, _("It could not be asked; the site's log says why."))
        return False
    return True


def _verdict(question: Question) -> tuple[str, str]:
    """Send the question, signed as webhooks are, and return what is said to it and why.

    Raises:
        Unsendable: there is no answer, or none that can be followed.
    """
    document = question.annotation.document
    body = json.dumps(judging.message(question), ensure_ascii=False).encode()
    name, timestamp = judging.question_id(question), int(timezone.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Postil",
        "Webhook-Id": name,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": signature(document.judge_secret, name, timestamp, body),
    }
    answer = posting.post(document.judge_url, body, headers, MOST_READ)
    if not answer.is_taken:
        raise Unsendable(_("The judge answered with %(status)d.") % {"status": answer.status})
    try:
        said = json.loads(answer.body)
        verdict, why = said["verdict"], said.get("why", "")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Unsendable(_("The judge's answer is no verdict.")) from error
    if verdict not in VERDICTS or not isinstance(why, str):
        raise Unsendable(_("The judge's answer is no verdict."))
    return verdict, _kept(why)


def _kept(why: str) -> str:
    try:
        return moderation.clean_note(why[:LONGEST_WHY])
    except Invalid:  # it holds what is no text
        return ""


@transaction.atomic
def _follow(question: Question, lease: datetime, verdict: str, why: str) -> None:
    """Do as the judge says, unless the words are others by now or somebody has decided.

    Nothing is done either where the lease has lapsed and somebody else has taken over.

    Raises:
        Conflict: it was changed in this very moment; it is asked about again.
    """
    noted = {"verdict": verdict, "answered_at": timezone.now(), "last_error": ""}
    ours = Question.objects.filter(pk=question.pk, next_attempt_at=lease)
    if not ours.update(next_attempt_at=None, **noted):
        return
    rows = Annotation.objects.select_related("document", "author")
    annotation = rows.get(pk=question.annotation_id)
    if not judging.is_still(annotation, question.annotation.version):
        return
    if verdict == HOLD:
        Hold.objects.create(annotation=annotation, check_name=CHECK_NAME, why=why)
        return
    moderation.carry_out(
        who=Who.OUTSIDE,
        actor=_outside_judge(),
        annotation=annotation,
        act=verdict,
        reason=REASONS.get(Decision.Act(verdict), ""),
        note=why,
    )


def _outside_judge() -> User:
    """Return the account that stands for judges: nobody signs in as it."""
    known = User.objects.filter(username=USERNAME, kind=User.Kind.SYSTEM).first()
    if known is not None:
        return known
    account = User(
        username=USERNAME, name=_("Outside judge"), kind=User.Kind.SYSTEM, is_active=False
    )
    account.set_unusable_password()
    account.save()
    return account


def _failed(question: Question, lease: datetime, why: str) -> None:
    """Try again later; when all tries are used up, no more."""
    attempt = question.attempts
    pause = PAUSES[attempt - 1] if attempt <= len(PAUSES) else None
    later = None if pause is None else timezone.now() + timedelta(seconds=pause)
    ours = Question.objects.filter(pk=question.pk, next_attempt_at=lease)
    ours.update(next_attempt_at=later, last_error=why[:200])
