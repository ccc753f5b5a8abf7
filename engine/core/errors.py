"""Errors, named after who must act on them. Expected outcomes (busy, no answer, silence) are values, not errors."""

from typing import Literal, get_args


class EngineError(Exception):
    """Anything this package raises on purpose."""


class FlowError(EngineError):
    """The author of a flow must act. `name` is the dotted error name a flow can catch, as `expr.undefined`."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.message = message


class SettingsError(EngineError):
    """The operator must correct the configuration; the message names the setting."""


class SwitchError(EngineError):
    """FreeSWITCH refused something or broke its protocol."""


class NotSentError(SwitchError):
    """The command never left this process: it is safe to send it again."""


class UnconfirmedError(SwitchError):
    """The command was sent but the connection went before the reply: it may or may not have happened."""


class CommandTimeoutError(UnconfirmedError):
    """No reply came in time; the reply, should it come later, is still matched to this command."""


class RefusedError(SwitchError):
    """FreeSWITCH answered `-ERR`; the message is its text."""


class UnsafeTextError(SwitchError):
    """A text holds what no command may carry (CR, LF, NUL, or a word FreeSWITCH acts on): it was not sent."""


class ProviderError(EngineError):
    """An outside service (text to speech, HTTP) failed."""


class StoreError(EngineError):
    """Redis refused or is away."""


ControlFault = Literal[
    "invalid",
    "unknown_call",
    "unknown_flow",
    "refused_number",
    "limit_reached",
    "too_late",
    "engine_away",
    "unanswered",
]
"""Why an order was not carried out.

`too_late`: the call is ending. `engine_away`: nothing was done, and it can be tried again. `unanswered`: an engine took
the order and has not said what it did; it may have been carried out.
"""
CONTROL_FAULTS: tuple[ControlFault, ...] = get_args(ControlFault)


class ControlError(EngineError):
    """Who asked the engine for something must act: an unknown call, a flow that does not exist; `fault` says which.

    `retry_after` is in seconds, for a limit that has been reached; 0 when it is not known.
    """

    def __init__(self, message: str, fault: ControlFault = "invalid", retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.fault = fault
        self.retry_after = retry_after
