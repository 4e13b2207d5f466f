"""The floor under pages: the same server answering the same bytes and headers from a constant.

``python -m tests.bench.floors KIND FOLDER PORT`` serves what :func:`put` put into the folder, at
``/NAME/``. The kinds differ in what stands between the server and the constant.
"""

import json
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

DJANGO, DEFAULTS, WSGI, ASGI = "django", "django-defaults", "wsgi", "asgi"
KINDS = {
    DJANGO: "Django view, no middleware, WSGI",
    DEFAULTS: "Django view, a new project's middleware, WSGI",
    WSGI: "bare WSGI callable",
    ASGI: "bare ASGI callable",
}
NOT_OURS = frozenset({"server", "date"})  # granian sets them
NOT_IN_304 = frozenset(
    {
        "content-type",
        "content-length",
        "content-encoding",
        "content-language",
    }
)
OK, NOT_MODIFIED = "200 OK", "304 Not Modified"
# What `django-admin startproject` writes, and what answers conditional requests.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
]
Headers = list[tuple[str, str]]
Message = MutableMapping[str, Any]
WsgiApplication = Callable[..., Iterable[bytes]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Constant:
    """One page as it was sent."""

    etag: str
    headers: Headers
    body: bytes

    def answer(self, asked: str | None) -> tuple[str, Headers, bytes]:
        """Return status, headers and body for somebody who has this version, or another."""
        if asked != self.etag:
            return OK, self.headers, self.body
        kept = [(name, value) for name, value in self.headers if name not in NOT_IN_304]
        return NOT_MODIFIED, kept, b""


def put(folder: Path, name: str, headers: dict[str, str], body: bytes) -> None:
    """Keep a page's bytes and headers (with an ``etag``) for the floors that are started later."""
    ours = {key: value for key, value in headers.items() if key not in NOT_OURS}
    (folder / f"{name}.json").write_text(json.dumps(ours), encoding="utf-8")
    (folder / f"{name}.bin").write_bytes(body)


def _constants(folder: Path) -> dict[str, Constant]:
    found = {}
    for path in folder.glob("*.json"):
        headers: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        body = path.with_suffix(".bin").read_bytes()
        found[f"/{path.stem}/"] = Constant(headers["etag"], list(headers.items()), body)
    return {"/": Constant("", [("content-length", "0")], b""), **found}


def _wsgi(constants: dict[str, Constant]) -> WsgiApplication:
    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        constant = constants[environ["PATH_INFO"]]
        status, headers, body = constant.answer(environ.get("HTTP_IF_NONE_MATCH"))
        start(status, headers)
        return [body]

    return application


def _asgi(constants: dict[str, Constant]) -> Callable[..., Awaitable[None]]:
    coded = {
        path: (
            one.etag.encode(),
            [
                {
                    "type": "http.response.start",
                    "status": int(status[:3]),
                    "headers": [(name.encode(), value.encode()) for name, value in headers],
                }
                for status, headers, _body in (one.answer(None), one.answer(one.etag))
            ],
            one.body,
        )
        for path, one in constants.items()
    }

    async def application(scope: Message, _receive: Any, send: Send) -> None:
        etag, (whole, unchanged), body = coded[scope["path"]]
        asked = dict(scope["headers"]).get(b"if-none-match")
        await send(unchanged if asked == etag else whole)
        await send({"type": "http.response.body", "body": b"" if asked == etag else body})

    return application


def _django(constants: dict[str, Constant], middleware: list[str]) -> WsgiApplication:
    from django.conf import settings  # noqa: PLC0415 -- the other kinds load no Django
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415 -- likewise
    from django.http import HttpRequest, HttpResponse  # noqa: PLC0415 -- likewise
    from django.urls import path  # noqa: PLC0415 -- likewise

    def view(request: HttpRequest, name: str = "") -> HttpResponse:
        constant = constants[request.path]
        if middleware:  # which sees itself that nothing has changed
            return HttpResponse(constant.body, headers=dict(constant.headers))
        status, headers, body = constant.answer(request.META.get("HTTP_IF_NONE_MATCH"))
        return HttpResponse(body, status=int(status[:3]), headers=dict(headers))

    urls = type(sys)("floor_urls")
    urls.urlpatterns = [path("", view), path("<slug:name>/", view)]  # type: ignore[attr-defined]  # a module made here
    sys.modules[urls.__name__] = urls
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        INSTALLED_APPS=[
            f"django.contrib.{name}" for name in ("auth", "contenttypes", "sessions", "messages")
        ],
        MIDDLEWARE=middleware,
        ROOT_URLCONF=urls.__name__,
        SECRET_KEY="a constant needs none",
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    )
    return get_wsgi_application()


def application_of(kind: str, folder: Path) -> Callable[..., Any]:
    """Return the application of one of the kinds over the constants of the folder."""
    constants = _constants(folder)
    if kind == ASGI:
        return _asgi(constants)
    if kind == WSGI:
        return _wsgi(constants)
    return _django(constants, MIDDLEWARE if kind == DEFAULTS else [])


def granian(port: int, interface: Interfaces, load: Callable[[], Callable[..., Any]]) -> None:
    """Serve an application with one worker, as fast as granian does by itself."""
    server = Granian(
        "tests.bench.floors:application_of",
        address="127.0.0.1",
        port=port,
        interface=interface,
        workers=1,
        http=HTTPModes.http1,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=load, wrap_loader=False)


def main(kind: str, folder: Path, port: int) -> None:
    """Serve one kind of constant until the process is told to stop."""
    interface = Interfaces.ASGINL if kind == ASGI else Interfaces.WSGI
    granian(port, interface, lambda: application_of(kind, folder))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
