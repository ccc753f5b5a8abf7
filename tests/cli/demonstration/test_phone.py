"""A phone made of SIPp and an ear: it calls a simulated switch, or says why it cannot."""

from pathlib import Path

import pytest

from engine.cli.demonstration.phone import HOST, SCENARIOS, Phone, free_port
from engine.core.errors import ControlError
from engine.sim import SimSettings, Simulation


@pytest.mark.sip
def test_it_registers_with_the_right_password_only(tmp_path: Path) -> None:
    with Simulation(SimSettings(users={"alice": "wonderland-7"}, domain="example.test")) as switch:
        words: dict[str, str | int] = {"domain": "example.test", "phone_port": free_port()}
        for password, well in (("wonderland-7", True), ("wrong", False)):
            with Phone(
                "register", tmp_path / password, service="alice", remote=(HOST, switch.agent_sip_port),
                login=("alice", password), keywords=words,
            ) as phone:  # fmt: skip
                assert phone.went_well(15.0) is well
                assert well or phone.last_words()


@pytest.mark.sip
def test_a_waiting_phone_is_bound_and_ends_when_it_is_let_go(tmp_path: Path) -> None:
    with Phone("agent", tmp_path, service="alice") as phone:
        phone.wait_bound()
        assert not phone.went_well(0.01)


def test_a_machine_without_sipp_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ControlError, match="apt-get install sip-tester"):
        Phone("agent", tmp_path, service="alice")


def test_every_scenario_is_there() -> None:
    assert {file.stem for file in SCENARIOS.glob("*.xml")} == {"agent", "register", "caller_stays", "caller_leaves"}
