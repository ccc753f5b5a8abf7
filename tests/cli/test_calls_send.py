"""`calls send`: a live call is sent into another flow from the command line."""

from engine.core.control import FlowOrder, OrderTaken
from tests.cli.conftest import Command
from tests.shell.control.engines import Engines


def test_a_call_is_sent(engines: Engines, switchboard: Command) -> None:
    call = engines.call("a-call", "fs1")
    engines.answer("fs1", OrderTaken(call))
    assert switchboard("calls", "send", "a-call", "hello", "--input", "who=Zoe").code == 0
    assert [sent.order for _, sent in engines.taken] == [FlowOrder(call, "hello", None, {"who": "Zoe"})]


def test_a_call_that_is_not_there_is_not(engines: Engines, switchboard: Command) -> None:
    assert switchboard("calls", "send", "none", "hello").code == 2
    assert engines.taken == []
