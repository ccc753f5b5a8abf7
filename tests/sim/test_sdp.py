"""SDP as phones write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sim.sdp import audio_sdp, parse_audio, payload_type_of

OFFER = (
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 96 8 0 97\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:97 telephone-event/8000\r\na=sendrecv\r\n"
)


def test_codecs_come_in_the_order_of_the_offer() -> None:
    offer = parse_audio(OFFER)
    assert offer is not None
    assert (offer.host, offer.port, offer.codecs, offer.event_type) == ("192.0.2.1", 4000, ("PCMA", "PCMU"), 97)
    assert not offer.held


@pytest.mark.parametrize("how", ["a=sendonly", "a=inactive", "c=IN IP4 0.0.0.0"])
def test_ways_to_say_hold(how: str) -> None:
    offer = parse_audio(OFFER.replace("a=sendrecv", how))
    assert offer is not None
    assert offer.held


def test_hold_of_the_whole_session_counts_for_its_stream() -> None:
    offer = parse_audio(OFFER.replace("a=sendrecv\r\n", "").replace("t=0 0\r\n", "t=0 0\r\na=inactive\r\n"))
    assert offer is not None
    assert offer.held


def test_a_video_stream_does_not_disturb() -> None:
    offer = parse_audio(OFFER + "m=video 5000 RTP/AVP 0\r\na=sendonly\r\n")
    assert offer is not None
    assert (offer.port, offer.held) == (4000, False)


@pytest.mark.parametrize(
    "text", ["", "v=0", OFFER.replace("m=audio", "m=video"), OFFER.replace("m=audio 4000", "m=audio 0")]
)
def test_no_usable_audio_is_none(text: str) -> None:
    assert parse_audio(text) is None


@given(st.text(max_size=300))
def test_noise_never_raises(noise: str) -> None:
    parse_audio(noise)
    parse_audio("c=IN IP4 1.2.3.4\nm=audio 9 RTP/AVP 0\n" + noise)


def test_our_sdp_is_understood_by_ourselves() -> None:
    text = audio_sdp("127.0.0.1", 30000, ("PCMU", "PCMA"), 101, version=2, session=1, direction="sendonly")
    offer = parse_audio(text)
    assert offer is not None
    assert (offer.port, offer.codecs, offer.event_type, offer.direction) == (30000, ("PCMU", "PCMA"), 101, "sendonly")
    assert payload_type_of("PCMA") == 8
