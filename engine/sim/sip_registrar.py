"""Registrations of agents, and the digest that proves who somebody is (RFC 3261 section 22, RFC 7616 with MD5)."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from sipmessage import AuthChallenge, AuthParameters, Request

from engine.sim.sip_message import new_token, parse_address
from engine.sim.sip_transport import Address

_NONCE_SECONDS = 300
_LONGEST = 3600


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a user can be reached, until when (in seconds since 1970)."""

    user: str
    contact: str
    source: Address
    expires: float
    call_id: str
    agent: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a REGISTER ended: the status, the bindings now, and the seconds granted."""

    code: int
    bindings: tuple[Binding, ...] = ()
    expires: int = 0


class Digest:
    """Challenges, and checks the answers."""

    def __init__(self, realm: str, users: Mapping[str, str]) -> None:
        self._realm = realm
        self._users = users
        self._nonces: dict[str, float] = {}

    def challenge(self) -> str:
        """The value of a WWW-Authenticate or Proxy-Authenticate with a fresh nonce."""
        now = time.monotonic()
        self._nonces = {nonce: born for nonce, born in self._nonces.items() if now - born < _NONCE_SECONDS}
        nonce = new_token(24)
        self._nonces[nonce] = now
        parameters = AuthParameters(realm=self._realm, nonce=nonce, algorithm="MD5", qop="auth")
        return str(AuthChallenge("Digest", parameters))

    def is_fresh(self, nonce: str) -> bool:
        """Whether a nonce is one of ours and still good."""
        born = self._nonces.get(nonce)
        return born is not None and time.monotonic() - born <= _NONCE_SECONDS

    def user_of(self, request: Request) -> str | None:
        """The user whose password the request proves; None when it proves none. ValueError when malformed."""
        credentials = request.authorization or request.proxy_authorization
        if credentials is None or credentials.scheme.lower() != "digest" or credentials.parameters is None:
            return None
        values = credentials.parameters
        user = values.get("username", "")
        password = self._users.get(user)
        born = self._nonces.get(values.get("nonce", ""))
        if password is None or born is None or time.monotonic() - born > _NONCE_SECONDS:
            return None
        first = _md5(f"{user}:{values.get('realm', '')}:{password}")
        second = _md5(f"{request.method}:{values.get('uri', '')}")
        if values.get("qop"):
            middle = f"{values['nonce']}:{values.get('nc', '')}:{values.get('cnonce', '')}:{values['qop']}"
        else:
            middle = values["nonce"]
        expected = _md5(f"{first}:{middle}:{second}")
        return user if hmac.compare_digest(expected, values.get("response", "").lower()) else None


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


class Registrar:
    """Who is registered where."""

    def __init__(self) -> None:
        self._bindings: dict[str, dict[str, Binding]] = {}

    def register(self, user: str, request: Request, source: Address) -> Outcome:
        """Apply a REGISTER of a proven user."""
        if parse_address(request.headers["To"]).user != user:
            return Outcome(403)
        contacts = request.headers.getlist("Contact")
        default = request.headers.get("Expires") or str(_LONGEST)
        present = self._bindings.setdefault(user, {})
        granted = 0
        for line in contacts:
            for contact in _split_contacts(line):
                if contact.strip() == "*":
                    present.clear()
                    continue
                found = re.search(r";\s*expires\s*=\s*\"?(\d+)", contact, re.IGNORECASE)
                wanted = found.group(1) if found else default.strip()
                seconds = min(int(wanted), _LONGEST) if wanted.isdigit() else _LONGEST
                uri = parse_address(contact).uri
                if seconds == 0:
                    present.pop(uri, None)
                else:
                    granted = seconds
                    agent = request.headers.get("User-Agent") or ""
                    present[uri] = Binding(user, uri, source, time.time() + seconds, request.headers["Call-ID"], agent)
        return Outcome(200, tuple(self.bindings_of(user)), granted)

    def bindings_of(self, user: str) -> list[Binding]:
        """The user's bindings that have not expired, newest last."""
        now = time.time()
        present = self._bindings.get(user, {})
        for uri in [uri for uri, binding in present.items() if binding.expires <= now]:
            del present[uri]
        return list(present.values())

    def all_bindings(self) -> list[Binding]:
        """Every live binding."""
        return [binding for user in list(self._bindings) for binding in self.bindings_of(user)]


def _split_contacts(line: str) -> list[str]:
    return [part for part in re.split(r",(?=(?:[^<>\"]|<[^>]*>|\"[^\"]*\")*$)", line) if part.strip()]
