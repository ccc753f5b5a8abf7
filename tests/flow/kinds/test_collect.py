import pytest
from pydantic import ValidationError

from engine.core.effects import CollectSecret, SetMasked
from engine.core.ids import AskId
from engine.core.signals import Played, Refused, SecretDigits
from engine.flow.kinds import KINDS
from tests.flow.playbook import Run, errors, inputs, run_steps, talk_steps, told

VARS = "{got: {type: digits}, pin: {type: digits, secret: true}}"


def collect(rest: str, store: str = "got") -> str:
    fields = "".join(f"    {line}\n" for line in rest.strip().splitlines())
    return f"- collect:\n    prompt: main\n    store: {store}\n{fields}- hangup: {{prompt: 'got ${{vars.{store}}}'}}"


def keyed(keys: str, rest: str, **options: str) -> list[str]:
    call = talk_steps(collect(rest), vars=VARS, **options)
    call.press(keys)
    if call.result is None:
        call.silence()
    return call.heard[1:]


@pytest.mark.parametrize(
    ("rest", "keys", "heard"),
    [
        ("length: 3", "123", ["got 123"]),
        ("length: 3", "12#", ["main"]),
        ("length: {min: 2, max: 3}", "12#", ["got 12"]),
        ("", "1" * 32, ["got " + "1" * 32]),
        ('terminators: "*"', "12#*", ["got 12#"]),
        ('terminators: ["*", "#"]', "12*", ["got 12"]),
        ('terminators: ""', "12#", ["got 12#"]),
        ("return_terminator: true", "12#", ["got 12#"]),
        ('pattern: "[1-3]+"', "123#", ["got 123"]),
        ('pattern: "[1-3]+"', "1234#", ["main"]),
        ("check: luhn", "79927398713#", ["got 79927398713"]),
        ("check: luhn", "79927398710#", ["main"]),
        ("check: phone", "02079460000#", ["got 02079460000"]),
        ("check: date", "31022026#", ["main"]),
        ("valid_when: int(value) > 10", "11#", ["got 11"]),
        ("valid_when: int(value) > 10", "9#", ["main"]),
        ("empty: here", "#", ["at here"]),
        ("too_short: there\nlength: 4", "12#", ["at there"]),
        ("empty: next", "#", ["got "]),
    ],
)
def test_every_rule_of_an_entry(rest: str, keys: str, heard: list[str]) -> None:
    assert keyed(keys, rest, project="country: GB")[:1] == heard


def test_a_lone_terminator_counts_as_no_input_and_too_few_as_invalid() -> None:
    rest = "length: 3\ntries: 1\nno_input: {then: here}\ninvalid: {then: there}"
    assert keyed("#", rest) == ["at here"]
    assert keyed("1#", rest) == ["at there"]


def test_where_empty_leads_counts_no_try() -> None:
    assert keyed("#", "empty: repeat\nno_input: {then: here}\ntries: 1") == ["main", "at here"]


def test_an_expression_that_fails_is_an_error() -> None:
    call = talk_steps(collect("valid_when: session.nothing"), vars=VARS)
    call.press("1#")
    assert errors(call) == ["expr.undefined"]


# Confirming

CONFIRM = """
length: 2
confirm: {prompt: 'is ${value} right', yes: '1', no: '2'}
tries: 2
no_input: {then: here}
invalid: {then: there}
"""


def test_yes_takes_the_entry() -> None:
    call = talk_steps(collect(CONFIRM), vars=VARS)
    call.press("47")
    call.press("1")
    assert call.heard == ["main", "is 47 right", "got 47"]
    assert inputs(call) == [("ok", 1, "47")]


def test_no_starts_over_and_counts_no_try() -> None:
    call = talk_steps(collect(CONFIRM), vars=VARS)
    for _ in range(4):
        call.press("47")
        call.press("2")
    assert call.heard == ["main", "is 47 right"] * 4 + ["main"]


def test_neither_is_asked_again_and_then_is_a_failed_try() -> None:
    call = talk_steps(collect(CONFIRM), vars=VARS)
    call.press("47")
    call.silence()
    call.press("9")
    assert call.heard == ["main", "is 47 right", "is 47 right", "main"]
    call.press("47")
    call.silence()
    call.silence()
    assert call.heard[-1] == "at here"


def test_keys_typed_ahead_do_not_confirm() -> None:
    call = run_steps(collect(CONFIRM), vars=VARS)
    call.digit("4").done(Played("interrupted")).digit("7")
    before = len([request for request in call.requests if type(request).__name__ == "Flush"])
    assert before == 1


# Secrets


def test_a_masked_entry_is_nowhere_to_be_seen() -> None:
    call = talk_steps(collect("mask: true\nlength: 4") + "\n", vars=VARS)
    call.press("4711")
    assert told(call, "flow.input") == [{"outcome": "ok", "tries": 1}]
    assert call.runner._state.secret_values == {"4711"}
    again = talk_steps(collect("length: 4", "pin"), vars=VARS)
    again.press("4711")
    assert told(again, "flow.input") == [{"outcome": "ok", "tries": 1}]


def test_a_masked_value_is_a_secret_from_then_on() -> None:
    call = talk_steps(
        "- collect: {prompt: p, store: got, mask: true, length: 4}\n- log: '${vars.got}'\n- hangup: ", vars=VARS
    )
    call.press("4711")
    assert [line.text for line in call.lines if line.what == "log"] == ["info: [secret]"]


# Recordings


def masked(rest: str) -> Run:
    call = run_steps("- pause: 1s\n" + collect("pause_recording: true\n" + rest), vars=VARS)
    call.runner.recording = "/rec/all.wav"
    return call.time_out()


def test_a_running_recording_is_masked_during_the_step() -> None:
    call = masked("length: 1")
    leg = call.runner._state.facts.leg
    assert call.effects == [SetMasked(leg, "/rec/all.wav", True)]
    call.digit("1")
    assert call.effects == [SetMasked(leg, "/rec/all.wav", True), SetMasked(leg, "/rec/all.wav", False)]


def test_it_is_unmasked_when_the_step_fails() -> None:
    call = masked("mask: true")
    call.time_out().done(Refused("-ERR"))
    assert [effect.masked for effect in call.effects if isinstance(effect, SetMasked)] == [True, False]


def test_without_a_recording_nothing_is_masked() -> None:
    assert run_steps(collect("pause_recording: true"), vars=VARS).effects == []


def test_a_masked_entry_asks_the_switch_with_the_steps_times() -> None:
    call = run_steps(collect("mask: true\nlength: {min: 4, max: 6}\ntimeout: 7s\ninterdigit: 2s"), vars=VARS)
    call.time_out()
    ask = call.asks[AskId(1)]
    assert isinstance(ask, CollectSecret)
    assert (ask.max_digits, ask.first_ms, ask.interdigit_ms) == (6, 7000, 2000)
    call.done(SecretDigits("12", "#"))
    assert call.wait is not None  # too short: asked again


@pytest.mark.parametrize(
    "fields",
    [
        {"length": {"min": 5, "max": 4}},
        {"length": 0},
        {"length": 200},
        {"pattern": "(["},
        {"pattern": 5},
        {"check": "sum"},
        {"store": "a b"},
    ],
)
def test_fields_that_make_no_sense_are_refused_when_loaded(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        KINDS["collect"].model_validate({"prompt": "p", "store": "got", **fields})
