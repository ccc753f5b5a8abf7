from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from engine.core.errors import FlowError
from engine.flow.expression import Expression
from engine.flow.function import FUNCTIONS

SCOPE = {
    "vars": {"tries": 3, "name": "Ann", "pin": "0123", "nothing": None, "from": "x"},
    "session": {"vip": True, "account": {"tier": "gold", "tickets": [1, 2, 3]}},
    "call": {"caller": "+442079460000"},
    "@now": 1_795_000_000.0,
    "@timezone": "Europe/London",
    "@secret": "hidden",
}


def value(text, **extra):
    return Expression.compile(text).evaluate({**SCOPE, **extra})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vars.tries > 2 and session.vip and vars.name == 'Ann'", True),
        ("vars.tries + 1", 4),
        ("7 / 2", 3.5),
        ("7 // 2", 3),
        ("7 % 4", 3),
        ("2 + 3 * 4 - 1", 13),
        ("-vars.tries", -3),
        ("'a' + 'b'", "ab"),
        ("[1] + [2]", [1, 2]),
        ("1 < vars.tries < 5", True),
        ("1 < vars.tries < 2", False),
        ("not session.vip", False),
        ("false or 'x'", "x"),
        ("'a' if session.vip else 'b'", "a"),
        ("session.account.tier", "gold"),
        ("session['account']['tier']", "gold"),
        ("session.account.tickets[0]", 1),
        ("session.account.tickets[-1]", 3),
        ("vars['from']", "x"),
        ("2 in session.account.tickets", True),
        ("'tier' in session.account", True),
        ("'nn' in vars.name", True),
        ("4 not in [1, 2]", True),
        ("{'a': vars.tries}.a", 3),
        ("(vars.name)", "Ann"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("vars.nothing == null", True),
        ("1 == true", False),
        ("'1' == 1", False),
        ("1 == 1.0", True),
        ("vars.tries\n  > 2", True),
        ("default(vars.nope, 5)", 5),
        ("default(vars.nothing, 5)", 5),
        ("default(vars.tries, 1 / 0)", 3),
        ("coalesce(vars.nope, '', vars.name)", "Ann"),
        ("coalesce(vars.nope)", None),
        ("session.account == {'tier': 'gold', 'tickets': [1, 2, 3]}", True),
    ],
)
def test_values(text, expected):
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("vars.nmae", 'did you mean "name"'),
        ("session.account.teir", 'session.account.teir is not defined, did you mean "tier"'),
        ("var.name", 'did you mean "vars"'),
        ("vars.nothing.x", "no map before it but null"),
        ("vars.name.x", "no map before it but a text"),
        ("session.account.tickets[3]", "the list has 3 items"),
    ],
)
def test_what_does_not_exist_is_undefined(text, told):
    with pytest.raises(FlowError) as caught:
        value(text)
    assert caught.value.name == "expr.undefined"
    assert told in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "vars.name + 1",
        "vars.name * 3",
        "vars.name < 3",
        "true + 1",
        "-vars.name",
        "1 / 0",
        "1 // 0",
        "1 % 0",
        "1 in 2",
        "1 in 'abc'",
        "[1] < [2]",
        "null < 1",
        "upper(5)",
        "session.account.tickets['a']",
        "default(1 / 0, 2)",
    ],
)
def test_wrong_types_and_division_by_zero_are_type_errors(text):
    with pytest.raises(FlowError) as caught:
        value(text)
    assert caught.value.name == "expr.type"


@pytest.mark.parametrize(
    ("text", "rule", "told", "column"),
    [
        ("vars.a && vars.b", "expr-syntax", 'write "and" instead of "&&"', 8),
        ("vars.a || vars.b", "expr-syntax", 'write "or" instead of "||"', 8),
        ("!vars.a", "expr-syntax", 'write "not" instead of "!"', 1),
        ("vars.a = 1", "expr-syntax", 'write "==" to compare', None),
        ("vars.a ? 1 : 2", "expr-syntax", "a if condition else b", None),
        ("${vars.a}", "expr-syntax", "already inside", None),
        ("vars.from", "expr-syntax", "x['name']", None),
        ("vars.a # note", "expr-syntax", "comment", 7),
        ("", "expr-syntax", "empty", 1),
        ("\0", "expr-syntax", "", None),
        ("2 ** 9", "expr-unsupported", '"**"', 1),
        ("[x for x in vars.a]", "expr-unsupported", "a loop", 1),
        ("lambda: 1", "expr-unsupported", "a lambda", 1),
        ("vars.a.upper()", "expr-unsupported", "no methods", 1),
        ("f'{vars.a}'", "expr-unsupported", "f'...'", 1),
        ("b'a'", "expr-unsupported", "", 1),
        ("1j", "expr-unsupported", "", 1),
        ("...", "expr-unsupported", "", 1),
        ("vars.a is null", "expr-unsupported", '"=="', 1),
        ("vars.a[1:2]", "expr-unsupported", "slice(", None),
        ("{vars.a: 1}", "expr-unsupported", "texts in quotes", 2),
        ("{**vars}", "expr-unsupported", "", None),
        ("(x := 1)", "expr-unsupported", '":="', 2),
        ("~1", "expr-unsupported", "", 1),
        ("1 | 2", "expr-unsupported", 'write "or"', 1),
        ("10 ** 1000", "expr-unsupported", "", 1),
        ("1" * 40, "expr-unsupported", "too large", 1),
        ("1e999", "expr-unsupported", "too large", 1),
        ("1 + " * 200 + "1", "expr-unsupported", "500", 1),
        ("[" * 40 + "]" * 40, "expr-unsupported", "30 deep", None),
        ("lowr(vars.a)", "unknown-function", 'did you mean "lower"', 1),
        ("upper()", "expr-type", "upper(text)", 1),
        ("upper('a', 'b')", "expr-type", "upper(text)", 1),
        ("min()", "expr-type", "min(values, ...)", 1),
        ("upper(text='a')", "expr-unsupported", "in order", 1),
        ("max(*vars.a)", "expr-unsupported", "in order", 1),
        ("matches(vars.a, vars.b)", "bad-pattern", "in quotes", 17),
        ("matches(vars.a, '(')", "bad-pattern", "is missing", 17),
        ("1 and  (2 || 3)", "expr-syntax", "or", 11),
    ],
)
def test_what_cannot_be_read_says_why_and_where(text, rule, told, column):
    with pytest.raises(PydanticCustomError) as caught:
        Expression.compile(text)
    assert caught.value.type == rule
    assert told in caught.value.message()
    if column is not None:
        assert caught.value.context["column"] == column


