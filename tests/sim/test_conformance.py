"""The simulated switch against dialogues recorded from a real one."""

from __future__ import annotations

import json
from pathlib import Path

import gevent.pool
import pytest

from engine.sim import SimSettings, Simulation
from tests.sim.conformance import Outcome, Replay, differences, make_sounds, names, trace
from tests.sim.event_socket import EventSocket
from tests.sim.sip_peer import SipPeer, answers_after

AT_ONCE = 12


@pytest.fixture(scope="module")
def replays(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Replay, Outcome]]:
    """Every dialogue, replayed side by side: they mostly wait."""
    root: Path = tmp_path_factory.mktemp("dialogues")
    pool = gevent.pool.Pool(AT_ONCE)
    made = {name: Replay(name, root / name) for name in names()}
    jobs = {name: pool.spawn(replay.run) for name, replay in made.items()}
    return {name: (made[name], job.get()) for name, job in jobs.items()}


@pytest.mark.parametrize("name", names())
def test_dialogue_goes_as_recorded(name: str, replays: dict[str, tuple[Replay, Outcome]]) -> None:
    replay, outcome = replays[name]

    found = list(differences(outcome, replay.ids))

    assert not found, "\n".join(found)


def test_a_successor_finds_the_calls_of_its_predecessor(tmp_path: Path) -> None:
    """`resync_after_reconnect`: the commands and texts with which a second client learns what is going on."""
    items = trace("resync_after_reconnect")
    recorded = [item["body"] for item in items if item["dir"] == "reply" and item.get("body")]
    make_sounds(tmp_path)
    with Simulation(SimSettings(sounds_dir=tmp_path, treatment_after=0)) as simulation:
        caller, agent = SipPeer(), SipPeer("agent", behaviour=answers_after(0))
        first = EventSocket(simulation.esl_port)
        caller.call(simulation.trunk_sip_port)
        call = first.event("CHANNEL_PARK")["Unique-ID"]
        first.run(call, "answer")
        first.run(call, "set", "engine_flow=main")
        leg = f"sofia/internal/agent@127.0.0.1:{agent.port}"
        assert first.api(f"originate {{ignore_early_media=true}}{leg} &park()").startswith("+OK ")
        first.execute(call, "playback", "silence_stream://6000")
        first.event("PLAYBACK_START")
        first.close()

        second = EventSocket(simulation.esl_port, events="json CHANNEL_HANGUP CHANNEL_EXECUTE_COMPLETE PLAYBACK_STOP")
        channels = json.loads(second.api("show channels as json"))
        calls = json.loads(second.api("show calls as json"))
        dump = json.loads(second.api(f"uuid_dump {call} json"))
        texts = [
            second.api(f"uuid_exists {call}"),
            second.api(f"uuid_getvar {call} engine_flow"),
            second.api(f"uuid_getvar {call} not_set"),
            second.api(f"uuid_setvar {call} a b"),
            second.api(f"uuid_kill {call}"),
        ]
        completion = second.event("CHANNEL_EXECUTE_COMPLETE", Application="playback")
        caller.close()
        agent.close()

    theirs = [json.loads(body) for body in recorded[:3]]
    assert set(channels["rows"][0]) == set(theirs[0]["rows"][0])
    assert set(calls["rows"][0]) == set(theirs[1]["rows"][0])
    mine = next(row for row in channels["rows"] if row["uuid"] == call)
    assert (mine["application"], mine["application_data"]) == ("playback", "silence_stream://6000")
    assert (mine["state"], mine["callstate"], mine["direction"]) == ("CS_EXECUTE", "ACTIVE", "inbound")
    engine_reads = {key for key in theirs[2] if not key.startswith("variable_")} | {"variable_current_application"}
    assert engine_reads <= set(dump)
    assert dump["variable_engine_flow"] == "main"
    assert texts == recorded[3:8]
    assert completion["Hangup-Cause"] == "NORMAL_CLEARING"
