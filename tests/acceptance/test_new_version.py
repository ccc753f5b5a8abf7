"""Flows are edited while callers are served."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.caller import Caller, calling
from tests.acceptance.engine_process import EngineProcess, until

MENU = "+442079460002"


@pytest.fixture
def menu(engine: EngineProcess) -> Iterator[Path]:
    """The file of the menu; afterwards it is as it was, and the engine has read it."""
    file = engine.project / "ivr_flows" / "menu.flow.yaml"
    before = file.read_text()
    yield file
    bundle = bundle_now(engine)
    file.write_text(before)
    assert until(lambda: bundle_now(engine) != bundle, 10.0)


def lines(engine: EngineProcess, since: int) -> list[dict[str, Any]]:
    """What the engine logged, as far as it is JSON."""
    written = engine.text(since).decode(errors="replace").splitlines()
    return [json.loads(line) for line in written if line.startswith("{")]


def bundle_now(engine: EngineProcess) -> str:
    """The newest version the engine has spoken of."""
    named = [line["bundle"] for line in lines(engine, 0) if line.get("event") == "new version of the flows"]
    return str(named[-1]) if named else ""


def version_of(caller: Caller) -> str:
    return str(caller.event("flow.started")["data"]["bundle"])


def test_a_bad_edit_changes_nothing_and_a_good_one_serves_new_callers(
    engine: EngineProcess, menu: Path, tmp_path: Path
) -> None:
    good = menu.read_text()
    logged = engine.log.stat().st_size
    with calling(engine, MENU, tmp_path / "before") as before:
        first = version_of(before)
        before.connect_media()
        before.ear.press("2")
        assert before.ends()["tags"] == {"choice": "2", "wrapped": "yes"}

    menu.write_text(good.replace('"2": chosen_two', '"2": chosen_too'))
    at = good.splitlines().index('          "2": chosen_two') + 1
    told = f"ivr_flows/menu.flow.yaml:{at}:16: error:"
    assert until(lambda: told in engine.text(logged).decode(), 10.0), engine.text(logged).decode()[-3000:]
    assert until(lambda: "the version before stays" in engine.text(logged).decode(), 5.0)
    assert "Traceback" not in engine.text(logged).decode()

    with calling(engine, MENU, tmp_path / "during") as during:
        during.connect_media()
        assert version_of(during) == first
        during.hears("welcome")
        menu.write_text(good.replace('tag: {choice: "1"}', 'tag: {choice: "new"}'))
        assert until(lambda: "new version of the flows" in engine.text(logged).decode(), 10.0)
        with calling(engine, MENU, tmp_path / "after") as after:
            after.connect_media()
            assert version_of(after) != first
            after.in_step("play")
            after.ear.press("1")
            during.ear.press("1")
            assert after.ends()["tags"] == {"choice": "new", "wrapped": "yes"}
            assert during.ends()["tags"] == {"choice": "1", "wrapped": "yes"}, "a live call keeps its version"
