"""Why a leg ended: the causes a flow may give, and what the cause of a dialled leg means for a transfer."""

from typing import Literal

Cause = Literal[
    "NORMAL_CLEARING",
    "NORMAL_UNSPECIFIED",
    "NORMAL_TEMPORARY_FAILURE",
    "NORMAL_CIRCUIT_CONGESTION",
    "USER_BUSY",
    "NO_ANSWER",
    "NO_USER_RESPONSE",
    "SUBSCRIBER_ABSENT",
    "CALL_REJECTED",
    "NUMBER_CHANGED",
    "UNALLOCATED_NUMBER",
    "INVALID_NUMBER_FORMAT",
    "NO_ROUTE_DESTINATION",
    "DESTINATION_OUT_OF_ORDER",
    "SERVICE_UNAVAILABLE",
    "FACILITY_REJECTED",
    "INCOMING_CALL_BARRED",
    "OUTGOING_CALL_BARRED",
]
"""The causes an author may end a call with: names of ITU-T Q.850, which the caller's network understands."""

Outcome = Literal["busy", "no_answer", "rejected", "unreachable", "failed"]
"""What became of a party that was rung in vain; the error is `transfer.<outcome>`."""

_OUTCOMES: dict[str, Outcome] = {
    "USER_BUSY": "busy",
    "BUSY_EVERYWHERE": "busy",
    "NO_ANSWER": "no_answer",
    "NO_USER_RESPONSE": "no_answer",
    "ALLOTTED_TIMEOUT": "no_answer",
    "ORIGINATOR_CANCEL": "no_answer",
    "PROGRESS_TIMEOUT": "no_answer",
    "NO_PICKUP": "no_answer",
    "SUBSCRIBER_ABSENT": "unreachable",
    "CALL_REJECTED": "rejected",
    "DECLINE": "rejected",
    "REJECT_ALL": "rejected",
    "UNWANTED": "rejected",
    "USER_NOT_REGISTERED": "unreachable",
    "UNALLOCATED_NUMBER": "unreachable",
    "NUMBER_CHANGED": "unreachable",
    "INVALID_NUMBER_FORMAT": "unreachable",
    "DOES_NOT_EXIST_ANYWHERE": "unreachable",
    "NO_ROUTE_DESTINATION": "unreachable",
    "NO_ROUTE_TRANSIT_NET": "unreachable",
    "DESTINATION_OUT_OF_ORDER": "unreachable",
    "NETWORK_OUT_OF_ORDER": "unreachable",
    "RECOVERY_ON_TIMER_EXPIRE": "unreachable",
    "GATEWAY_DOWN": "unreachable",
    "INVALID_GATEWAY": "unreachable",
}

_STATUSES: dict[int, Outcome] = {
    486: "busy",
    600: "busy",
    408: "no_answer",
    480: "no_answer",
    487: "no_answer",
    403: "rejected",
    603: "rejected",
    607: "rejected",
    404: "unreachable",
    410: "unreachable",
    484: "unreachable",
    502: "unreachable",
    503: "unreachable",
    604: "unreachable",
}

_MOST_TELLING: tuple[Outcome, ...] = ("busy", "no_answer", "rejected", "unreachable", "failed")


def outcome_of(cause: str) -> Outcome:
    """What the hang-up cause of a dialled leg means; a cause not known is `failed`."""
    return _OUTCOMES.get(cause, "failed")


def outcome_of_reply(reply: str) -> Outcome:
    """What a SIP status line such as `SIP/2.0 486 Busy Here`, or just `486 Busy Here`, means."""
    for word in reply.split()[:2]:
        if word.isascii() and word.isdigit():
            return _STATUSES.get(int(word), "failed")
    return "failed"


def weight(outcome: Outcome) -> int:
    """For several parties rung in vain: the outcome of least weight tells most (one is busy, so the place is there)."""
    return _MOST_TELLING.index(outcome)
