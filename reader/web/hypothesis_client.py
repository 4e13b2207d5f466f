"""The official Hypothesis client, served from this site where its operator wants that.

Its files are fetched once by ``manage.py fetch_hypothesis_client`` and are no part of Postil. The
reader's page gets no more leave from browsers than the client needs; the sidebar's own pages allow
inline styles, and may be framed by the origins that the operator names.
"""

import json
import mimetypes
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 -- its name there
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from reader.queries.addresses import absolute, authority
from reader.queries.oauth import OWN_CLIENT, is_origin
from reader.web.http import Request

View = Callable[..., HttpResponse]
VERSION: str = json.loads(Path(settings.HYPOTHESIS_PACKAGE).read_text())["version"]
BOOT = "build/boot.js"
KEPT = "public, max-age=31536000, immutable"
OPENER_POLICY = "Cross-Origin-Opener-Policy"
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".woff2": "font/woff2",
    ".json": "application/json",
}


def folder() -> Path:
    """Return where the client's files are."""
    return Path(settings.HYPOTHESIS_CLIENT_DIR) / VERSION


def is_offered() -> bool:
    """Whether pages offer the client: the operator wants it, and it is there."""
    return bool(settings.HYPOTHESIS_CLIENT) and (folder() / BOOT).is_file()


@register("postil")
def check_files(**_options: Any) -> list[CheckMessage]:
    """Say that the client is switched on and was never fetched."""
    if not settings.HYPOTHESIS_CLIENT or is_offered():
        return []
    message = "POSTIL_HYPOTHESIS_CLIENT is on, but the Hypothesis client is not on this machine."
    hint = "Fetch it with: .venv/bin/python manage.py fetch_hypothesis_client"
    return [Warning(message, hint=hint, id="postil.W001")]


@register("postil")
def check_origins(**_options: Any) -> list[CheckMessage]:
    """Say which of the origins that may show the sidebar are none: a policy is made of them."""
    wrong = [one for one in settings.EMBED_ORIGINS if not is_origin(one)]
    if not wrong:
        return []
    message = f"POSTIL_EMBED_ORIGINS names what is no origin: {', '.join(wrong)}."
    hint = "Write them as https://journal.example, with commas between."
    return [Error(message, hint=hint, id="postil.E001")]


def offered(view: View) -> View:
    """Offer the client on a page, with what browsers must allow it there."""

    @wraps(view)
    def offering(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_offered():
            return view(request, *args, **kwargs)
        request.hypothesis_config = embedding()  # type: ignore[attr-defined]  # for the template
        response = view(request, *args, **kwargs)
        response._csp_update = {"frame-src": [SELF]}  # type: ignore[attr-defined]  # noqa: SLF001 -- as django-csp's decorators do
        # The sidebar's window for signing in must be able to answer the page that opened it.
        response[OPENER_POLICY] = "same-origin-allow-popups"
        return response

    return offering


def embedding() -> SafeString:
    """Return the element in which a page tells the client where everything is."""
    return _data(
        {
            "assetRoot": absolute(f"/hypothesis/{VERSION}/"),
            "sidebarAppUrl": absolute("/app.html"),
            "notebookAppUrl": absolute("/notebook"),
            "profileAppUrl": absolute("/user-profile"),
        }
    )


def _data(config: dict[str, object]) -> SafeString:
    written = json.dumps(config)
    for sign in "<>&":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    element = '<script class="js-hypothesis-config" type="application/json">{}</script>'
    return format_html(element, mark_safe(written))  # noqa: S308 -- no sign of markup is left in it


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _framers() -> Sequence[str]:
    return [SELF, *settings.EMBED_ORIGINS]


def _sidebar_policy() -> dict[str, Any]:
    live = [_origin(settings.WEBSOCKET_URL)] if settings.WEBSOCKET_URL else []
    return {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, _origin(settings.SITE_URL), *live],
        "frame-src": [SELF],
        "form-action": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": _framers(),
    }


@require_safe
@xframe_options_exempt  # frame-ancestors says who may: X-Frame-Options cannot name several
def app(request: Request) -> HttpResponse:
    """Show the page that the client opens in a frame: sidebar, notebook or profile."""
    if not is_offered():
        raise Http404
    config: dict[str, object] = {
        "apiUrl": absolute("/api/"),
        "authDomain": authority(),
        "oauthClientId": OWN_CLIENT,
        "rpcAllowedOrigins": [_origin(settings.SITE_URL), *settings.EMBED_ORIGINS],
        "assetRoot": absolute(f"/hypothesis/{VERSION}/"),
    }
    context = {"config": _data(config), "boot": f"/hypothesis/{VERSION}/{BOOT}"}
    response = render(request, "hypothesis/app.html", context)
    response._csp_replace = _sidebar_policy()  # type: ignore[attr-defined]  # noqa: SLF001 -- as django-csp's decorators do
    return response


@require_safe
def embed(request: Request) -> HttpResponse:
    """Send a page that embeds the client to the program that starts it."""
    if not is_offered():
        raise Http404
    response = HttpResponseRedirect(absolute(f"/hypothesis/{VERSION}/{BOOT}"))
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
def asset(request: Request, path: str) -> FileResponse:
    """Return one of the client's files; pages of any origin may load them."""
    root = folder() / "build"
    if not is_offered() or path not in _files(root):
        raise Http404
    file = root / path
    kind = TYPES.get(file.suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    response = FileResponse(file.open("rb"), content_type=kind)
    response["Cache-Control"] = KEPT
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


_listed: dict[Path, frozenset[str]] = {}


def _files(root: Path) -> frozenset[str]:
    """Return the names of the files there are: nothing else can be asked for."""
    if root not in _listed:
        found = (one for one in root.rglob("*") if one.is_file())
        _listed[root] = frozenset(one.relative_to(root).as_posix() for one in found)
    return _listed[root]
