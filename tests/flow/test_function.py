import pytest

import engine.flow.expression  # noqa: F401  it makes all functions known
from engine.core.errors import FlowError
from engine.flow.function import FUNCTIONS, type_of

THOSE_PROMISED = [
    *("len", "lower", "upper", "trim", "int", "number", "str", "round", "min", "max", "abs", "default", "coalesce"),
    *("contains", "starts_with", "ends_with", "matches", "replace", "split", "join", "first", "last", "slice", "pad"),
    *("e164", "country", "national", "now", "today", "date", "weekday", "minutes_since", "add", "is_open", "next_open"),
    *("luhn", "json", "spell"),
]


def test_the_functions_are_those_of_the_language():
    assert sorted(FUNCTIONS) == sorted(THOSE_PROMISED)


@pytest.mark.parametrize("name", THOSE_PROMISED)
def test_every_function_is_described(name):
    function = FUNCTIONS[name]
    assert function.description.endswith(".")
    assert function.signature.startswith(f"{name}(")
    assert function.most is None or function.least <= function.most


def test_signatures_show_what_may_be_left_out():
    assert FUNCTIONS["pad"].signature == "pad(text, width, fill?)"
    assert FUNCTIONS["min"].signature == "min(values, ...)"
    assert FUNCTIONS["now"].signature == "now()"
    assert (FUNCTIONS["e164"].least, FUNCTIONS["e164"].most) == (1, 2)


def test_arguments_of_another_type_are_named():
    with pytest.raises(FlowError) as caught:
        FUNCTIONS["upper"].check_types([5])
    assert caught.value.message == "upper(): text must be a text, not a number"
    FUNCTIONS["min"].check_types([1, "a", None])


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", "text"),
        (1, "number"),
        (1.5, "number"),
        (True, "bool"),
        ([], "list"),
        ({}, "map"),
        (None, "null"),
        (b"", "any"),
    ],
)
def test_types_of_values(value, kind):
    assert type_of(value) == kind
