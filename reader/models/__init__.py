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
from reader.models.anchors import Anchor
from reader.models.annotations import (
    Annotation,
    AnnotationRevision,
    Motivation,
    Status,
    Tag,
    Visibility,
)
from reader.models.appeals import Appeal, Sanction
from reader.models.campaigns import Campaign, CampaignMembership, Likeness
from reader.models.checks import Hold, Question, WordList
from reader.models.documents import Block, Document, Edition
from reader.models.foreign import AsSent, ClientPreferences
from reader.models.moderation import (
    Claim,
    Decision,
    Flag,
    LiftReason,
    LogHead,
    QueueItem,
    Reason,
    Rule,
)
from reader.models.people import (
    DocumentRole,
    Group,
    GroupInvitation,
    HiddenPerson,
    Invitation,
    Membership,
    SignIn,
    Standing,
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
    "Appeal",
    "AsSent",
    "Assignment",
    "Block",
    "Campaign",
    "CampaignMembership",
    "Claim",
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
    "HiddenPerson",
    "Hold",
    "Invitation",
    "Label",
    "LiftReason",
    "Likeness",
    "LogHead",
    "Membership",
    "Motivation",
    "Notification",
    "OAuthClient",
    "OAuthCode",
    "OAuthGrant",
    "OAuthToken",
    "Question",
    "QueueItem",
    "Reaction",
    "ReadMark",
    "Reason",
    "ReviewVisit",
    "Rule",
    "Sanction",
    "SavedFilter",
    "Scope",
    "SharedLook",
    "SignIn",
    "Standing",
    "Status",
    "Tag",
    "User",
    "Visibility",
    "Webhook",
    "WebhookDelivery",
    "WordList",
]
