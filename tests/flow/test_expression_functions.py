import pytest

from engine.core.errors import FlowError
from engine.flow.expression import Expression

SCOPE = {"vars": {"big": ["x" * 100] * 200, "many": ["a"] * 9000}, "@now": 0.0, "@timezone": "UTC", "@country": "GB"}


def value(text):
    return Expression.compile(text).evaluate(SCOPE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("len('abc')", 3),
        ("len([1, 2])", 2),
        ("len({'a': 1})", 1),
        ("lower('ÀB')", "àb"),
        ("upper('ab')", "AB"),
        ("trim('  a ')", "a"),
        ("int('042')", 42),
        ("int(3.9)", 3),
        ("int(true)", 1),
        ("int('x', 0)", 0),
        ("number('1.50')", 1.5),
        ("number('7')", 7),
        ("number('1e9', -1)", -1),
        ("number('nan', -1)", -1),
        ("str(1.0)", "1"),
        ("str(true)", "true"),
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(1.2345, 2)", 1.23),
        ("min(3, 1, 2)", 1),
        ("max([3, 1, 2])", 3),
        ("max('a', 'b')", "b"),
        ("abs(-4)", 4),
        ("contains('abc', 'b')", True),
        ("contains([1, 2], 3)", False),
        ("contains({'a': 1}, 'a')", True),
        ("starts_with('+44', '+')", True),
        ("ends_with('abc', 'c')", True),
        ("matches('AB12', '[A-Z]{2}[0-9]+')", True),
        ("matches('AB12x', '[A-Z]{2}[0-9]+')", False),
        ("replace('a-b-c', '-', '')", "abc"),
        ("split('a,b', ',')", ["a", "b"]),
        ("split(' a  b ')", ["a", "b"]),
        ("join(['a', 1, true])", "a, 1, true"),
        ("join([], '-')", ""),
        ("first('abc')", "a"),
        ("first([])", None),
        ("last([1, 2])", 2),
        ("slice('abcdef', 1, 3)", "bc"),
        ("slice('abcdef', -2)", "ef"),
        ("slice([1, 2, 3], 1)", [2, 3]),
        ("pad(7, 3)", "007"),
        ("pad('ab', 4, '*')", "**ab"),
        ("spell('A12')", "A 1 2"),
        ("spell(123)", "1 2 3"),
        ("e164('020 7946 0000')", "+442079460000"),
        ("e164('(202) 555-0123', 'us')", "+12025550123"),
        ("e164('112')", None),
        ("country('+33 1 09 75 83 51')", "FR"),
        ("country('nobody')", None),
        ("national('+442079460000')", "020 7946 0000"),
        ("luhn('79927398713')", True),
        ("luhn('79927398710')", False),
        ("luhn('')", False),
        ("luhn('7992 7398')", False),
        ("json({'a': [1, null]})", '{"a":[1,null]}'),
    ],
)
def test_values(text, expected):
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "text",
    [
        "int('x')",
        "int('1.5')",
        "number('1_000')",
        "number('inf')",
        "int('" + "9" * 40 + "')",
        "len(5)",
        "min(1, 'a')",
        "max([])",
        "contains('abc', 1)",
        "replace('abc', '', 'x')",
        "replace('" + "a" * 200 + "', 'a', '" + "b" * 200 + "')",
        "split('abc', '')",
        "join(vars.big)",
        "join(vars.many, ', ')",
        "pad('a', 20000)",
        "pad('a', 5, 'xy')",
        "slice('abc', 1.5)",
        "round(1.5, 99)",
        "json(vars.big)",
        "e164(442079460000)",
    ],
)
def test_what_they_cannot_do_is_a_type_error(text):
    with pytest.raises(FlowError) as caught:
        value(text)
    assert caught.value.name == "expr.type"
