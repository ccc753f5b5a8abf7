"""Playing: what the caller hears, and how it ends."""

import pytest

from engine.sim.g711 import level_of
from tests.sim.conftest import World
from tests.sim.test_sound_files import write


def test_the_caller_hears_the_file(world: World) -> None:
    write(world.folder / "tone.wav", seconds=0.5)
    phone, call = world.answered()
    done = world.client.run(call, "playback", "tone.wav")
    assert done["Application-Response"] == "FILE PLAYED"
    assert (done["variable_playback_samples"], done["variable_playback_ms"]) == ("4000", "500")
    world.client.wait(lambda: len(phone.heard) >= 4000, "the audio")
    assert len(phone.heard) == 4000
    assert level_of(bytes(phone.heard)) > 4000


@pytest.mark.parametrize("path", ["/nowhere/x.wav", "nowhere.wav", "flite://kal|hello", "tone_stream://nonsense"])
def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    _, call = world.answered()
    assert world.client.run(call, "playback", path)["Application-Response"] == "FILE NOT FOUND"
    assert "PLAYBACK_START" not in world.client.names(call)


@pytest.mark.parametrize(
    ("terminators", "pressed", "used"),
    [(None, "1", "1"), ("*", "1*", "*"), ("any", "5", "5"), ("12", "42", "2"), ("#", "1#", "#")],
)
def test_terminators(world: World, terminators: str | None, pressed: str, used: str) -> None:
    phone, call = world.answered()
    if terminators:
        world.client.run(call, "set", f"playback_terminators={terminators}")
    label = world.client.execute(call, "playback", "silence_stream://20000")
    world.client.event("PLAYBACK_START")
    phone.press(pressed)
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert done["variable_playback_terminator_used"] == used
    assert world.client.event("PLAYBACK_STOP")["Playback-Status"] == "break"
    assert [e["DTMF-Digit"] for e in world.client.events if e["Event-Name"] == "DTMF"] == list(pressed)


def test_no_terminator_at_all(world: World) -> None:
    phone, call = world.answered()
    world.client.run(call, "set", "playback_terminators=none")
    label = world.client.execute(call, "playback", "silence_stream://400")
    phone.press("*#")
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert "variable_playback_terminator_used" not in done
    assert world.client.event("PLAYBACK_STOP")["Playback-Status"] == "done"


def test_several_files_joined(world: World) -> None:
    write(world.folder / "a.wav", seconds=0.1)
    phone, call = world.answered()
    world.client.run(call, "set", "playback_delimiter=!")
    world.client.run(call, "set", "playback_sleep_val=40")
    world.client.run(call, "playback", "a.wav!a.wav")
    assert world.client.names(call).count("PLAYBACK_START") == 2
    world.client.wait(lambda: len(phone.heard) >= 1920, "both files and the pause")


def test_frames_come_every_twenty_milliseconds(world: World) -> None:
    phone, call = world.answered()
    world.client.run(call, "playback", "tone_stream://%(1000,0,440)")
    times = [at for at, _ in phone.packets]
    assert len(times) == 50
    assert 0.9 < times[-1] - times[0] < 1.5


def test_gentones_and_endless_playback(world: World) -> None:
    phone, call = world.answered()
    world.client.run(call, "gentones", "%(60,0,440)")
    assert len(phone.heard) == 480
    label = world.client.execute(call, "endless_playback", "tone_stream://%(40,0,440)")
    world.client.wait(lambda: len(phone.heard) > 2400, "more than one pass")
    world.client.api(f"uuid_break {call}")
    assert world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
