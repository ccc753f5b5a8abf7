"""Signatures: the published vector, the independent verifier, and every way a request can be something else."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from engine.webhooks.secret import secret_key
from engine.webhooks.signature import TOLERANCE, SignatureError, sign, verify

# Published by Standard Webhooks with its libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
KEY = secret_key(SECRET)


def test_the_published_vector() -> None:
    assert sign([KEY], ID, AT, BODY) == SIGNATURE
    verify([KEY], ID, str(AT), SIGNATURE, BODY, AT)


@given(key=st.binary(min_size=24, max_size=64), event=st.from_regex(r"evt_[a-z0-9-]{1,40}_[0-9]{1,5}", fullmatch=True))
def test_the_packaged_verifier_takes_what_is_signed_now(key: bytes, event: str) -> None:
    now = int(time.time())
    signature = sign([key], event, now, BODY)
    headers = {"webhook-id": event, "webhook-timestamp": str(now), "webhook-signature": signature}
    assert Webhook(base64.b64encode(key).decode()).verify(BODY, headers) == {"test": 2432232314}
    with pytest.raises(WebhookVerificationError):
        Webhook(base64.b64encode(bytes(byte ^ 1 for byte in key)).decode()).verify(BODY, headers)


@given(key=st.binary(min_size=24, max_size=64), body=st.binary(max_size=200), other=st.binary(max_size=200))
def test_a_changed_body_does_not_fit(key: bytes, body: bytes, other: bytes) -> None:
    signature = sign([key], ID, AT, body)
    verify([key], ID, str(AT), signature, body, AT)
    if other != body:
        with pytest.raises(SignatureError, match="no signature fits"):
            verify([key], ID, str(AT), signature, other, AT)


def test_every_active_secret_signs_and_any_one_is_enough() -> None:
    old = bytes(range(32))
    both = sign([KEY, old], ID, AT, BODY)
    assert both == f"{SIGNATURE} {sign([old], ID, AT, BODY)}"
    verify([old], ID, str(AT), both, BODY, AT)
    verify([KEY], ID, str(AT), "v1a,unknown-scheme " + both, BODY, AT)


@pytest.mark.parametrize("late", [-TOLERANCE, TOLERANCE])
def test_the_clock_may_be_five_minutes_off(late: int) -> None:
    verify([KEY], ID, str(AT), SIGNATURE, BODY, AT + late)


@pytest.mark.parametrize(
    ("event", "timestamp", "signature", "now", "why"),
    [
        ("", str(AT), SIGNATURE, AT, "missing"),
        (ID, "", SIGNATURE, AT, "missing"),
        (ID, str(AT), "", AT, "missing"),
        (ID, "soon", SIGNATURE, AT, "not a number"),
        (ID, "-5", SIGNATURE, AT, "not a number"),
        (ID, "\u0661\u0662", SIGNATURE, AT, "not a number"),
        (ID, "9" * 5000, SIGNATURE, AT, "not a number"),
        (ID, str(AT), SIGNATURE, AT + TOLERANCE + 1, "too old"),
        (ID, str(AT), SIGNATURE, AT - TOLERANCE - 1, "in the future"),
        (ID + "x", str(AT), SIGNATURE, AT, "no signature fits"),
        ("\ud800", str(AT), SIGNATURE, AT, "not text"),
        (ID, str(AT + 1), SIGNATURE, AT, "no signature fits"),
        (ID, str(AT), SIGNATURE.removeprefix("v1,"), AT, "no signature fits"),
        (ID, str(AT), SIGNATURE.replace("v1,", "v2,"), AT, "no signature fits"),
        (ID, str(AT), "v1,\u00e9 v1 , ,,", AT, "no signature fits"),
    ],
)
def test_what_is_not_genuine_is_refused_with_a_reason(
    event: str, timestamp: str, signature: str, now: int, why: str
) -> None:
    with pytest.raises(SignatureError, match=why):
        verify([KEY], event, timestamp, signature, BODY, now)


@given(event=st.text(), timestamp=st.text(), signature=st.text(), body=st.binary())
def test_nothing_a_stranger_sends_raises_anything_else(event: str, timestamp: str, signature: str, body: bytes) -> None:
    with pytest.raises(SignatureError):
        verify([KEY], event, timestamp, signature, body, AT)


def test_without_a_key_nothing_fits() -> None:
    with pytest.raises(SignatureError):
        verify([], ID, str(AT), SIGNATURE, BODY, AT)
