"""Lists."""

import json

from tests.sim.conftest import World


def test_an_empty_list_has_no_rows(world: World) -> None:
    for what in ("channels", "calls", "registrations"):
        assert world.client.api(f"show {what} as json") == '{"row_count":0}'
    assert world.client.api("show channels").endswith("0 total.\n")
    assert world.client.api("show nonsense").startswith("-USAGE")


def test_a_call_is_listed(world: World) -> None:
    _, call = world.answered()
    listed = json.loads(world.client.api("show channels as json"))
    assert listed["row_count"] == 1
    row = listed["rows"][0]
    assert (row["uuid"], row["dest"], row["application"], row["read_codec"]) == (call, "1000", "answer", "PCMU")
    assert json.loads(world.client.api("show calls count as json")) == {"row_count": 1}
    assert call in world.client.api("show channels")
