"""Starting and stopping."""

import socket

import pytest

from engine.sim import SimSettings, Simulation


def test_ports_are_bound_after_start_and_free_after_stop() -> None:
    with Simulation(SimSettings()) as simulation:
        ports = simulation.esl_port, simulation.trunk_sip_port, simulation.agent_sip_port
        assert all(ports)
        with pytest.raises(OSError, match="in use"):
            Simulation(SimSettings(esl_port=ports[0])).start()
    for kind, port in ((socket.SOCK_STREAM, ports[0]), (socket.SOCK_DGRAM, ports[1])):
        with socket.socket(socket.AF_INET, kind) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("127.0.0.1", port))


def test_two_simulations_do_not_disturb_each_other() -> None:
    with Simulation(SimSettings()) as first, Simulation(SimSettings()) as second:
        assert first.core.core_uuid != second.core.core_uuid
    with Simulation(SimSettings(core_uuid="fixed")) as third:
        assert third.core.core_uuid == "fixed"
