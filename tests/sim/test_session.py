"""How sent applications queue, nest and break."""

from tests.sim.conftest import World


def order(world: World, labels: list[str]) -> list[tuple[str, int]]:
    names = {"CHANNEL_EXECUTE": "begin", "CHANNEL_EXECUTE_COMPLETE": "end"}
    return [
        (names[event["Event-Name"]], labels.index(event["Application-UUID"]))
        for event in world.client.events
        if event["Event-Name"] in names and event.get("Application-UUID") in labels
    ]


def test_locked_applications_wait_for_each_other(world: World) -> None:
    _, call = world.answered()
    labels = [world.client.execute(call, "playback", "silence_stream://60") for _ in range(2)]
    labels.append(world.client.execute(call, "set", "a=b"))
    world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=labels[2])
    assert order(world, labels) == [("begin", 0), ("end", 0), ("begin", 1), ("end", 1), ("begin", 2), ("end", 2)]


def test_unlocked_applications_nest(world: World) -> None:
    phone, call = world.answered()
    outer = world.client.execute(call, "playback", "silence_stream://600", lock=False)
    world.client.event("PLAYBACK_START")
    inner = world.client.execute(call, "playback", "tone_stream://%(100,0,440)", lock=False)
    world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=outer)
    assert order(world, [outer, inner]) == [("begin", 0), ("begin", 1), ("end", 1), ("end", 0)]
    assert len(phone.heard) >= 600 * 8 + 800


def test_an_unknown_application_ends_the_call(world: World) -> None:
    _, call = world.answered()
    label = world.client.execute(call, "no_such_thing")
    assert world.client.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == "DESTINATION_OUT_OF_ORDER"
    assert label not in [event.get("Application-UUID") for event in world.client.events]


def test_a_label_has_a_name(world: World) -> None:
    _, call = world.answered()
    world.client.command(
        f"sendmsg {call}\ncall-command: execute\nexecute-app-name: set\nexecute-app-arg: a=b\n"
        "Event-UUID: the-id\nevent-uuid-name: greeting"
    )
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID="the-id")
    assert done["Application-UUID-Name"] == "greeting"


def test_an_application_that_fails_ends_only_its_call(world: World) -> None:
    from engine.sim.registry import APPLICATIONS

    def broken(_session: object, _argument: str) -> None:
        raise RuntimeError("on purpose")

    APPLICATIONS["broken"] = broken
    try:
        phone, call = world.answered()
        world.client.execute(call, "broken")
        assert phone.ended.wait(5)
        assert world.client.event("CHANNEL_HANGUP", Unique_ID=call)["Hangup-Cause"] == "DESTINATION_OUT_OF_ORDER"
        world.client.wait(lambda: world.client.api(f"uuid_exists {call}") == "false", "the end")
    finally:
        del APPLICATIONS["broken"]


def test_every_call_ends_with_one_hangup_complete_and_destroy(world: World) -> None:
    calls = []
    for number in range(6):
        phone, call = world.answered()
        world.client.execute(call, "playback", "silence_stream://5000")
        (phone.bye if number % 2 else lambda call=call: world.client.api(f"uuid_kill {call}"))()
        calls.append(call)
    for call in calls:
        world.client.event("CHANNEL_DESTROY", Unique_ID=call)
        names = world.client.names(call)
        assert [names.count(name) for name in ("CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE", "CHANNEL_DESTROY")] == [
            1,
            1,
            1,
        ]
    world.client.wait(lambda: not world.simulation.core.sessions, "no session left")
