"""`calls hangup`: a live call is ended from the command line."""

from engine.core.control import HangUpOrder, OrderTaken
from engine.core.errors import ControlError
from tests.cli.conftest import Command
from tests.shell.control.engines import Engines


def test_a_call_is_ended(engines: Engines, switchboard: Command) -> None:
    call = engines.call("a-call", "fs1")
    engines.answer("fs1", OrderTaken(call))
    assert switchboard("calls", "hangup", "a-call").code == 0
    assert switchboard("calls", "hangup", "a-call", "--cause", "USER_BUSY", "--reason", "enough").code == 0
    assert [sent.order for _, sent in engines.taken] == [
        HangUpOrder(call), HangUpOrder(call, None, "USER_BUSY", "enough"),
    ]  # fmt: skip


def test_a_call_that_cannot_be_ended_is_one_line(engines: Engines, switchboard: Command) -> None:
    ran = switchboard("calls", "hangup", "none")
    assert (ran.code, ran.err) == (2, "switchboard: there is no such call\n")
    engines.answer("fs1", ControlError("the call is ending", "too_late"))
    engines.call("late", "fs1")
    assert switchboard("calls", "hangup", "late").err == "switchboard: the call is ending\n"
