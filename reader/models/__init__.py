"""FLOOR 1: tables and constraints. Each room keeps one noun's tables."""

from reader.models.access import (
    ApiToken,
    OAuthClient,
    OAuthCode,
    OAuthGrant,
    OAuthToken,
    Scope,
)
from reader.models.activity import Event, Notification, ReadMark, SharedLook
from reader.models.annotations import (
    Anchor,
    Annotation,
    AnnotationRevision,
    Motivation,
    Status,
    Tag,
    Visibility,
)
from reader.models.campaigns import Campaign, CampaignMembership, Likeness
from reader.models.documents import Block, Document, Edition
from reader.models.foreign import AsSent, ClientPreferences
from reader.models.moderation import Decision, Flag, QueueItem, Reason
from reader.models.people import (
    DocumentRole,
    Group,
    GroupInvitation,
    Invitation,
    Membership,
    User,
)
from reader.models.reactions import Reaction
from reader.models.review import Assignment, Disposition, Label, ReviewVisit, SavedFilter
from reader.models.webhooks import Webhook, WebhookDelivery

__all__ = [
    "Anchor",
    "Annotation",
    "AnnotationRevision",
    "ApiToken",
    "AsSent",
    "Assignment",
    "Block",
    "Campaign",
    "CampaignMembership",
    "ClientPreferences",
    "Decision",
    "Disposition",
    "Document",
    "DocumentRole",
    "Edition",
    "Event",
    "Flag",
    "Group",
    "GroupInvitation",
    "Invitation",
    "Label",
    "Likeness",
    "Membership",
    "Motivation",
    "Notification",
    "OAuthClient",
    "OAuthCode",
    "OAuthGrant",
    "OAuthToken",
    "QueueItem",
    "Reaction",
    "ReadMark",
    "Reason",
    "ReviewVisit",
    "SavedFilter",
    "Scope",
    "SharedLook",
    "Status",
    "Tag",
    "User",
    "Visibility",
    "Webhook",
    "WebhookDelivery",
]
