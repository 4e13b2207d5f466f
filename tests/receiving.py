"""A receiver of webhooks on a loopback port, which answers as it is told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Receiver:
    """What came, and what to answer: the last of ``answers`` stays."""

    url: str = ""
    answers: list[int] = field(default_factory=lambda: [204])
    more: dict[str, str] = field(default_factory=dict)
    says: bytes = b""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    hold: threading.Event | None = None
    came: threading.Event = field(default_factory=threading.Event)

    @property
    def told(self) -> list[Any]:
        """What was sent, read."""
        return [json.loads(body) for body in self.bodies]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            receiver.bodies.append(self.rfile.read(length))
            receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
            receiver.came.set()
            if receiver.hold is not None:
                receiver.hold.wait(20)
            answers = receiver.answers
            status = answers.pop(0) if len(answers) > 1 else answers[0]
            try:
                self.send_response(status)
                for name, value in receiver.more.items():
                    self.send_header(name, value)
                if receiver.says:
                    self.send_header("Content-Length", str(len(receiver.says)))
                self.end_headers()
                self.wfile.write(receiver.says)
            except OSError:
                return

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/told?by=postil"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield receiver
        if receiver.hold is not None:
            receiver.hold.set()
        server.shutdown()
        thread.join()
