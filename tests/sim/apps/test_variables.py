"""Setting variables from inside the call."""

from tests.sim.conftest import World


def value(world: World, call: str, name: str) -> str:
    return world.client.api(f"uuid_getvar {call} {name}")


def test_set_and_unset(world: World) -> None:
    _, call = world.answered()
    world.client.run(call, "set", "a=b=c")
    assert value(world, call, "a") == "b=c"
    world.client.run(call, "set", "a=")
    assert value(world, call, "a") == "_undef_"
    world.client.run(call, "set", "a=1")
    world.client.run(call, "unset", "a")
    assert value(world, call, "a") == "_undef_"
    world.client.run(call, "set", "n=${caller_id_number}-${caller_id_name}")
    assert value(world, call, "n") == "sipp-sipp"


def test_multiset(world: World) -> None:
    _, call = world.answered()
    world.client.run(call, "multiset", "a=1 b=2")
    world.client.run(call, "multiset", "^^;c=x y;d=4")
    assert [value(world, call, name) for name in "abcd"] == ["1", "2", "x y", "4"]


def test_set_expands_by_itself_even_where_arguments_do_not(world: World) -> None:
    _, call = world.answered()
    world.client.run(call, "set", "x=1")
    world.client.run(call, "set", "app_disable_expand_variables=true")
    world.client.run(call, "set", "y=${x}")
    assert value(world, call, "y") == "1"


def test_hostile_text_runs_nothing(world: World) -> None:
    _, call = world.answered()
    world.client.run(call, "set", "x=${system(id)}")
    assert value(world, call, "x") == "<API Execute Permission Denied>"


def test_export_lists_its_names(world: World) -> None:
    _, call = world.answered()
    world.client.run(call, "export", "a=1")
    world.client.run(call, "export", "b=2")
    assert value(world, call, "export_vars") == "a,b"
