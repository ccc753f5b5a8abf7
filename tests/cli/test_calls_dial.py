"""`calls dial`: an order from the command line reaches an engine, and its refusal is one line."""

import argparse

import pytest

from engine.cli.calls_dial import one_input
from engine.core.control import CallPlaced, DialOrder
from engine.core.errors import ControlError
from engine.core.ids import CallId
from tests.cli.conftest import Command
from tests.shell.control.engines import Engines


def test_a_call_is_placed(engines: Engines, switchboard: Command) -> None:
    engines.answer("fs1", CallPlaced(CallId("a-call"), "fs1"))
    assert switchboard("calls", "dial", "user/zoe", "hello").out == "a-call\n"
    more = ("--input", "who=Zoe", "--input", "times:=3", "--caller", "100", "--caller-name", "The Shop",
            "--ring-time", "20", "--max-duration", "60", "--switch", "fs1")  # fmt: skip
    assert switchboard("calls", "dial", "+442079460000", "hello", *more).code == 0
    assert [sent.order for _, sent in engines.taken] == [
        DialOrder("user/zoe", "hello"),
        DialOrder("+442079460000", "hello", None, {"who": "Zoe", "times": 3}, "100", "The Shop", 20.0, 60.0, "fs1"),
    ]


def test_a_refusal_is_one_line(engines: Engines, switchboard: Command) -> None:
    engines.answer("fs1", ControlError("to: that is a premium number", "refused_number"))
    ran = switchboard("calls", "dial", "+449011234567", "hello")
    assert (ran.code, ran.err) == (2, "switchboard: to: that is a premium number\n")
    ran = switchboard("calls", "dial", "user/zoe", "hello", "--switch", "fs9")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)


@pytest.mark.parametrize(
    ("text", "found"),
    [("who=Zoe", ("who", "Zoe")), ("who=", ("who", "")), ("a=b=c", ("a", "b=c")), ("n:=3", ("n", 3)),
     ('m:={"a":[1]}', ("m", {"a": [1]}))],
)  # fmt: skip
def test_inputs_as_written(text: str, found: object) -> None:
    assert one_input(text) == found


@pytest.mark.parametrize("text", ["who", "=x", ":=3", "n:=three", "n:="])
def test_what_is_no_input_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        one_input(text)
