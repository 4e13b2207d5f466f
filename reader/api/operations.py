"""What can be done under ``/api/``: each address and method, described for OpenAPI.

A test compares this table with the addresses that there are, and asks a generator of requests
whether the site keeps to it.
"""

from dataclasses import dataclass
from typing import Any

from reader.api.shapes import (
    ANYTHING,
    MOMENT,
    STATUS,
    TEXT,
    Shape,
    listed,
    named,
    page_of,
)

REASONS = {
    400: "What was sent is not as described; the reason says what to do.",
    401: "The token is unknown, expired or revoked.",
    403: "The token is good, but lacks the scope that this needs.",
    404: "There is no such thing, or the token does not let you see it or do this.",
    406: "The media type that was asked for is not served.",
    409: "Somebody changed it meanwhile, or the key came before with something else.",
    413: "More than 1 MB was sent.",
    429: "Too many requests; the header Retry-After says when to try again.",
}
BAD = 400
ALWAYS = (401, 403, 404, 406, 429)
WRITING = (400, *ALWAYS, 413)


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be done."""

    name: str
    room: str
    summary: str
    answer: Shape | None = None
    status: int = 200
    sent: Shape | None = None
    parameters: tuple[Shape, ...] = ()
    failures: tuple[int, ...] = ALWAYS
    needs_token: bool = False
    may_be_empty: bool = False
    sent_as: str = "application/json"
    answered_as: str = "application/json"
    refusal: str = "Failure"

    def described(self, path: str) -> dict[str, Any]:
        """Return it as OpenAPI has it."""
        responses: dict[str, Any] = {str(self.status): self._answer()}
        for status in sorted(self.failures):
            shape = named(self.refusal if status == BAD else "Failure")
            content = _content(shape, self.answered_as)
            responses[str(status)] = {**content, "description": REASONS[status]}
        found: dict[str, Any] = {
            "operationId": self.name,
            "tags": [self.room],
            "summary": self.summary,
            "parameters": [*_in_path(path), *self.parameters],
            "responses": responses,
            "security": [{"token": []}] if self.needs_token else [{"token": []}, {}],
        }
        if self.sent is not None:
            required = {"required": not self.may_be_empty}
            found["requestBody"] = {**_content(self.sent, self.sent_as), **required}
        return found

    def _answer(self) -> dict[str, Any]:
        content = {} if self.answer is None else _content(self.answer, self.answered_as)
        return {"description": "Done.", **content}


def _content(shape: Shape, media_type: str = "application/json") -> dict[str, Any]:
    return {"content": {media_type: {"schema": shape}}}


def _in_path(path: str) -> list[Shape]:
    names = [part.partition("}")[0] for part in path.split("{")[1:]]
    return [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]


def _query(name: str, schema: Shape, description: str = "") -> Shape:
    found: Shape = {"name": name, "in": "query", "schema": schema}
    return found | ({"description": description} if description else {})


def _number(least: int, most: int, usual: int) -> Shape:
    return {"type": "integer", "minimum": least, "maximum": most, "default": usual}


def _choice(*values: str) -> Shape:
    return {"type": "string", "enum": list(values)}


MANY = listed({**TEXT, "maxLength": 3_000}) | {"maxItems": 100}
ONCE: Shape = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {**TEXT, "maxLength": 200},
    "description": "A name for this act: sent again with the same, it is done once.",
}
EXPAND = (_query("expand", listed(_choice("organization", "scopes"))),)
ANNOTATION, GROUP, MEMBER = named("Annotation"), named("Group"), named("Member")
USER = named("User")
PAGE_SIZE = _query("page[size]", _number(1, 100, 20))
SEARCH = (
    _query("uri", MANY, "The address of a document on this site."),
    _query("url", MANY, "The same as uri."),
    _query("wildcard_uri", MANY, "With * and _ in its path or query."),
    _query("uri.parts", MANY, "Words of the address."),
    _query("user", MANY, "A username, or acct:name@site."),
    _query("group", MANY, "A group's id."),
    _query("tag", MANY, "All of them must be there."),
    _query("tags", MANY, "The same, separated by commas."),
    _query("any", MANY, "Words of the text, the quote, the tags or the address."),
    _query("quote", MANY, "Words of the passage."),
    _query("text", MANY, "Words of the text."),
    _query("references", MANY, "Ids of annotations whose answers are looked for."),
    _query("limit", _number(0, 200, 20)),
    _query("offset", _number(0, 9_800, 0)),
    _query("sort", _choice("created", "updated", "id", "user", "group")),
    _query("order", _choice("asc", "desc")),
    _query("search_after", TEXT, "The last row's value of what it is sorted by."),
    _query("_separate_replies", _choice("true", "false")),
)


def _read(name: str, room: str, summary: str, answer: Shape, **more: Any) -> Operation:
    return Operation(name, room, summary, answer, **more)


def _write(
    name: str, room: str, summary: str, answer: Shape | None = None, **more: Any
) -> Operation:
    failures = (*WRITING, *more.pop("also", ()))
    return Operation(name, room, summary, answer, needs_token=True, failures=failures, **more)


ONE = "/api/annotations/{uid}"
MEMBERS = "/api/groups/{slug}/members"
OPERATIONS: dict[tuple[str, str], Operation] = {
    ("/api/", "GET"): _read("index", "service", "Where everything is", named("Index")),
    ("/api/links", "GET"): _read("links", "service", "Pages for people", named("Links")),
    ("/api/analytics/events", "POST"): Operation(
        "analytics_create",
        "service",
        "Taken and forgotten: nobody is watched",
        status=204,
        sent=ANYTHING,
        failures=WRITING,
        may_be_empty=True,
    ),
    ("/api/search", "GET"): _read(
        "search",
        "annotations",
        "Find annotations",
        named("Found"),
        parameters=SEARCH,
        failures=(400, *ALWAYS),
    ),
    ("/api/annotations", "POST"): _write(
        "annotation_create",
        "annotations",
        "Annotate, or answer an annotation",
        ANNOTATION,
        sent=named("NewAnnotation"),
        parameters=(ONCE,),
        also=(409,),
    ),
    (f"{ONE}.jsonld", "GET"): _read(
        "annotation_read_jsonld",
        "annotations",
        "Read one annotation as the W3C's model has it",
        ANYTHING,
        answered_as="application/ld+json",
    ),
    (ONE, "GET"): _read("annotation_read", "annotations", "Read one annotation", ANNOTATION),
    **{
        (ONE, method): _write(
            f"annotation_{verb}",
            "annotations",
            "Change what is sent of one's annotation",
            ANNOTATION,
            sent=named("ChangedAnnotation"),
            also=(409,),
        )
        for method, verb in (("PATCH", "update"), ("PUT", "replace"))
    },
    (ONE, "DELETE"): _write(
        "annotation_delete", "annotations", "Take one's annotation back", named("Deleted")
    ),
    (f"{ONE}/flag", "PUT"): _write(
        "annotation_flag", "moderation", "Report an annotation to its moderators", status=204
    ),
    (f"{ONE}/hide", "PUT"): _write(
        "annotation_hide", "moderation", "Hide an annotation from others", status=204, also=(409,)
    ),
    (f"{ONE}/hide", "DELETE"): _write(
        "annotation_unhide", "moderation", "Show an annotation again", status=204, also=(409,)
    ),
    (f"{ONE}/moderation", "PATCH"): _write(
        "annotation_moderate",
        "moderation",
        "Decide on an annotation",
        ANNOTATION,
        sent=named("Decision"),
        also=(409,),
    ),
    ("/api/groups", "GET"): _read(
        "groups_read",
        "groups",
        "The groups one may annotate in",
        listed(GROUP),
        parameters=EXPAND,
        failures=(400, *ALWAYS),
    ),
    ("/api/groups", "POST"): _write(
        "group_create", "groups", "Make a group", GROUP, sent=named("NewGroup")
    ),
    ("/api/groups/{slug}", "GET"): _read(
        "group_read",
        "groups",
        "Read about a group",
        GROUP,
        parameters=EXPAND,
        failures=(400, *ALWAYS),
    ),
    ("/api/groups/{slug}", "PATCH"): _write(
        "group_update", "groups", "Change a group", GROUP, sent=named("ChangedGroup")
    ),
    ("/api/groups/{slug}/annotations", "GET"): _read(
        "group_annotations_read",
        "moderation",
        "What one may decide on in a group",
        page_of(ANNOTATION),
        parameters=(
            PAGE_SIZE,
            _query("page[after]", MOMENT),
            _query("moderation_status", STATUS),
        ),
        failures=(400, *ALWAYS),
    ),
    (MEMBERS, "GET"): _read(
        "group_members_read",
        "groups",
        "Who is in a group",
        named("Members"),
        parameters=(_query("page[number]", _number(1, 10_000, 1)), PAGE_SIZE),
        failures=(400, *ALWAYS),
    ),
    (f"{MEMBERS}/{{name}}", "GET"): _read("group_member_read", "groups", "One member", MEMBER),
    (f"{MEMBERS}/{{name}}", "POST"): _write(
        "group_member_add",
        "groups",
        "Come into an open group",
        MEMBER,
        sent=ANYTHING,
        may_be_empty=True,
    ),
    (f"{MEMBERS}/{{name}}", "PATCH"): _write(
        "group_member_edit", "groups", "Give another part", MEMBER, sent=named("NewRole")
    ),
    (f"{MEMBERS}/{{name}}", "DELETE"): _write(
        "group_member_delete", "groups", "Take out of a group, or leave it", status=204
    ),
    ("/api/profile", "GET"): _read("profile_read", "profile", "Who one is", named("Profile")),
    ("/api/profile/groups", "GET"): _read(
        "profile_groups_read",
        "profile",
        "One's groups",
        listed(GROUP),
        parameters=EXPAND,
        failures=(400, *ALWAYS),
    ),
    ("/api/users", "POST"): _write(
        "user_create", "users", "Make an account", USER, sent=named("NewUser"), also=(409,)
    ),
    ("/api/users/{name}", "GET"): _write("user_read", "users", "Read about an account", USER),
    ("/api/users/{name}", "PATCH"): _write(
        "user_update", "users", "Change an account", USER, sent=named("ChangedUser"), also=(409,)
    ),
    ("/api/token", "POST"): Operation(
        "token",
        "OAuth",
        "Exchange a code or a refresh token for tokens",
        named("Tokens"),
        sent=named("TokenRequest"),
        sent_as="application/x-www-form-urlencoded",
        failures=(400, 406, 413, 429),
        refusal="TokenFailure",
    ),
}
