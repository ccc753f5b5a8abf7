from engine.flow.rehearsal.coverage import CoverageMap
from engine.flow.rehearsal.coverage_report import CoverageReport, Share
from tests.flow.rehearsal.scripts import SHOP

MAP = CoverageMap.of(SHOP, ["main"])


def test_shares() -> None:
    assert str(Share(1, 4)) == "1/4"
    assert Share(1, 4).percent == 25.0
    assert Share(0, 0).percent == 100.0


def test_what_is_covered_and_what_is_not() -> None:
    first = MAP.points[0].number
    report = CoverageReport(MAP, {first})
    steps = [point for point in MAP.points if point.kind == "step"]
    assert report.flows == ["main"]
    assert report.share("step", flow="main") == Share(1, len(steps))
    assert report.share("step", "branch", "prompt").all == len(MAP.points)
    assert report.share("step", flow="other").all == 0
    missing = list(report.missing())
    assert first not in {point.number for point in missing}
    assert len(missing) == len(MAP.points) - 1
    assert missing == sorted(missing, key=lambda point: (point.place.file, point.place.line, point.place.column))


def test_for_programs() -> None:
    told = CoverageReport(MAP, {0}).as_json()
    assert told[0] == {
        "flow": "main", "kind": "step", "label": "answer", "file": "ivr_flows/0.flow.yaml", "line": 9, "column": 7,
        "covered": True,
    }  # fmt: skip
    assert not told[1]["covered"]
