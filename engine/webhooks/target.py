"""Where an endpoint's URL leads, read strictly: what two readers could understand differently is refused.

Whether the address behind a name may be reached is known when a request is sent; what can be said before is said here.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Literal
from urllib.parse import quote, urlsplit

from engine.webhooks.address_rules import AddressRules

LONGEST = 2048
PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SAFE = "!#$%&'()*+,/:;=?@[]~-._"
"""What stays as it is in a path: everything RFC 3986 reserves, and escapes that are there already."""


class UrlError(ValueError):
    """A URL nothing can be sent to; the message says why, for whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Target:
    """One URL taken apart."""

    scheme: Literal["http", "https"]
    host: str
    """A name in ASCII and lower case, or an address without brackets."""
    port: int
    path: str
    """Path and query as they go into the request line."""
    is_address: bool

    @property
    def authority(self) -> str:
        """The `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


@lru_cache(maxsize=4096)
def read_target(url: str) -> Target:
    """Take a URL apart. Raises UrlError."""
    if len(url) > LONGEST:
        raise UrlError(f"is longer than {LONGEST} characters")
    if any(character <= " " or character == "\x7f" or character == "\\" for character in url):
        raise UrlError("holds a space, a control character or a backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
    except ValueError:
        raise UrlError("is not a URL") from None
    scheme = parts.scheme
    if scheme != "http" and scheme != "https":
        raise UrlError("must begin with https:// (or http:// where that is allowed)")
    if "@" in parts.netloc:
        raise UrlError("holds a user name or password; the signature proves who is calling")
    if "#" in url:
        raise UrlError("holds a fragment (#), which is never sent")
    if port == 0:
        raise UrlError("names port 0")
    name, is_address = _host(host, bracketed="[" in parts.netloc)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(
        "https" if scheme == "https" else "http", name, port or PORTS[scheme], quote(path, safe=_SAFE), is_address
    )


PLAIN = "must begin with https://, unless [webhooks] allow_networks names its address or allow_http is set"


class UrlRules:
    """Which URLs an installation accepts."""

    def __init__(self, addresses: AddressRules, allow_http: bool = False) -> None:
        self.addresses = addresses
        self.allow_http = allow_http

    def problem(self, url: str) -> str | None:
        """Why a URL cannot be an endpoint's, to be read after the word "url"; None as far as can be known now."""
        try:
            target = read_target(url)
        except UrlError as error:
            return str(error)
        if target.is_address:
            return self.denial(target, target.host)
        if target.scheme == "http" and not self.allow_http and not self.addresses.allowed:
            return PLAIN
        return None

    def denial(self, target: Target, address: str) -> str | None:
        """Why no request for this target may go to this address; None when it may."""
        reason = self.addresses.denial(address)
        if reason is not None:
            return (
                f"leads to {address} ({reason}), which no endpoint may have unless [webhooks] allow_networks names it"
            )
        if target.scheme == "http" and not self.allow_http and not self.addresses.allows_inside(address):
            return PLAIN
        return None


def _host(host: str, bracketed: bool) -> tuple[str, bool]:
    """The host as it is looked up, and whether it is an address. Raises UrlError."""
    if bracketed:
        if "%" in host:
            raise UrlError("holds an address of this machine's own links")
        try:
            return str(IPv6Address(host)), True
        except ValueError:
            raise UrlError("holds an IPv6 address that is none") from None
    if not host:
        raise UrlError("names no host")
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise UrlError("names a host no name server knows how to write") from None
    name = name.lower()
    if _NUMBER.fullmatch(name.rstrip(".").rpartition(".")[2]):  # some resolvers take 127.1 and 0x7f000001 for addresses
        try:
            return str(ip_address(name)), True
        except ValueError:
            raise UrlError("names a host by an odd number: write an IPv4 address as 192.0.2.1") from None
    if not _NAME.fullmatch(name.removesuffix(".")):
        raise UrlError("names a host that cannot be")
    return name.removesuffix("."), False
