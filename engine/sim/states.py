"""The states of a channel, numbered as in FreeSWITCH's `switch_channel_state_t`, and its call states."""

from __future__ import annotations

from enum import IntEnum


class State(IntEnum):
    """Where a channel is in its life; larger than EXECUTE does not mean later until HANGUP."""

    NEW = 0
    INIT = 1
    ROUTING = 2
    SOFT_EXECUTE = 3
    EXECUTE = 4
    EXCHANGE_MEDIA = 5
    PARK = 6
    CONSUME_MEDIA = 7
    HIBERNATE = 8
    RESET = 9
    HANGUP = 10
    REPORTING = 11
    DESTROY = 12
    NONE = 13


class CallState(IntEnum):
    """What a person would say of the call, numbered as in `switch_channel_callstate_t`."""

    DOWN = 0
    DIALING = 1
    RINGING = 2
    EARLY = 3
    ACTIVE = 4
    HELD = 5
    RING_WAIT = 6
    HANGUP = 7
    UNHELD = 8
