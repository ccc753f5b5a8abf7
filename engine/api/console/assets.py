"""The style, script and icon of the console, read once from the package; each address names what is in the file."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from flask import Response

_TYPES = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    body: bytes
    content_type: str
    digest: str


@cache
def asset(name: str) -> Asset | None:
    """A file by its name; None when there is none of it."""
    content_type = _TYPES.get(name)
    if content_type is None:
        return None
    body = files("engine.api.console").joinpath("static", name).read_bytes()
    return Asset(body, content_type, hashlib.sha256(body).hexdigest()[:16])


def address_of(name: str) -> str:
    """Where a page finds a file. Raises KeyError when there is none of this name."""
    found = asset(name)
    if found is None:
        raise KeyError(name)
    return f"/console/static/{found.digest}/{name}"


def serve(digest: str, name: str) -> Response | None:
    """A file as a reply: kept for ever under its own digest, asked for again under an older one."""
    found = asset(name) if len(name) < 40 else None
    if found is None:
        return None
    response = Response(found.body, content_type=found.content_type)
    response.headers["Cache-Control"] = FOR_EVER if digest == found.digest else ASK_AGAIN
    response.set_etag(found.digest)
    return response
