"""Answers a digest challenge the way a phone does, written from RFC 2617 and not from the engine."""

from __future__ import annotations

import hashlib
import re

from tests.sim.sip_peer import Incoming


def authorization(challenge: Incoming, method: str, uri: str, user: str, password: str) -> str:
    """The header that answers a 401 or a 407."""
    proxy = challenge.code == 407
    text = challenge.get("Proxy-Authenticate" if proxy else "WWW-Authenticate")
    realm, nonce = (re.search(rf'{name}="([^"]*)"', text)[1] for name in ("realm", "nonce"))  # type: ignore[index]

    def md5(value: str) -> str:
        return hashlib.md5(value.encode()).hexdigest()

    response = md5(f"{md5(f'{user}:{realm}:{password}')}:{nonce}:00000001:abc:auth:{md5(f'{method}:{uri}')}")
    return (
        f'{"Proxy-" if proxy else ""}Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", '
        f'uri="{uri}", '
        f'response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="abc"\r\n'
    )
