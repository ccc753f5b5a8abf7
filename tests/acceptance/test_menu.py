"""A menu: by key, by type-ahead, by silence, by wrong keys, each with its own prompt and way on."""

from pathlib import Path

from tests.acceptance.caller import calling
from tests.acceptance.engine_process import EngineProcess

MENU = "+442079460002"


def test_a_key_stops_the_prompt_and_chooses(engine: EngineProcess, tmp_path: Path) -> None:
    with calling(engine, MENU, tmp_path) as caller:
        caller.hears("welcome")
        caller.connect_media()
        caller.in_step("menu")
        caller.ear.press("1")
        caller.hears("chosen_one")
        assert caller.ends()["tags"] == {"choice": "1", "wrapped": "yes"}
        assert not caller.heard("main_menu")


def test_a_key_pressed_before_the_menu_is_taken_by_it(engine: EngineProcess, tmp_path: Path) -> None:
    with calling(engine, MENU, tmp_path) as caller:
        caller.connect_media()
        caller.in_step("play")
        caller.ear.press("2")
        caller.hears("chosen_two")
        assert caller.ends()["tags"] == {"choice": "2", "wrapped": "yes"}
        assert not caller.heard("main_menu")


def test_silence_has_its_own_prompt_and_way_out(engine: EngineProcess, tmp_path: Path) -> None:
    with calling(engine, MENU, tmp_path) as caller:
        caller.hears("main_menu")
        position = caller.hears("no_input")
        caller.hears("main_menu", since=position)
        caller.hears("goodbye_silent", since=position)
        assert caller.ends()["tags"] == {"choice": "none", "wrapped": "yes"}
        assert not caller.heard("invalid")


def test_a_wrong_key_has_its_own_prompt_and_way_out(engine: EngineProcess, tmp_path: Path) -> None:
    with calling(engine, MENU, tmp_path) as caller:
        caller.connect_media()
        caller.hears("main_menu")
        caller.ear.press("7")
        position = caller.hears("invalid")
        caller.hears("main_menu", since=position)
        caller.ear.press("8")
        caller.hears("goodbye_wrong")
        assert caller.ends()["tags"] == {"choice": "wrong", "wrapped": "yes"}
        assert not caller.heard("no_input")


def test_the_repeat_key_plays_the_menu_again(engine: EngineProcess, tmp_path: Path) -> None:
    with calling(engine, MENU, tmp_path) as caller:
        caller.connect_media()
        position = caller.hears("main_menu")
        caller.ear.press("*")
        caller.hears("main_menu", since=position)
        caller.ear.press("1")
        assert caller.ends()["tags"] == {"choice": "1", "wrapped": "yes"}
