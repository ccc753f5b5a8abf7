"""A flow as plain data."""

import orjson

from engine.api.flow_shape import flow_shape, flow_summary
from engine.flow.kinds import KINDS
from engine.flow.loader import load
from tests.rules.source import ROOT


def test_every_flow_we_ship_can_be_written_as_json() -> None:
    folder = ROOT
    sources = {
        str(path.relative_to(folder)): path.read_bytes()
        for name in ("ivr_flows", "dialplans")
        for path in (folder / name).rglob("*.yaml")
    }
    bundle = load(sources).bundle
    assert bundle is not None
    for flow in bundle.flows.values():
        shape = flow_shape(flow, bundle)
        assert orjson.loads(orjson.dumps(shape))["name"] == flow.name
        assert flow_summary(flow)["blocks"] == len(shape["blocks"])
        for block in shape["blocks"]:
            for step in block["steps"]:
                assert step["kind"] in KINDS
                assert step["line"] >= block["line"] or flow.place.file not in sources
