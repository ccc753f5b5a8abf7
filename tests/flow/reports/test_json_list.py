import json

from engine.flow.document import Place
from engine.flow.finding import Finding
from engine.flow.reports.json_list import json_list
from engine.flow.suppression import Suppressed

WRONG = Finding(Place("a.yaml", 3, 7), "error", "unknown-target", 'no block "é"')
HIDDEN = Finding(Place("a.yaml", 9, 1), "warning", "long-menu", "too long")


def test_every_finding_with_its_place():
    first, second = json.loads(json_list([WRONG], [Suppressed(HIDDEN, "on purpose")]))
    assert first == {
        "file": "a.yaml", "line": 3, "column": 7, "severity": "error", "rule": "unknown-target",
        "message": 'no block "é"', "suppressed": None,
    }  # fmt: skip
    assert (second["rule"], second["suppressed"]) == ("long-menu", "on purpose")
    assert json_list([]) == "[]"
