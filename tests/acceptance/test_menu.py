"""A menu: by key, by type-ahead, by silence, by wrong keys, each with its own prompt and way on."""

from collections.abc import Callable
from pathlib import Path

from tests.acceptance.at_once import at_once
from tests.acceptance.caller import Caller, calling
from tests.acceptance.engine_process import EngineProcess
from tests.acceptance.ledger import whole_story

MENU = "+442079460002"


def a_key_stops_the_prompt_and_chooses(caller: Caller) -> str:
    caller.hears("welcome")
    caller.connect_media()
    caller.in_step("menu")
    caller.ear.press("1")
    caller.hears("chosen_one")
    choice = chosen(caller)
    assert not caller.heard("main_menu")
    return choice


def a_key_pressed_before_the_menu_is_taken_by_it(caller: Caller) -> str:
    caller.connect_media()
    caller.in_step("play")
    caller.ear.press("2")
    caller.hears("chosen_two")
    choice = chosen(caller)
    assert not caller.heard("main_menu")
    return choice


def silence_has_its_own_prompt_and_way_out(caller: Caller) -> str:
    caller.hears("main_menu")
    position = caller.hears("no_input")
    caller.hears("main_menu", since=position)
    caller.hears("goodbye_silent", since=position)
    choice = chosen(caller)
    assert not caller.heard("invalid")
    return choice


def a_wrong_key_has_its_own_prompt_and_way_out(caller: Caller) -> str:
    caller.connect_media()
    caller.hears("main_menu")
    caller.ear.press("7")
    position = caller.hears("invalid")
    caller.hears("main_menu", since=position)
    caller.ear.press("8")
    caller.hears("goodbye_wrong")
    choice = chosen(caller)
    assert not caller.heard("no_input")
    return choice


def the_repeat_key_plays_the_menu_again(caller: Caller) -> str:
    caller.connect_media()
    position = caller.hears("main_menu")
    caller.ear.press("*")
    caller.hears("main_menu", since=position)
    caller.ear.press("1")
    return chosen(caller)


def chosen(caller: Caller) -> str:
    """Which way out the call took."""
    tags = caller.ends()["tags"]
    assert isinstance(tags, dict)
    assert tags["wrapped"] == "yes"
    return str(tags["choice"])


WAYS: dict[Callable[[Caller], str], str] = {
    a_key_stops_the_prompt_and_chooses: "1",
    a_key_pressed_before_the_menu_is_taken_by_it: "2",
    silence_has_its_own_prompt_and_way_out: "none",
    a_wrong_key_has_its_own_prompt_and_way_out: "wrong",
    the_repeat_key_plays_the_menu_again: "1",
}


def test_every_way_through_a_menu(engine: EngineProcess, tmp_path: Path) -> None:
    def goes(way: Callable[[Caller], str]) -> str:
        with calling(engine, MENU, tmp_path) as caller:
            choice = way(caller)
        whole_story(engine, caller.call)
        return choice

    found = at_once({way.__name__: lambda way=way: goes(way) for way in WAYS})
    assert found == {way.__name__: choice for way, choice in WAYS.items()}
