"""Variables from outside."""

import json

from tests.sim.conftest import World


def test_setvar_expands_nothing(world: World) -> None:
    _, call = world.parked()
    text = "a ${system id} ${caller_id_number} %0A 'q'"
    assert world.client.api(f"uuid_setvar {call} note {text}") == "+OK\n"
    assert world.client.api(f"uuid_getvar {call} note") == text
    assert world.client.api(f"uuid_setvar {call} note") == "+OK\n"
    assert world.client.api(f"uuid_getvar {call} note") == "_undef_"


def test_several_at_once(world: World) -> None:
    _, call = world.parked()
    assert world.client.api(f"uuid_setvar_multi {call} a=1;b=2 3;c=") == "+OK\n"
    assert [world.client.api(f"uuid_getvar {call} {name}") for name in "abc"] == ["1", "2 3", "_undef_"]


def test_errors(world: World) -> None:
    for name, usage in (
        ("uuid_setvar", "<var> [value]"),
        ("uuid_getvar", "<var>"),
        ("uuid_setvar_multi", "<var>=<value>"),
    ):
        assert usage in world.client.api(name)
        assert world.client.api(f"{name} nobody a=b c") == "-ERR No such channel!\n"
    assert world.client.api("uuid_dump nobody json") == "-ERR No such channel!\n"


def test_dump_in_both_formats(world: World) -> None:
    _, call = world.parked()
    assert json.loads(world.client.api(f"uuid_dump {call} json"))["Unique-ID"] == call
    assert f"Unique-ID: {call}\n" in world.client.api(f"uuid_dump {call}")


def test_global_variables(world: World) -> None:
    assert world.client.api("global_setvar colour=blue") == "+OK"
    assert world.client.api("global_getvar colour") == "blue"
    assert "domain=switchboard.local\n" in world.client.api("global_getvar")
    _, call = world.answered()
    assert world.client.run(call, "set", "c=${colour}")["variable_c"] == "blue"
    world.client.api("global_setvar colour=")
    assert world.client.api("global_getvar colour") == "-ERR no reply\n"
