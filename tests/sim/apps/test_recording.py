"""Messages of callers, and recordings of calls."""

import wave
from pathlib import Path

from engine.sim.g711 import samples_of
from tests.sim.conftest import World

LOUD = bytes([0x90] * 80 + [0x10] * 80)


def samples(path: Path) -> int:
    with wave.open(str(path), "rb") as file:
        return file.getnframes()


def test_a_message_holds_what_the_caller_said(world: World) -> None:
    phone, call = world.answered()
    path = world.folder / "m" / "message.wav"
    label = world.client.execute(call, "record", f"{path} 10 200 5")
    world.client.event("RECORD_START")
    phone.say([LOUD] * 20)
    phone.press("*")
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert done["variable_record_ms"] == "400"
    assert done["variable_playback_terminator_used"] == "*"
    assert world.client.event("RECORD_STOP")["Record-File-Path"] == str(path)
    with wave.open(str(path), "rb") as file:
        assert file.readframes(160) == samples_of(LOUD).tobytes()


def test_silence_ends_a_message(world: World) -> None:
    phone, call = world.answered()
    path = world.folder / "a.wav"
    label = world.client.execute(call, "record", f"{path} 10 200 1")
    phone.say([LOUD] * 10)
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert done["variable_silence_hits_exhausted"] == "true"


def test_the_limit_ends_a_message(world: World) -> None:
    phone, call = world.answered()
    label = world.client.execute(call, "record", f"{world.folder / 'a.wav'} 1")
    phone.say([LOUD] * 30)
    assert world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert samples(world.folder / "a.wav") == 30 * 160


def test_a_path_that_cannot_be_written_ends_the_call(world: World) -> None:
    _, call = world.answered()
    world.client.execute(call, "record", "/proc/nowhere/a.wav 1")
    assert world.client.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == "DESTINATION_OUT_OF_ORDER"


def test_a_session_is_recorded_with_labels(world: World) -> None:
    _, call = world.answered()
    path = world.folder / "labelled.wav"
    world.client.run(call, "record_session", f"{path} +1 {{RECORD_STEREO=true,tenant=a%20b}}")
    assert world.client.event("RECORD_START")["Recording-Variable-tenant"] == "a b"
    assert world.client.event("RECORD_STOP")["Recording-Variable-tenant"] == "a b"


def test_a_session_that_cannot_be_recorded_says_why(world: World) -> None:
    _, call = world.answered()
    label = world.client.execute(call, "record_session", "/proc/nowhere/a.wav")
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert done["variable_record_completion_cause"] == "uri-failure"


def test_a_session_is_recorded_beside_what_it_does(world: World) -> None:
    _, call = world.answered()
    path = world.folder / "s.wav"
    world.client.run(call, "record_session", f"{path} +10")
    world.client.run(call, "playback", "tone_stream://%(400,0,440)")
    world.client.run(call, "record_session_mask", str(path))
    world.client.run(call, "record_session_unmask", str(path))
    world.client.run(call, "record_session_pause", str(path))
    world.client.run(call, "playback", "silence_stream://400")
    world.client.run(call, "record_session_resume", str(path))
    world.client.run(call, "stop_record_session", str(path))
    assert world.client.event("RECORD_STOP")["Record-Completion-Cause"] == "success-maxtime"
    assert 2400 <= samples(path) <= 5600
