"""A plain HTTP client on one kept connection: little work of its own beside what is measured."""

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

TIMEOUT = 60  # seconds


class Broken(Exception):
    """The connection ended before the answer did."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and after how many milliseconds."""

    status: int
    headers: dict[str, str]  # names in lower case; of several the last
    body: bytes
    ms: float


class Wire:
    """One connection, on which one request follows the other."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Send a request and read its answer to the end.

        Raises:
            Broken: there was none, or half of one.
        """
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        request = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
        began = time.perf_counter()
        self._socket.sendall(request)
        status, came = self._head()
        whole = self._body(status, came)
        return Answer(status, came, whole, (time.perf_counter() - began) * 1000)

    def _head(self) -> tuple[int, dict[str, str]]:
        first = self._file.readline()
        if not first:
            raise Broken
        headers = {}
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, _colon, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return int(first.split(b" ", 2)[1]), headers

    def _body(self, status: int, headers: dict[str, str]) -> bytes:
        if status in (204, 304):
            return b""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            pieces = []
            while size := int(self._file.readline().split(b";")[0] or b"0", 16):
                pieces.append(self._file.read(size))
                self._file.readline()
            self._file.readline()
            return b"".join(pieces)
        length = int(headers.get("content-length", 0))
        body = self._file.read(length)
        if len(body) != length:
            raise Broken
        return body
