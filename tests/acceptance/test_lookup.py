"""A web service is asked about the caller: it answers at once, late, never, badly, or with ill intent."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.acceptance.at_once import at_once
from tests.acceptance.caller import calling
from tests.acceptance.engine_process import EngineProcess
from tests.acceptance.event_socket_users import users_of
from tests.acceptance.ledger import whole_story
from tests.acceptance.web_service import HOSTILE, WebService

LOOKUP = "+442079460009"
HOSTILE_PATH = "../../admin?x=1&y"


def looked_up(engine: EngineProcess, folder: Path, name: str) -> tuple[dict[str, Any], dict[str, bool]]:
    """The tags of a call in which the service was asked for a name, and which prompts were heard."""
    with calling(engine, LOOKUP, folder, keys={"caller_name": name}) as caller:
        tags = caller.ends()["tags"]
        prompts = ("one_moment", "chosen_one", "chosen_two", "goodbye_wrong")
        heard = {prompt: caller.heard(prompt) for prompt in prompts}
    assert isinstance(tags, dict)
    whole_story(engine, caller.call)
    return tags, heard


def said(*prompts: str) -> dict[str, bool]:
    return {name: name in prompts for name in ("one_moment", "chosen_one", "chosen_two", "goodbye_wrong")}


def test_a_service_answers_well_late_badly_not_at_all_or_with_ill_intent(
    engine: EngineProcess, service: WebService, tmp_path: Path
) -> None:
    connections = users_of(engine.switch)
    assert connections
    names = ("quick", "slow", "never", "broken", "garbage", "hostile", HOSTILE_PATH)
    found = at_once({name: lambda name=name: looked_up(engine, tmp_path, name) for name in names})
    assert found == {
        "quick": ({"tier": "gold"}, said("chosen_one")),
        "slow": ({"tier": "gold"}, said("one_moment", "chosen_one")),
        "never": ({"tier": "timeout"}, said("one_moment", "chosen_two")),
        "broken": ({"tier": "failed", "error": "http.status.500"}, said("goodbye_wrong")),
        "garbage": ({"tier": "failed", "error": "http.body"}, said("goodbye_wrong")),
        "hostile": ({"tier": HOSTILE}, said("chosen_one")),
        HOSTILE_PATH: ({"tier": "gold"}, said("chosen_one")),
    }
    assert {f"/tier/{quote(name, safe='')}" for name in names} <= set(service.asked), "a name stays in its place"
    assert users_of(engine.switch) == connections, "the event socket stays as it was"
