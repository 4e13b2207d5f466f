"""What a reader has seen."""

from django.db import transaction
from django.utils import timezone

from reader.models import Annotation, Document, ReadMark, User


@transaction.atomic
def mark_read(*, reader: User, document: Document, ref: str = "") -> None:
    """Remember that the reader has seen the threads of the block; no ``ref`` means all of them."""
    newest = Annotation.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    now = {"until": newest, "seen_at": timezone.now()}
    ReadMark.objects.update_or_create(user=reader, document=document, ref=ref, defaults=now)
    if not ref:
        ReadMark.objects.filter(user=reader, document=document).exclude(ref="").delete()
