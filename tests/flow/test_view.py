import pytest

from engine.core.errors import FlowError
from engine.core.signals import Json
from engine.flow.frame import Frame, open_frame
from engine.flow.kind import Kind
from engine.flow.template import Template
from engine.flow.view import SECRET, View, redacted
from tests.flow.playbook import NOON, Run, bundle_of, run

FLOW = """
flow: main
inputs: {token: {secret: true}, who: {type: string, default: Anna}}
vars:
  pin: {type: digits, secret: true}
  n: {type: number, default: 2}
  name: {type: string}
start: go
blocks: {go: [pause: 1s]}
"""
PROJECT = "session: {vip: {type: bool}, card: {type: string, secret: true}}\ncountry: GB"


def call() -> Run:
    return run(bundle_of(FLOW, project=PROJECT))


def view() -> View:
    runner = call().runner
    frame: Frame | None = runner._frame
    assert frame is not None
    assert frame.node is not None
    return View(runner._state, frame, frame.node, lambda _: iter(()))  # type: ignore[arg-type, return-value]


def text(source: str) -> Template:
    return Template.compile(source)


def test_what_a_step_can_read() -> None:
    seen = view()
    assert seen.text(text("${inputs.who} ${vars.n} ${call.caller}")) == "Anna 2 +442079460123"
    assert seen.value(text("${vars.n + 1}")) == 3
    assert seen.value({"a": [text("${vars.n}"), 1, None]}) == {"a": [2, 1, None]}
    assert seen.value(text("${value}"), value="7") == "7"
    assert seen.text(text("plain")) == "plain"
    assert seen.number(3) == 3
    assert seen.number(text("${vars.n}")) == 2
    assert seen.whole(text("${vars.n * 100}"), 1, 50) == 50
    assert (seen.now, seen.language, seen.country, seen.leg) == (NOON, "en", "GB", seen.call.leg)
    assert (seen.flow.name, seen.block, seen.alive, seen.answered, seen.recording) == ("main", "go", True, True, "")


def test_a_number_that_is_none_is_an_error() -> None:
    with pytest.raises(FlowError, match="is not a number"):
        view().number(text("${inputs.who}"))


def test_storing_holds_to_the_declared_types() -> None:
    seen = view()
    seen.store("n", 5)
    seen.store("session.vip", True)
    seen.store("session.free", {"any": "thing"})
    assert (seen.load("n"), seen.load("session.vip"), seen.load("session.free")) == (5, True, {"any": "thing"})
    for place, value, name in (
        ("n", "5", "expr.type"),
        ("session.vip", "yes", "expr.type"),
        ("x", 1, "expr.undefined"),
    ):
        with pytest.raises(FlowError) as error:
            seen.store(place, value)
        assert error.value.name == name


def test_declared_secrets_are_secret() -> None:
    seen = view()
    assert seen.secret("pin")
    assert seen.secret("session.card")
    assert not seen.secret("name")
    assert seen.reads_secret(text("a ${vars.pin}"))
    assert seen.reads_secret({"deep": [text("${inputs.token}")]})
    assert seen.reads_secret(text("${json(vars)}"))
    assert seen.reads_secret(text("${json(session)}"))
    assert not seen.reads_secret(text("${vars.name} ${session.vip} ${call.caller}"))


def test_what_is_made_from_a_secret_is_one_until_it_is_replaced() -> None:
    seen = view()
    seen.store("name", "x1234", secret=True)
    seen.store("session.copy", "y", secret=True)
    assert seen.secret("name")
    assert seen.secret("session.copy")
    assert seen.reads_secret(text("${session.copy}"))
    seen.store("name", "Anna")
    assert not seen.secret("name")


def test_secrets_are_left_out_of_what_is_told() -> None:
    seen = view()
    seen.store("pin", "471147")
    assert seen.public(text("pin ${vars.pin}")) == SECRET
    mixed = {"a": text("${vars.pin}"), "b": text("${vars.n}"), "c": ["x", 1]}
    assert seen.public(mixed) == {"a": SECRET, "b": 2, "c": ["x", 1]}
    seen.store("name", "has 471147 in it")
    assert seen.public(text("${vars.name}")) == SECRET
    values: Json = {"k": ["471147", "fine", 471147, 5, True, None]}
    assert seen.redacted(values) == {"k": [SECRET, "fine", SECRET, 5, True, None]}
    seen.store("session.card", "4929")
    seen.remember_secret({"a": ["98765"], "b": True, "c": 12})
    assert redacted("4929-1 98765", ["98765"]) == SECRET
    assert seen.redacted("12 true") == "12 true"


def test_recordings_have_names_that_a_replay_gives_again() -> None:
    first, again = view(), view()
    assert first.recording_path() == again.recording_path()
    assert first.recording_path() == f"/var/lib/switchboard/recordings/2026/11/20/{first.call.call}-2.wav"


def test_ending_leaves_the_result_and_a_jump() -> None:
    seen = view()
    assert seen.end("transferred").name == "hangup"
    assert seen.state.ending is not None
    assert seen.state.ending.how == "transferred"
    assert seen.text(text("${call.language}")) == "en"
    seen.set_language("fr")
    assert (seen.language, seen.text(text("${call.language}"))) == ("fr", "fr")
    assert seen.bundle.flows["main"] is seen.flow
    assert isinstance(seen.step.kind, Kind)
    assert seen.tags == {}
    assert seen.block == "go"


def test_a_key_of_the_caller_begins_all_counts_anew() -> None:
    seen = view()
    outer = seen.frame
    outer.visits["go"], outer.handling = 7, True
    inner = open_frame(outer.flow, {}, 0.0, parent=outer)
    inner.visits["go"] = 3
    View(seen.state, inner, seen.step, seen._run_flow).caller_acted()
    assert (outer.visits, inner.visits, outer.handling) == ({}, {}, False)
