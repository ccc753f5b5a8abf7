"""Messages and addresses, well formed and not."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sipmessage import Request

from engine.sim.sip_message import (
    bytes_of,
    cseq_of,
    header_safe,
    new_branch,
    new_token,
    parse_address,
    parse_message,
    request_uri_of,
    response_to,
    text_of,
)

MESSAGE = (
    b'INVITE sip:1000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nf: "A\xff" <sip:a@b>;tag=1\r\n'
    b"To: <sip:1000@127.0.0.1>\r\ni: abc\r\nCSeq: 7 INVITE\r\nSubject: one\r\n two\r\nContent-Length: 2\r\n\r\nxyz"
)


def test_compact_names_folded_lines_and_length() -> None:
    message = parse_message(MESSAGE)
    assert isinstance(message, Request)
    assert (message.headers["Call-ID"], cseq_of(message), message.headers["Subject"]) == (
        "abc",
        (7, "INVITE"),
        "one two",
    )
    assert message.body == b"xy"


def test_bytes_that_are_not_utf8_come_back_as_they_were() -> None:
    message = parse_message(MESSAGE)
    assert isinstance(message, Request)
    assert text_of(message.headers["From"]).encode("utf-8", "surrogateescape").startswith(b'"A\xff"')
    assert b'From: "A\xff" <sip:a@b>' in bytes_of(response_to(message, 200, tag="2"))


def test_a_response_copies_and_tags() -> None:
    message = parse_message(MESSAGE)
    assert isinstance(message, Request)
    trying, ok = response_to(message, 100, tag="x"), response_to(message, 200, tag="x", body="v=0", Contact="<sip:c>")
    assert "tag" not in trying.headers["To"]
    assert ok.headers["To"].endswith(";tag=x")
    assert (ok.headers["Content-Type"], ok.headers["Content-Length"], ok.headers["Contact"]) == (
        "application/sdp", "3", "<sip:c>",
    )  # fmt: skip


@pytest.mark.parametrize(
    "data", [b"", b"x\r\n\r\n", MESSAGE.replace(b"i: abc\r\n", b""), MESSAGE.replace(b"Via", b"Vya")]
)
def test_what_is_no_message_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_message(data)


def test_an_odd_request_uri_does_not_matter() -> None:
    message = parse_message(MESSAGE.replace(b"sip:1000@127.0.0.1 SIP", b"sip:<odd>@host1 SIP"))
    assert isinstance(message, Request)
    assert message.uri.host == "unparsed.invalid"


@given(st.binary(max_size=200))
def test_noise_is_a_value_error(noise: bytes) -> None:
    with contextlib.suppress(ValueError):
        parse_message(noise)


@pytest.mark.parametrize(
    ("text", "name", "user", "hostport", "tag"),
    [
        ('"Bob" <sip:bob@h:5070;x=y>;tag=5', "Bob", "bob", "h:5070", "5"),
        ("<sips:b%20b@h>", "", "b b", "h", ""),
        ("sip:bob@h;tag=7", "", "bob", "h", "7"),
        ('"a \\"b\\" c" <sip:h>', r"a \"b\" c", "", "h", ""),
        ('"a%0Ab" <sip:%2B44@h>', "a\nb", "+44", "h", ""),
        ("Bob Smith <tel:+1555>", "Bob Smith", "", "+1555", ""),
        ("<sip:bob:secret@[::1]:5060>", "", "bob", "[::1]:5060", ""),
    ],
)
def test_addresses(text: str, name: str, user: str, hostport: str, tag: str) -> None:
    address = parse_address(text)
    assert (address.name, address.user, address.hostport, address.tag) == (name, user, hostport, tag)


@given(st.text(max_size=60))
def test_any_text_is_some_address(text: str) -> None:
    parse_address(text)
    assert not set(header_safe(text)) & {"\r", "\n", "\0"}


def test_tokens_differ() -> None:
    assert len({new_token() for _ in range(100)}) == 100
    assert new_branch().startswith("z9hG4bK")
    assert str(request_uri_of("sip:a@127.0.0.1")) == "sip:a@127.0.0.1"
