"""A recording ends with its call."""

from tests.sim.conftest import World


def test_recordings_stop_before_the_call_is_complete(world: World) -> None:
    phone, call = world.answered()
    paths = [world.folder / f"{name}.wav" for name in "ab"]
    for path in paths:
        world.client.api(f"uuid_record {call} start {path}")
    world.client.api(f"uuid_record {call} start {paths[0]}")
    phone.say([b"\x20" * 160] * 5)
    phone.bye()
    world.client.event("CHANNEL_DESTROY", Unique_ID=call)
    names = world.client.names(call)
    assert names.count("RECORD_START") == names.count("RECORD_STOP") == 2
    assert names.index("RECORD_STOP") < names.index("CHANNEL_HANGUP_COMPLETE")
    assert all(path.stat().st_size > 44 for path in paths)


def test_a_recording_may_wait_for_the_bridge(world: World) -> None:
    _, call = world.answered()
    path = world.folder / "a.wav"
    world.client.api(f"uuid_record {call} start {path} 60 {{RECORD_BRIDGE_REQ=true}}")
    world.client.run(call, "sleep", "100")
    world.client.api(f"uuid_record {call} stop {path}")
    assert world.client.event("RECORD_STOP")["Record-Completion-Cause"] == "empty-file"
    assert not path.exists()
