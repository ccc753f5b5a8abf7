import re
from pathlib import Path

import pytest

import engine.flow.check  # noqa: F401  it makes all rules known
from engine.flow.document import Place
from engine.flow.rule import RULES, Rule, rule

TESTS = "\n".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_is_explained_and_tested(name):
    assert re.match(r"^[a-z]+(-[a-z]+)*$", name) or name == "schema"
    assert RULES[name].description.endswith(".")
    is_tested = f'"{name}"' in TESTS
    assert is_tested, "no test names this rule"


def test_a_finding_of_a_rule():
    finding = Rule("some-rule", "warning", "It is odd.").at(Place("f", 1, 2), "odd")
    assert str(finding) == "f:1:2: warning: odd [some-rule]"


def test_a_rule_is_declared_once():
    with pytest.raises(AssertionError):
        rule("schema", "error", "Again.")
