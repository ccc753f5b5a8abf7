"""Standard Webhooks signatures: HMAC-SHA256 over `id.timestamp.body`, one `v1,` per active secret."""

import base64
import hmac
from collections.abc import Iterable

TOLERANCE = 300
"""Seconds a timestamp may be in the past or the future."""
VERSION = "v1"


class SignatureError(Exception):
    """A request is not what it claims to be; the message says why."""


def sign(keys: Iterable[bytes], event_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one signature per key, separated by spaces."""
    signed = b"%b.%d.%b" % (event_id.encode(), timestamp, body)
    return " ".join([VERSION + "," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys])


def verify(keys: Iterable[bytes], event_id: str, timestamp: str, signature: str, body: bytes, now: float) -> None:
    """Nothing, when one signature was made by one of the keys within five minutes of `now`. Raises SignatureError.

    The three texts are the headers as received; whatever they hold, no other error is raised.
    """
    if not event_id or not timestamp or not signature:
        raise SignatureError("webhook-id, webhook-timestamp or webhook-signature is missing")
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise SignatureError("webhook-timestamp is not a number of seconds")
    sent = int(timestamp)
    if abs(now - sent) > TOLERANCE:
        raise SignatureError("webhook-timestamp is too old" if sent < now else "webhook-timestamp is in the future")
    try:
        expected = [one.encode() for one in sign(keys, event_id, sent, body).split(" ") if one]
    except UnicodeEncodeError:
        raise SignatureError("webhook-id is not text") from None
    given = [one.encode("utf-8", "replace") for one in signature.split(" ")]
    if not any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in given):
        raise SignatureError("no signature fits")
