"""FLOOR 1: tables and constraints. Each room keeps one noun's tables."""

from reader.models.activity import Event, ReadMark
from reader.models.annotations import (
    Anchor,
    Annotation,
    AnnotationRevision,
    Motivation,
    Status,
    Tag,
    Visibility,
)
from reader.models.documents import Block, Document, Edition
from reader.models.moderation import Decision, Flag, QueueItem, Reason
from reader.models.people import DocumentRole, Group, Membership, User
from reader.models.review import Disposition

__all__ = [
    "Anchor",
    "Annotation",
    "AnnotationRevision",
    "Block",
    "Decision",
    "Disposition",
    "Document",
    "DocumentRole",
    "Edition",
    "Event",
    "Flag",
    "Group",
    "Membership",
    "Motivation",
    "QueueItem",
    "ReadMark",
    "Reason",
    "Status",
    "Tag",
    "User",
    "Visibility",
]
