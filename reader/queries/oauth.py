"""What a client asks for when it wants somebody's leave, and whether it may be told the answer.

A code goes to the window that opened the page, and the flow has no other protection than that the
window's origin is one of those registered. So an origin is compared as a whole, in the one form in
which browsers write it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from reader.models import OAuthClient, OAuthGrant, Scope, User

OWN_CLIENT = "postil"
CLIENT_ID = re.compile(r"[-a-zA-Z0-9_]{1,64}")
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
OWN_PORTS = {"http": 80, "https": 443}
LONGEST_ORIGIN = 200
LONGEST_STATE = 500
ASKED = [Scope.READ, Scope.WRITE, Scope.GROUPS, Scope.MODERATE]


class BadRequest(Exception):
    """What was asked for cannot be granted to anybody; ``str()`` says why."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A client's question, checked."""

    client: OAuthClient
    origin: str
    state: str
    wants_account: bool


def is_origin(text: str) -> bool:
    """Whether this is an origin as browsers write it: scheme, host, and a port if not its own.

    Not one: ``null``, ``*``, anything with a path, a name, a password, or capital letters.
    """
    if len(text) > LONGEST_ORIGIN or not text.isascii():
        return False
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme not in OWN_PORTS or port in {0, OWN_PORTS[parts.scheme]}:
        return False
    host = f"[{host}]" if ":" in host else host
    written = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    return bool(HOST.fullmatch(host)) and written == text


def own_origins(here: str) -> frozenset[str]:
    """Return the site's own origins; on a loopback site by each of that machine's names.

    Args:
        here: the origin that the request came to. A window of that origin could read this page
            anyway, so that it may be told.
    """
    if not settings.IS_LOOPBACK:
        return frozenset({here, _origin_in(settings.SITE_URL)})
    parts = urlsplit(here)
    port = f":{parts.port}" if parts.port else ""
    names = settings.LOOPBACK_HOSTS
    return frozenset({here, *(f"{parts.scheme}://{name}{port}" for name in names)})


def _origin_in(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def origins_of(client: OAuthClient, here: str) -> frozenset[str]:
    """Return the origins whose windows may be told this client's codes."""
    listed = frozenset(one for one in client.origins if isinstance(one, str) and is_origin(one))
    return listed if client.origins else own_origins(here)


def is_registered(origin: str, here: str) -> bool:
    """Whether pages of this origin may read what the token endpoint answers."""
    if not is_origin(origin):
        return False
    clients = OAuthClient.objects.filter(is_active=True)
    return origin in own_origins(here) or any(
        origin in origins_of(client, here) for client in clients
    )


def find_client(client_id: str) -> OAuthClient | None:
    """Return the client if it may be used; the site's own one even before it is in the table."""
    if not CLIENT_ID.fullmatch(client_id):
        return None
    found = OAuthClient.objects.filter(client_id=client_id).first()
    if found is None and client_id == OWN_CLIENT:
        return OAuthClient(client_id=OWN_CLIENT, name="Postil")
    return found if found is not None and found.is_active else None


def asking(sent: Mapping[str, str], repeated: Iterable[str], here: str) -> Asking:
    """Return the question that a client's parameters ask.

    Args:
        sent: the parameters.
        repeated: the names of those that were sent more than once.
        here: the origin that the request came to.

    Raises:
        BadRequest: something in it is missing or not allowed.
    """
    if list(repeated):
        raise BadRequest(_("The address says the same thing twice."))
    client = find_client(sent.get("client_id", ""))
    if client is None:
        raise BadRequest(_("No program of this name may ask you here."))
    origin = sent.get("origin", "")
    if not is_origin(origin) or origin not in origins_of(client, here):
        raise BadRequest(_("The page that sent you here is not one that this program runs on."))
    if sent.get("response_type") != "code" or sent.get("response_mode") != "web_message":
        raise BadRequest(_("The program asks in a way that is not known here."))
    state = sent.get("state", "")
    if not state or len(state) > LONGEST_STATE or not state.isprintable():
        raise BadRequest(_("The program did not say how it will know the answer (state)."))
    return Asking(client, origin, state, sent.get("action") == "signup")


def live_grants(user: User) -> list[OAuthGrant]:
    """Return what the user lets speak for them, the newest first."""
    rows = OAuthGrant.objects.filter(user=user, revoked_at__isnull=True)
    return list(rows.select_related("client").order_by("-created_at"))
