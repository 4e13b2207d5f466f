"""A small browser: cookies, forms, and streams, over plain sockets."""

import http.client
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode

WAITS = 10  # seconds


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    location: str
    text: str


class Browser:
    """Asks one server on this machine and keeps its cookies."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> Answer:
        """Fetch a page."""
        return self._ask("GET", path, None, headers)

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form from a page of the site."""
        origin = f"http://127.0.0.1:{self.port}"
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": origin,
            "Referer": f"{origin}/",
            "Sec-Fetch-Site": "same-origin",
        }
        return self._ask("POST", path, urlencode(fields), headers)

    def _ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAITS)
        try:
            connection.request(method, path, body, {**headers, **self.cookie_header()})
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        for value in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(value).items():
                if morsel["max-age"] == 0 or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return Answer(response.status, response.headers.get("Location", ""), text)

    def cookie_header(self) -> dict[str, str]:
        """Return the header that gives the cookies back."""
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": pairs} if pairs else {}


class Stream(threading.Thread):
    """An open stream of events: keeps each line and when it came."""

    def __init__(self, browser: Browser, path: str) -> None:
        super().__init__(daemon=True)
        self._connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=60)
        self._connection.request("GET", path, headers=browser.cookie_header())
        self._response = self._connection.getresponse()
        assert self._response.status == 200, self._response.status
        self.lines: list[tuple[float, str]] = []
        self.start()

    def run(self) -> None:
        """Read until the other side ends."""
        try:
            while line := self._response.readline():
                self.lines.append((time.monotonic(), line.decode().strip()))
        except (OSError, ValueError, http.client.HTTPException):
            return

    def seconds_until(self, words: str, since: float) -> float:
        """Return how long after a moment a line with these words came."""
        until = time.monotonic() + WAITS
        while time.monotonic() < until:
            for at, line in list(self.lines):
                if words in line and at >= since:
                    return at - since
            time.sleep(0.005)
        raise TimeoutError(f"{words!r} did not come; there came {self.lines[-5:]}")
