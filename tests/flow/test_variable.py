import pytest

from engine.core.errors import FlowError
from engine.flow.document import Variable, VariableType
from engine.flow.variable import checked, fits, initial

VALUES = {
    "string": ["a", "", None],
    "digits": ["0123456789*#", "", None],
    "number": [1, -2.5, None],
    "bool": [True, False, None],
    "map": [{"a": 1}, {}, None],
    "list": [[1], [], None],
    "file": ["/a/b.wav", None],
    "datetime": ["2026-11-20T09:30", "2026-11-20", None],
}
MISFITS = {
    "string": [1, True, {}, []],
    "digits": ["12a", 12, "+44"],
    "number": ["1", True, {}],
    "bool": [0, "true"],
    "map": [[], "a"],
    "list": [{}, "a"],
    "file": [1],
    "datetime": ["noon", 5],
}


@pytest.mark.parametrize("kind", VALUES)
def test_what_each_type_holds(kind: VariableType) -> None:
    assert all(fits(value, kind) for value in VALUES[kind])
    assert not any(fits(value, kind) for value in MISFITS[kind])


def test_a_value_of_another_type_is_an_error_that_does_not_show_it() -> None:
    with pytest.raises(FlowError) as error:
        checked("4929", Variable("pin", "number", secret=True), "pin")
    assert error.value.name == "expr.type"
    assert "4929" not in error.value.message


def test_a_default_is_not_shared_between_calls() -> None:
    variable = Variable("found", "list", [])
    first = initial(variable)
    assert isinstance(first, list)
    first.append(1)
    assert initial(variable) == []
