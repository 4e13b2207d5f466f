"""What goes in and out under ``/api/``, as JSON Schema for the OpenAPI description."""

from typing import Any

Shape = dict[str, Any]

TEXT: Shape = {"type": "string"}
TEXTS: Shape = {"type": "array", "items": TEXT}
TRUTH: Shape = {"type": "boolean"}
MOMENT: Shape = {"type": "string", "format": "date-time"}
MAYBE_TEXT: Shape = {"type": "string", "nullable": True}
ANYTHING: Shape = {"type": "object", "additionalProperties": True}
STATUS: Shape = {"type": "string", "enum": ["PENDING", "APPROVED", "DENIED", "SPAM"]}
KIND: Shape = {"type": "string", "enum": ["private", "restricted", "open"]}
ROLE: Shape = {"type": "string", "enum": ["owner", "moderator", "member"]}
GROUP_NAME: Shape = {**TEXT, "minLength": 3, "maxLength": 25}
READERS: Shape = {"type": "array", "items": {**TEXT, "pattern": "^(acct|group):.+$"}}


def named(name: str) -> Shape:
    """Return a reference to one of the ``SHAPES``."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(of: Shape) -> Shape:
    """Return a list of them."""
    return {"type": "array", "items": of}


def record(*required: str, **fields: Shape) -> Shape:
    """Return an object with these fields."""
    return {
        "type": "object",
        "properties": fields,
        **({"required": list(required)} if required else {}),
    }


def whole(**fields: Shape) -> Shape:
    """Return an object that always has all of these fields."""
    return record(*fields, **fields)


def page_of(of: Shape) -> Shape:
    """Return a page of them, with how many there are in all."""
    total = whole(page=whole(total={"type": "integer", "minimum": 0}))
    return whole(meta=total, data=listed(of))


QUOTE = whole(type={"type": "string", "enum": ["TextQuoteSelector"]}, exact=TEXT) | {
    "description": "The words themselves. By them the passage is found."
}
SENT_FIELDS: dict[str, Shape] = {
    "uri": {**TEXT, "description": "The address of a document on this site."},
    "text": {**TEXT, "maxLength": 10_000, "description": "Markdown."},
    "tags": {**TEXTS, "maxItems": 20},
    "group": {**TEXT, "description": "A group's id; `__world__` for what everybody may read."},
    "permissions": record("read", read=READERS, update=READERS, delete=READERS, admin=READERS)
    | {"description": "For others when `read` is exactly the group; for you alone otherwise."},
    "references": {
        **TEXTS,
        "maxItems": 1_000,
        "uniqueItems": True,
        "description": "For a reply: the ids of what it answers, the nearest last.",
    },
    "target": {
        "type": "array",
        "maxItems": 20,
        "items": record(
            source=TEXT,
            selector={
                "type": "array",
                "maxItems": 50,
                "items": {"anyOf": [QUOTE, named("OtherSelector")]},
            },
        ),
    },
    "document": ANYTHING,
}

SHAPES: dict[str, Shape] = {
    "Failure": whole(status={"type": "string", "enum": ["failure"]}, reason=TEXT),
    "OtherSelector": record("type", type={**TEXT, "not": {"enum": ["TextQuoteSelector"]}})
    | {"description": "Kept and given back, for the client that made it."},
    "NewAnnotation": record("uri", **SENT_FIELDS),
    "ChangedAnnotation": record(**SENT_FIELDS),
    "Annotation": record(
        *("id", "created", "updated", "user", "user_info", "uri", "text", "tags", "group"),
        *("permissions", "target", "document", "links", "flagged", "hidden"),
        *("moderation_status", "actions", "mentions"),
        id=TEXT,
        created=MOMENT,
        updated=MOMENT,
        user=MAYBE_TEXT,
        user_info=whole(display_name=MAYBE_TEXT),
        uri=TEXT,
        text=TEXT,
        tags=TEXTS,
        group=TEXT,
        permissions=whole(read=TEXTS, admin=TEXTS, update=TEXTS, delete=TEXTS),
        target=listed(record("source", source=TEXT, selector=listed(ANYTHING))),
        document=whole(title=TEXTS),
        links=whole(html=TEXT, incontext=TEXT, json=TEXT),
        mentions=listed(ANYTHING),
        references=TEXTS,
        flagged=TRUTH,
        hidden=TRUTH,
        moderation_status=STATUS,
        actions=TEXTS,
        moderation=whole(flagCount={"type": "integer", "minimum": 0}),
    ),
    "Deleted": whole(id=TEXT, deleted={"type": "boolean", "enum": [True]}),
    "Found": record(
        "total",
        "rows",
        total={"type": "integer", "minimum": 0},
        rows=listed(named("Annotation")),
        replies=listed(named("Annotation")),
    ),
    "Decision": record(
        "moderation_status",
        moderation_status=STATUS,
        current_moderation_status=STATUS,
        annotation_updated=MOMENT,
    ),
    "NewGroup": record("name", name=GROUP_NAME, description={**TEXT, "maxLength": 250}, type=KIND),
    "ChangedGroup": record(name=GROUP_NAME, description={**TEXT, "maxLength": 250}, type=KIND),
    "Group": record(
        *("id", "name", "type", "public", "scoped", "links", "organization"),
        id=TEXT,
        groupid=MAYBE_TEXT,
        name=TEXT,
        type=KIND,
        public=TRUTH,
        scoped=TRUTH,
        pre_moderated=TRUTH,
        links=whole(html=TEXT),
        organization={
            "anyOf": [TEXT, record("id", id=TEXT, name=TEXT, logo=MAYBE_TEXT, default=TRUTH)]
        },
        scopes=whole(enforced=TRUTH, uri_patterns=TEXTS),
    ),
    "Member": whole(
        authority=TEXT,
        userid=MAYBE_TEXT,
        username=TEXT,
        display_name=MAYBE_TEXT,
        roles=listed(ROLE),
        actions=TEXTS,
        created=MOMENT,
        updated=MOMENT,
    ),
    "NewRole": whole(roles={"type": "array", "items": ROLE, "minItems": 1, "maxItems": 1}),
    "Members": {"anyOf": [listed(named("Member")), page_of(named("Member"))]},
    "Profile": record(
        *("userid", "authority", "groups", "features", "preferences"),
        userid=MAYBE_TEXT,
        authority=TEXT,
        groups=listed(record("id", "name", "public", id=TEXT, name=TEXT, public=TRUTH, url=TEXT)),
        features=ANYTHING,
        preferences=ANYTHING,
        user_info=whole(display_name=MAYBE_TEXT),
    ),
    "NewUser": record(
        "authority",
        "username",
        "email",
        authority=TEXT,
        username=TEXT,
        email=TEXT,
        display_name=TEXT,
    ),
    "ChangedUser": record(email=TEXT, display_name=TEXT),
    "User": whole(authority=TEXT, username=TEXT, userid=TEXT, display_name=TEXT, email=TEXT),
    "TokenRequest": record(
        "grant_type",
        grant_type={"type": "string", "enum": ["authorization_code", "refresh_token"]},
        client_id=TEXT,
        code=TEXT,
        refresh_token=TEXT,
    ),
    "TokenFailure": whole(error=TEXT, error_description=TEXT),
    "Index": whole(links=ANYTHING),
    "Links": {"type": "object", "additionalProperties": TEXT},
    "Tokens": record(
        *("access_token", "token_type", "expires_in", "refresh_token"),
        access_token=TEXT,
        token_type=TEXT,
        expires_in={"type": "number"},
        refresh_token=TEXT,
        scope=TEXT,
    ),
}
