import pytest

from engine.flow.expression import Expression
from engine.flow.expression_types import infer, is_constant

TYPES = {
    ("vars", "pin"): "digits",
    ("vars", "name"): "text",
    ("vars", "n"): "number",
    ("vars", "ok"): "bool",
    ("vars", "l"): "list",
    ("vars", "m"): "map",
}


def look(text):
    return infer(Expression.compile(text), lambda path: TYPES.get(path, "any"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("vars.pin", "digits"),
        ("vars.n + 1", "number"),
        ("vars.name + 'x'", "text"),
        ("vars.pin + 'x'", "text"),
        ("vars.n > 2", "bool"),
        ("not vars.n", "bool"),
        ("-vars.n", "number"),
        ("1 if vars.ok else 2", "number"),
        ("1 if vars.ok else 'x'", "any"),
        ("[1]", "list"),
        ("{'a': 1}", "map"),
        ("upper(vars.name)", "text"),
        ("int(vars.pin)", "any"),
        ("len(vars.l)", "number"),
        ("vars.m.x", "any"),
        ("vars.l[vars.n]", "any"),
        ("true", "bool"),
        ("null", "null"),
        ("vars.n and vars.n", "number"),
    ],
)
def test_types(text, kind):
    assert look(text) == (kind, [])


@pytest.mark.parametrize(
    ("text", "rule", "told", "column"),
    [
        ("vars.pin == 1234", "digits-compared-with-number", "compare with '1234' in quotes", 1),
        ("vars.ok and 5 < vars.pin", "digits-compared-with-number", "int(...)", 13),
        ("vars.name == 1", "expr-type", "use int(...) or str(...)", 1),
        ("vars.ok == 'true'", "expr-type", "never equal", 1),
        ("vars.l < vars.l", "expr-type", "no order", 1),
        ("vars.name + 1", "expr-type", '"+" between text and a number', 1),
        ("vars.n * vars.name", "expr-type", "use int(...)", 10),
        ("-vars.name", "expr-type", "needs numbers", 1),
        ("upper(vars.n)", "expr-type", "text must be text, not a number", 7),
        ("'a' in vars.n", "expr-type", "looks into", 1),
        ("[vars.name - 1]", "expr-type", "needs numbers", 2),
    ],
)
def test_mistakes(text, rule, told, column):
    mistakes = look(text)[1]
    assert [(mistake.rule, mistake.column) for mistake in mistakes] == [(rule, column)]
    assert told in mistakes[0].message


@pytest.mark.parametrize(
    "text", ["vars.pin == '1234'", "vars.n == null", "vars.unknown == 1", "1 in vars.l", "max(vars.n, 2)"]
)
def test_what_may_be_right_is_no_mistake(text):
    assert look(text)[1] == []


def test_constants():
    assert is_constant(Expression.compile("1 > 2"))
    assert not is_constant(Expression.compile("weekday() == 'sun'"))
    assert not is_constant(Expression.compile("vars.n"))
