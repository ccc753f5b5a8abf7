import json

from engine.flow.check import CHECKS
from engine.flow.document import Place
from engine.flow.finding import Finding
from engine.flow.reports.sarif import sarif
from engine.flow.rule import RULES
from engine.flow.suppression import Suppressed

WRONG = Finding(Place("ivr_flows/my flow.yaml", 3, 7), "error", "unknown-target", "no block")
HINT = Finding(Place("/else/a.yaml", 0, 0), "info", "not-in-the-list", "hm")
HIDDEN = Finding(Place("a.yaml", 9, 1), "warning", "switch-without-default", "no default")


def test_a_run_of_the_checks():
    assert CHECKS, "importing them declares their rules"
    log = json.loads(sarif([WRONG, HINT], "1.2.3", [Suppressed(HIDDEN, "on purpose")]))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("switchboard", "1.2.3")
    wrong, hint, hidden = run["results"]
    assert [result["level"] for result in run["results"]] == ["error", "note", "warning"]
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    place = wrong["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "ivr_flows/my%20flow.yaml"}
    assert place["region"] == {"startLine": 3, "startColumn": 7}
    assert "suppressions" not in wrong
    place = hint["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "file:///else/a.yaml"}
    assert place["region"] == {"startLine": 1, "startColumn": 1}, "lines and columns begin with 1"
    assert hidden["suppressions"] == [{"kind": "inSource", "justification": "on purpose"}]


def test_every_rule_is_explained_once():
    (run,) = json.loads(sarif([], "1.2.3"))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted(RULES)
    assert all(rule["shortDescription"]["text"] and rule["defaultConfiguration"]["level"] for rule in rules)
    assert run["results"] == [], "an empty list says that nothing was found; none at all that nobody looked"
