"""Sending a message to an address that somebody entered, without becoming their tool.

Only http and https, no redirects, and only public addresses: a name is resolved once, every
address it stands for is looked at, and the connection goes to one that was looked at.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

SECONDS = 10  # for one whole try, however slowly the other side drips
PORTS = {"http": 80, "https": 443}
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
PROTOCOLS = ipaddress.IPv4Network("192.0.0.0/24")  # some of it passes for public in Python
MOST_RETRY_AFTER = 86_400

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Unsendable(Exception):
    """The message did not arrive; ``str()`` says why, in one line."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, and after how many seconds to try again, if it says so.

    ``body`` is its beginning, where that was asked for.
    """

    status: int
    retry_after: int = 0
    body: bytes = b""

    @property
    def is_taken(self) -> bool:
        """Whether the other side has the message."""
        return http.client.OK <= self.status < http.client.MULTIPLE_CHOICES


def check_address(url: str) -> SplitResult:
    """Return the parts of an address that may be posted to, as far as can be told without asking.

    Raises:
        Unsendable: it may not, and why.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise Unsendable(_("This is no address.")) from error
    if not url.isascii() or not url.isprintable() or " " in url or not host:
        raise Unsendable(_("This is no address."))
    if parts.scheme not in PORTS:
        raise Unsendable(_("The address must begin with https:// or http://."))
    if "@" in parts.netloc:
        raise Unsendable(_("The address must not hold a name or a password."))
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return parts
    _check_public(literal)
    return parts


def post(url: str, body: bytes, headers: dict[str, str], most: int = 0) -> Answer:
    """Send the message once and return the answer, with so many bytes of its body at most.

    Raises:
        Unsendable: the address may not be posted to, or nobody answers there in time.
    """
    parts = check_address(url)
    connection = _Connection(parts)
    watch = threading.Timer(SECONDS, connection.cut)
    watch.daemon = True
    watch.start()
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, body, {**headers, "Connection": "close"})
        answer = connection.getresponse()
        said = answer.read(most) if most else b""
        if connection.was_cut:  # it ends where it was cut
            raise TimeoutError
        return Answer(answer.status, _seconds(answer.getheader("Retry-After", "")), said)
    except (OSError, http.client.HTTPException) as error:
        if connection.was_cut or isinstance(error, TimeoutError):
            message = _("No answer within %(seconds)d seconds.") % {"seconds": SECONDS}
            raise Unsendable(message) from error
        raise Unsendable(str(error)[:180] or type(error).__name__) from error
    finally:
        watch.cancel()
        connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was looked at; TLS is checked against the name."""

    def __init__(self, parts: SplitResult) -> None:
        self._scheme = parts.scheme
        self.was_cut = False
        super().__init__(parts.hostname or "", parts.port or PORTS[parts.scheme], timeout=SECONDS)
        self.default_port = PORTS[parts.scheme]  # the Host header names any other

    def connect(self) -> None:
        """Connect to the first of the name's addresses that answers, all of them being public."""
        self.sock = _socket_to(_addresses(self.host, self.port), SECONDS)
        if self._scheme == "https":
            context = ssl.create_default_context()
            # The handshake comes after the assignment, so that a slow one can be cut.
            wrapped = context.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock = wrapped
            wrapped.do_handshake()
        if self.was_cut:
            raise TimeoutError

    def cut(self) -> None:
        """End it, whatever the other side is doing; called from another thread."""
        self.was_cut = True
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


def _addresses(host: str, port: int) -> list[tuple[str, int]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        message = _("The name %(host)s cannot be resolved.") % {"host": host}
        raise Unsendable(message) from error
    addresses = [(str(row[4][0]), port) for row in found]
    for address, _port in addresses:
        _check_public(ipaddress.ip_address(address))
    return addresses


def _socket_to(addresses: list[tuple[str, int]], seconds: float) -> socket.socket:
    last: OSError = OSError(_("The name stands for no address."))
    for address in addresses:
        try:
            return socket.create_connection(address, timeout=seconds / len(addresses))
        except OSError as error:
            last = error
    raise last


def _check_public(address: Address) -> None:
    """Pass silently when everybody can reach the address.

    Raises:
        Unsendable: it is this machine, a private network or a special purpose.
    """
    if settings.WEBHOOKS_MAY_BE_PRIVATE:
        return
    for one in (address, *_embedded(address)):
        special = one.is_multicast or one.is_reserved or _is_site_local(one) or one in PROTOCOLS
        if special or not one.is_global:
            raise Unsendable(
                _("%(address)s is not a public address. POSTIL_WEBHOOK_PRIVATE=1 allows it.")
                % {"address": address}
            )


def _is_site_local(address: Address) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and address.is_site_local


def _embedded(address: Address) -> list[ipaddress.IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address is a way to."""
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def _seconds(sent: str) -> int:
    """Return a Retry-After in seconds; a date, or nothing, is 0."""
    fits = sent.isascii() and sent.isdecimal() and len(sent) <= len(str(MOST_RETRY_AFTER))
    return min(int(sent), MOST_RETRY_AFTER) if fits else 0
