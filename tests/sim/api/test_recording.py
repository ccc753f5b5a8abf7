"""Recordings from outside."""

import wave
from pathlib import Path

import pytest

from tests.sim.conftest import World

LOUD = bytes([0x90] * 80 + [0x10] * 80)


def shape(path: Path) -> tuple[int, int]:
    with wave.open(str(path), "rb") as file:
        return file.getnchannels(), file.getnframes()


def test_both_sides_in_stereo_with_labels(world: World) -> None:
    phone, call = world.answered()
    path = world.folder / "a.wav"
    answer = world.client.api(f"uuid_record {call} start {path} 60 {{RECORD_STEREO=true,tenant=a%20b}}")
    assert answer == "+OK Success\n"
    assert world.client.event("RECORD_START")["Recording-Variable-tenant"] == "a b"
    world.client.execute(call, "playback", "tone_stream://%(400,0,440)")
    phone.say([LOUD] * 20)
    assert str(path) in world.client.api(f"uuid_buglist {call}")
    assert world.client.api(f"uuid_record {call} stop {path}") == "+OK Success\n"
    stop = world.client.event("RECORD_STOP")
    assert (stop["Recording-Variable-tenant"], stop["Record-Completion-Cause"]) == ("a b", "success-maxtime")
    channels, count = shape(path)
    assert channels == 2
    with wave.open(str(path), "rb") as file:
        data = memoryview(file.readframes(count)).cast("h")
    assert max(data[0::2]) > 5000
    assert max(data[1::2]) > 3000


def test_the_limit_and_the_shortest(world: World) -> None:
    _, call = world.answered()
    path = world.folder / "a.wav"
    world.client.api(f"uuid_record {call} start {path} 1")
    assert world.client.event("RECORD_STOP")["Record-Completion-Cause"] == "success-maxtime"
    assert shape(path) == (1, 8000)
    short = world.folder / "b.wav"
    world.client.api(f"uuid_record {call} start {short} 60 {{RECORD_MIN_SEC=5}}")
    world.client.api(f"uuid_record {call} stop {short}")
    stop = world.client.event("RECORD_STOP", Record_File_Path=str(short))
    assert stop["Record-Completion-Cause"] in ("input-too-short", "empty-file")
    assert not short.exists()


@pytest.mark.parametrize(("speaks", "cause"), [(False, "no-input-timeout"), (True, "success-silence")])
def test_silence_ends_it(world: World, speaks: bool, cause: str) -> None:
    phone, call = world.answered()
    path = world.folder / "a.wav"
    variables = "RECORD_INITIAL_TIMEOUT_MS=500,RECORD_FINAL_TIMEOUT_MS=300,RECORD_SILENCE_THRESHOLD=200"
    world.client.api(f"uuid_record {call} start {path} 20 {{{variables}}}")
    if speaks:
        phone.say([LOUD] * 10)
    assert world.client.event("RECORD_STOP")["Record-Completion-Cause"] == cause


def test_a_masked_part_is_silent_and_a_paused_part_is_missing(world: World) -> None:
    phone, call = world.answered()
    path = world.folder / "a.wav"
    world.client.api(f"uuid_record {call} start {path}")
    assert world.client.api(f"uuid_record {call} mask {path}") == "+OK Success\n"
    phone.say([LOUD] * 10)
    assert world.client.api(f"uuid_record {call} pause {path}") == "+OK Success\n"
    phone.say([LOUD] * 20)
    world.client.api(f"uuid_record {call} stop all")
    channels, count = shape(path)
    assert channels == 1
    assert count < 20 * 160
    with wave.open(str(path), "rb") as file:
        assert not any(file.readframes(count))


def test_errors(world: World) -> None:
    _, call = world.parked()
    assert world.client.api(f"uuid_record {call} stop /x.wav") == "-ERR Cannot stop record session!\n"
    assert world.client.api(f"uuid_record {call} mask /x.wav") == "-ERR Cannot mask recording session!\n"
    assert world.client.api(f"uuid_record {call} resume /x.wav") == "-ERR Cannot resume recording session!\n"
    assert world.client.api(f"uuid_record {call} start /proc/no/x.wav") == "-ERR Cannot record session!\n"
    assert world.client.api(f"uuid_record {call} dance /x.wav").startswith("-USAGE")
    assert world.client.api("uuid_buglist nobody") == "-ERR No such channel!\n"
