"""Pages behind the event loop: bodies, lengths, slow and vanishing clients."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from reader import wsgi_in_threads

Start = Callable[..., Any]
OK = "200 OK"


def scope(path: str = "/", **headers: str) -> dict[str, Any]:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": named,
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 5000),
    }


def echo(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """Answer with the length that was told and with what was read."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start(OK, [("X-Length", environ["CONTENT_LENGTH"]), ("X-Coded", coding(environ))])
    return [body]


def coding(environ: dict[str, Any]) -> str:
    return str(environ.get("HTTP_TRANSFER_ENCODING", "none"))


def ask(
    application: Any, asked: dict[str, Any], pieces: Iterable[bytes | None], threads: int = 1
) -> list[Any]:
    """Return what was sent back. A piece that is None: the client is gone."""

    async def run() -> list[Any]:
        waiting = [*pieces]
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            piece = waiting.pop(0) if waiting else None
            if piece is None:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

        async def send(message: Any) -> None:
            sent.append(message)

        await wsgi_in_threads.Pages(application, threads)(asked, receive, send)
        return sent

    return asyncio.run(run())


def headers_of(sent: list[Any]) -> dict[str, str]:
    return {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}


def test_a_body_in_chunks_arrives_whole_with_its_length() -> None:
    sent = ask(echo, scope(transfer_encoding="chunked"), [b'{"a"', b":1}"])
    assert b"".join(message.get("body", b"") for message in sent) == b'{"a":1}'
    told = headers_of(sent)
    assert (told["x-length"], told["x-coded"]) == ("7", "none")


def test_a_length_that_is_not_true_is_not_believed() -> None:
    sent = ask(echo, scope(content_length="2", transfer_encoding="chunked"), [b"longer"])
    assert headers_of(sent)["x-length"] == "6"


def test_without_a_body_the_length_is_nothing() -> None:
    assert headers_of(ask(echo, scope(), []))["x-length"] == "0"


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/api/annotations", wsgi_in_threads.LARGEST_FROM_SOFTWARE),
        ("/w3c/", wsgi_in_threads.LARGEST_FROM_SOFTWARE),
        ("/d/text/import/", wsgi_in_threads.LARGEST_REQUEST),
    ],
)
def test_more_than_is_taken_is_refused_before_anybody_reads_it(path: str, limit: int) -> None:
    piece = bytes(500_000)
    pieces = [piece] * (limit // len(piece))
    sent = ask(echo, scope(path, transfer_encoding="chunked"), [*pieces, b"x"])
    assert sent[0]["status"] == 413
    taken = ask(echo, scope(path, transfer_encoding="chunked"), pieces)
    assert taken[0]["status"] == 200


def test_who_leaves_in_the_middle_calls_nobody() -> None:
    called = []
    sent = ask(lambda *_words: called.append(1), scope(content_length="10"), [b"half", None])
    assert (sent, called) == ([], [])


def test_who_does_not_read_keeps_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wsgi_in_threads, "SILENT_FOR", 0.2)
    monkeypatch.setattr(wsgi_in_threads, "GATHERED", 1)
    ended = threading.Event()

    def endless(_environ: dict[str, Any], start: Start) -> Iterator[bytes]:
        start(OK, [])
        try:
            while True:
                yield b"piece"
        finally:
            ended.set()

    async def run() -> None:
        pages = wsgi_in_threads.Pages(endless, 1)

        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        async def send(_message: Any) -> None:
            await asyncio.sleep(60)

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pages(scope(), receive, send), 10)

    asyncio.run(run())
    assert ended.wait(5)
