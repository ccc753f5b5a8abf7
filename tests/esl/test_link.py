"""The link: replies in order, late ones in their own slot, and a last word for every waiter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.errors import NotSentError, SwitchError, UnconfirmedError, UnsafeTextError
from engine.esl.command import Api, Auth, Subscribe
from engine.esl.decoder import FramingError
from engine.esl.link import Link, Reply
from tests.esl import recorded
from tests.esl.frames import ACCEPTED, AUTH_REQUEST, GOODBYE, event_frame, frame, reply, response

Outcome = Reply | SwitchError


def ready() -> Link:
    link = Link("secret")
    link.receive(AUTH_REQUEST)
    link.take_outgoing()
    link.receive(ACCEPTED)
    assert link.phase == "ready"
    return link


def test_it_logs_in_when_it_is_asked_to() -> None:
    told: list[Outcome] = []
    link = Link("secret", told.append)
    assert (link.phase, link.take_outgoing()) == ("connecting", b"")
    assert link.receive(AUTH_REQUEST) == []
    assert (link.phase, link.take_outgoing()) == ("authenticating", b"auth secret\n\n")
    link.receive(ACCEPTED)
    assert link.phase == "ready"
    assert told == [Reply(True, "+OK accepted")]


def test_commands_wait_for_the_login_and_go_after_it() -> None:
    link, told = Link("secret"), []
    link.send(Api("status"), told.append)
    assert link.take_outgoing() == b""
    link.receive(AUTH_REQUEST)
    assert link.take_outgoing() == b"auth secret\n\napi status\n\n"
    link.receive(ACCEPTED + response("UP"))
    assert told == [Reply(True, "UP")]


def test_a_wrong_password_is_told() -> None:
    told: list[Outcome] = []
    link = Link("wrong", told.append)
    for item in recorded.dialogue("auth_rejected"):
        if item["dir"] == "reply":
            headers = dict(item["headers"])
            kind, body = headers.pop("Content-Type"), item.get("body")
            headers.pop("Content-Length", None)
            link.receive(frame(kind, body.encode() if body else None, **headers))
    link.close("closed")
    assert told == [Reply(False, "-ERR invalid")]
    assert link.phase == "closed"
    assert link.reason == "FreeSWITCH refused the password (-ERR invalid)"


def test_a_second_request_for_the_password_is_ignored() -> None:
    link = ready()
    link.receive(AUTH_REQUEST)
    assert (link.phase, link.take_outgoing()) == ("ready", b"")


def test_a_password_that_cannot_be_sent_is_refused_at_once() -> None:
    with pytest.raises(UnsafeTextError):
        Link("two\nlines")


def test_replies_take_the_slots_in_order_whatever_their_kind() -> None:
    link = ready()
    told: list[tuple[str, Outcome]] = []
    for name, command in (("a", Api("status")), ("b", Subscribe(("DTMF",))), ("c", Api("version"))):
        link.send(command, lambda outcome, name=name: told.append((name, outcome)))
    assert link.take_outgoing() == b"api status\n\nevent json DTMF\n\napi version\n\n"
    events = link.receive(
        event_frame({"n": 1}) + response("UP\n") + reply("+OK event listener enabled json") + event_frame({"n": 2})
        + response("-ERR no reply\n")
    )  # fmt: skip
    assert told == [
        ("a", Reply(True, "UP")), ("b", Reply(True, "+OK event listener enabled json")),
        ("c", Reply(False, "-ERR no reply")),
    ]  # fmt: skip
    assert [event.headers for event in events] == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("scenario", "command", "ok"),
    [
        ("command_errors", "sendmsg", False), ("command_errors", "bogus", False),
        ("command_errors", "api bogus", False),
        ("command_errors", "api originate", False), ("command_errors", "api version", True),
        ("command_errors", "bgapi", True), ("resync_after_reconnect", "api uuid_exists", True),
    ],
)  # fmt: skip
def test_recorded_replies_are_taken_for_what_they_are(scenario: str, command: str, ok: bool) -> None:
    text = recorded.answers(scenario, command)[0]
    link, told = ready(), []
    link.send(Api("x"), told.append)
    link.receive(response(text) if command.startswith("api") else reply(text.strip()))
    assert told == [Reply(ok, text.rstrip("\n"))]


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_an_abandoned_slot_keeps_its_place(abandoned: list[bool]) -> None:
    link = ready()
    told: dict[int, Outcome] = {}
    slots = [
        link.send(Api(f"n {index}"), lambda outcome, index=index: told.setdefault(index, outcome))
        for index in range(len(abandoned))
    ]
    link.take_outgoing()
    for slot, gone in zip(slots, abandoned, strict=True):
        if gone:
            slot.abandon()
    for index in range(len(abandoned)):
        link.receive(response(f"answer {index}"))
    assert told == {index: Reply(True, f"answer {index}") for index, gone in enumerate(abandoned) if not gone}


def test_a_reply_nobody_asked_for_is_dropped() -> None:
    link, told = ready(), []
    link.receive(reply("+OK"))
    link.send(Api("status"), told.append)
    link.receive(response("UP"))
    assert told == [Reply(True, "UP")]


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
def test_the_end_tells_everybody_whether_their_command_was_written(answered: int, written: int, queued: int) -> None:
    link = ready()
    told: list[Outcome] = []
    for _ in range(answered + written):
        link.send(Api("x"), told.append)
    link.take_outgoing()
    link.receive(response("yes") * answered)
    for _ in range(queued):
        link.send(Api("y"), told.append)
    link.close("the line was cut")
    kinds = [type(outcome) for outcome in told]
    assert kinds == [Reply] * answered + [UnconfirmedError] * written + [NotSentError] * queued
    assert {str(outcome) for outcome in told[answered:]} <= {"the line was cut"}
    assert link.take_outgoing() == b""
    link.close("again")
    assert len(told) == answered + written + queued


def test_after_the_end_nothing_is_sent() -> None:
    link, told = ready(), []
    link.close("gone")
    link.send(Api("status"), told.append)
    assert isinstance(told[0], NotSentError)
    assert link.take_outgoing() == b""


def test_the_login_is_settled_too_when_the_line_goes() -> None:
    told: list[Outcome] = []
    link = Link("secret", told.append)
    link.receive(AUTH_REQUEST)
    link.take_outgoing()
    link.close("cut")
    assert [type(outcome) for outcome in told] == [UnconfirmedError]


def test_what_freeswitch_says_at_the_end_is_the_reason() -> None:
    link = ready()
    link.receive(GOODBYE)
    link.close("end of file")
    assert link.reason == "Disconnected, goodbye."
    refused = Link("secret")
    refused.receive(frame("text/rude-rejection", b"Access Denied, go away.\n"))
    refused.close("end of file")
    assert refused.reason == "Access Denied, go away."


def test_a_broken_event_is_skipped_and_the_next_one_is_read() -> None:
    link = ready()
    events = link.receive(event_frame(b"{broken") + event_frame(b"[1]") + event_frame(b"") + event_frame({"n": 1}))
    assert events[-1].headers == {"n": 1}
    assert [event.get("Event-Name") for event in events[:-1]] == [""] * (len(events) - 1)


def test_other_frames_mean_nothing() -> None:
    link, told = ready(), []
    link.send(Api("status"), told.append)
    assert link.receive(frame("log/data", b"line") + frame("text/event-plain", b"a: b\n") + frame("", b"x")) == []
    assert told == []


def test_a_stream_that_cannot_be_followed_is_an_error_of_the_switch() -> None:
    with pytest.raises(FramingError):
        ready().receive(b"Content-Length: many\n\n")


def test_what_cannot_be_encoded_takes_no_slot() -> None:
    link, told = ready(), []
    with pytest.raises(UnsafeTextError):
        link.send(Api("a\nb"))
    link.send(Api("status"), told.append)
    assert link.take_outgoing() == b"api status\n\n"
    link.receive(response("UP"))
    assert told == [Reply(True, "UP")]
    assert Auth("x").encode() == b"auth x\n\n"
