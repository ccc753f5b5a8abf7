"""How many events a second one core decodes and understands: 213 headers each, cut as the network cuts them."""

import time

import orjson

from engine.esl import translate
from engine.esl.decoder import Decoder
from engine.esl.event import parse_event

HEADERS = 213
CHUNK = 64 * 1024


def event_of(headers: int) -> bytes:
    """A CHANNEL_EXECUTE_COMPLETE of so many headers, with values as long as FreeSWITCH's are on average."""
    event = {
        "Event-Name": "CHANNEL_EXECUTE_COMPLETE", "Core-UUID": "b7779c56-211d-40f5-8c11-5e222d23b5ed",
        "Unique-ID": "4990ca92-a3de-4111-b419-87ceaf4f9c90", "Call-Direction": "inbound",
        "Application": "playback", "Application-Response": "FILE PLAYED",
        "Application-UUID": "4990ca92-a3de-4111-b419-87ceaf4f9c90:3",
    }  # fmt: skip
    for number in range(headers - len(event)):
        event[f"variable_some_header_name_{number}"] = f"value {number} of a plain sort"
    body = orjson.dumps(event)
    return b"Content-Length: %d\nContent-Type: text/event-json\n\n" % len(body) + body


def events_per_second(seconds: float = 2.0) -> float:
    """Decode, parse and translate for about `seconds`."""
    stream = event_of(HEADERS) * 200
    chunks = [stream[at : at + CHUNK] for at in range(0, len(stream), CHUNK)]
    decoder, done = Decoder(), 0
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        for chunk in chunks:
            for frame in decoder.feed(chunk):
                event = parse_event(frame.body)
                assert event is not None
                assert translate.signal(event, 0.0) is not None
                done += 1
    return done / (time.perf_counter() - began)
