import pytest

from engine.flow.function import FUNCTIONS
from engine.flow.kinds import KINDS
from engine.flow.reference import expressions_page, files_page, kinds_page, pages, rules_page
from engine.flow.rule import RULES


@pytest.mark.parametrize("name", ["kinds.md", "expressions.md", "rules.md", "files.md"])
def test_every_page_is_text_with_a_heading(name):
    text = pages()[name]()
    assert text.startswith("# ")
    assert text.endswith("\n")
    assert text == pages()[name]()


def test_every_kind_has_its_fields_and_example():
    text = kinds_page()
    for word in KINDS:
        assert f"\n## {word}\n" in text
        assert f"- {word}:" in text
    assert "| `timeout` | duration | 5s |" in text
    assert "| `choices` | map to target | required |" in text


def test_every_function_and_rule_is_listed():
    functions, rules = expressions_page(), rules_page()
    for function in FUNCTIONS.values():
        assert f"| `{function.signature}` |" in functions
    for name in RULES:
        assert f"| `{name}` |" in rules


def test_the_files_are_described():
    text = files_page()
    for field in ("`languages`", "`start`", "`unclaimed`", "`weekly`", "`number`", "`secret`", "`tone`"):
        assert field in text