def test_columns_count_characters_and_start_at_the_offset():
    with pytest.raises(PydanticCustomError) as caught:
        Expression.compile("'é€' + lowr('x')", offset=10)
    assert caught.value.context["column"] == 18
    assert Expression.compile("  vars.a", offset=4).reads[0].column == 7


def test_names_are_the_dotted_paths_it_reads():
    expression = Expression.compile("vars.a + session['x'].y + default(inputs.z, 1)")
    assert expression.names == {("vars", "a"), ("session", "x", "y"), ("inputs", "z")}
    assert [read.path for read in expression.reads if read.guarded] == [("inputs", "z")]


def test_what_the_engine_keeps_in_the_scope_cannot_be_read():
    with pytest.raises(PydanticCustomError):
        Expression.compile("@secret")
    with pytest.raises(FlowError) as caught:
        value("secret")
    assert "hidden" not in caught.value.message
    assert "@" not in caught.value.message


def test_attributes_of_objects_are_out_of_reach():
    for text in ("vars.__class__", "vars.keys", "vars.name.__len__", "(1).real", "session.account.get"):
        with pytest.raises(FlowError) as caught:
            value(text)
        assert caught.value.name == "expr.undefined"


def test_repeated_growth_ends_with_an_error():
    scope = {"vars": {"n": 10, "t": "x", "l": [1]}}

    def grow(name, source):
        for _ in range(200):
            scope["vars"][name] = Expression.compile(source).evaluate(scope)

    for name, source in (("n", "vars.n * vars.n"), ("t", "vars.t + vars.t"), ("l", "[vars.l, vars.l]")):
        with pytest.raises(FlowError) as caught:
            grow(name, source)
        assert caught.value.name == "expr.type"


words = st.sampled_from(
    [
        *(
            "vars",
            "vars.a",
            "session.b['c']",
            "call",
            "1",
            "'x'",
            "true",
            "null",
            "[",
            "]",
            "(",
            ")",
            "{",
            "}",
            ":",
            ",",
        ),
        *(".", "and", "or", "not", "in", "if", "else", "==", "<", "+", "-", "*", "/", "%", "**", "=", "!", "&&", "x"),
        *("lambda", "for", "__class__", "\\", "'", '"', "#", "\n", "é", *FUNCTIONS),
    ]
)
lists_of_words = st.lists(words, max_size=15)


def scope_for(text):
    """Some values, with what the engine adds."""
    return {"vars": {"a": 1}, "session": {"b": {"c": text}}, "call": {}, "other": 1, "@now": 0.0, "@timezone": "UTC"}


@given(st.one_of(st.text(max_size=80), lists_of_words.map(" ".join), lists_of_words.map("".join)))
@settings(max_examples=500)
def test_any_text_compiles_or_is_the_declared_error(text):
    outcome = "expr-"
    try:
        Expression.compile(text).evaluate(scope_for("x"))
    except PydanticCustomError as error:
        outcome = error.type
    except FlowError as error:
        outcome = error.name
    assert outcome.startswith(("expr-", "expr.", "bad-pattern", "slow-pattern", "unknown-function"))


class Watched(dict):
    """A map that knows what was read of it."""

    def __init__(self, content):
        super().__init__(content)
        self.read = set()

    def __getitem__(self, key):
        self.read.add(key)
        return super().__getitem__(key)

    def get(self, key, default=None):
        self.read.add(key)
        return super().get(key, default)


@given(st.lists(words, max_size=12).map(" ".join))
@settings(max_examples=300)
def test_an_expression_reads_only_the_names_it_declares(text):
    try:
        expression = Expression.compile(text)
    except PydanticCustomError:
        return
    scope = Watched(scope_for("x"))
    with suppress(FlowError):
        expression.evaluate(scope)
    roots = {path[0] for path in expression.names}
    assert {name for name in scope.read if not name.startswith("@")} <= roots
