import pytest

from engine.core.effects import DiscardRecording, StartRecording, StopRecording
from engine.core.ids import AskId
from engine.core.signals import Played, Recorded, Refused
from tests.flow.playbook import Run, errors, run_steps, talk_steps, told

VARS = "{file: {type: file}}"
PATH = "/var/lib/switchboard/recordings/2026/11/20/00000000-0000-4000-8000-000000000001-1.wav"


def record(rest: str = "") -> str:
    fields = "".join(f"    {line}\n" for line in rest.strip().splitlines())
    return f"- record:\n    store: file\n    prompt: speak\n{fields}- hangup: {{prompt: saved}}"


def test_a_message_ends_with_silence_and_is_kept() -> None:
    call = talk_steps(record(), vars=VARS)
    assert call.recording
    call.speak(5)
    assert call.heard == ["speak", "(tone)", "saved"]
    assert call.runner.variables["file"] == PATH
    assert told(call, "recording.started") == [{"recording": "rec_3", "path": PATH}]
    assert told(call, "recording.saved") == [{"recording": "rec_3", "path": PATH, "duration_ms": 8000}]


def test_the_switch_is_asked_with_the_steps_times() -> None:
    call = run_steps(record("max: 10s\nsilence: 7s\nbeep: false"), vars=VARS)
    call.done(Played("done"))
    ask = call.last_ask
    assert isinstance(ask, StartRecording)
    assert (ask.sides, ask.max_ms, ask.silence_ms, ask.first_sound_ms) == ("caller", 10_000, 7000, 7000)
    assert call.wait is not None
    assert call.wait.timeout == 15.0


def test_a_terminator_ends_it_and_other_keys_do_not() -> None:
    call = talk_steps(record('terminators: "*"'), vars=VARS)
    call.wait(4)
    call.press("1")
    assert call.recording
    call.press("*")
    assert call.heard[-1] == "saved"
    assert told(call, "recording.saved")[0]["duration_ms"] == 4200


def test_a_short_message_is_dropped() -> None:
    call = talk_steps(record("min: 6s\ntoo_short: here"), vars=VARS)
    call.speak(2)
    assert call.heard[-1] == "at here"
    assert call.runner.variables["file"] is None
    assert told(call, "recording.failed") == [{"recording": "rec_3", "path": PATH, "reason": "too_short"}]


def test_silence_is_no_message() -> None:
    call = talk_steps(record(), vars=VARS)
    call.silence()
    assert call.heard[-1] == "saved"  # too_short left out: the next step
    assert call.runner.variables["file"] is None
    assert told(call, "recording.saved") == []


def test_the_variable_knows_the_file_while_it_is_recorded() -> None:
    call = talk_steps(
        record(), vars=VARS, events="{hangup: there}", more='there: [{tag: {file: "${vars.file}"}}, {hangup: }]'
    )
    call.hang_up()
    assert call.runner.tags == {"file": PATH}
    assert any("recording ends: hangup" in line.text for line in call.lines)


REVIEW = "beep: false\nreview: {prompt: review, keep: '1', again: '2', cancel: '3'}"


def test_reviewed_and_kept() -> None:
    call = talk_steps(record(REVIEW), vars=VARS)
    call.speak(5)
    assert told(call, "recording.saved") == []
    call.press("1")
    assert len(told(call, "recording.saved")) == 1
    assert call.runner.variables["file"] == PATH


def test_reviewed_and_recorded_again() -> None:
    call = talk_steps(record(REVIEW), vars=VARS)
    call.speak(5)
    call.press("2")
    call.speak(3)
    call.press("1")
    assert call.heard == ["speak", "review", "speak", "review", "saved"]
    assert told(call, "recording.failed")[0]["reason"] == "discarded"
    assert call.runner.variables["file"] == PATH.replace("-1.wav", "-2.wav")


def test_reviewed_and_cancelled() -> None:
    call = talk_steps(record(REVIEW), vars=VARS)
    call.speak(5)
    call.press("3")
    assert call.runner.variables["file"] is None
    assert any(line.text == "the recording is dropped" for line in call.lines)


def test_a_review_nobody_answers_keeps_the_message() -> None:
    call = talk_steps(record(REVIEW), vars=VARS)
    call.speak(5)
    for _ in range(3):
        call.silence()
    assert call.heard == ["speak", "review", "review", "review", "saved"]
    assert len(told(call, "recording.saved")) == 1


def test_always_working_keys_work_in_prompt_and_review_and_keep_the_message() -> None:
    call = talk_steps(record(REVIEW), vars=VARS, events='{keys: {"0": there}}')
    call.speak(5)
    call.press("0")
    assert call.heard[-1] == "at there"
    assert len(told(call, "recording.saved")) == 1
    early = run_steps(record(), vars=VARS, events='{keys: {"0": there}}')
    early.digit("0").done(Played("interrupted"))
    assert early.runner.position is not None
    assert early.runner.position.block == "there"


MINE = PATH.replace("1-1.wav", "a-1.wav")


def recording() -> Run:
    return run_steps(record("beep: false"), vars=VARS, events="{error: here}").done(Played("done"))


@pytest.mark.parametrize(
    ("answer", "reason"), [(Recorded(0, "failed", detail="disk full"), "disk full"), (Refused("-ERR no"), "-ERR no")]
)
def test_a_recording_that_fails_is_an_error(answer: Recorded | Refused, reason: str) -> None:
    call = recording().done(answer)
    assert ("recording.failed", {"recording": "rec_2", "path": MINE, "reason": reason}) in call.tells
    assert call.runner.variables["file"] is None
    assert [fields["error"] for kind, fields in call.tells if kind == "flow.error"] == ["record.failed"]


def test_a_recording_nobody_says_has_ended_is_stopped_and_given_up() -> None:
    call = recording().time_out()
    assert isinstance(call.effects[-1], StopRecording)
    call.time_out()
    assert [fields["error"] for kind, fields in call.tells if kind == "flow.error"] == ["record.failed"]


def test_a_dropped_file_is_deleted() -> None:
    call = recording().done(Recorded(10, "silence"))
    assert DiscardRecording(MINE) in call.effects
    assert AskId(2) in call.asks
    assert errors(talk_steps(record(), vars="{}")) == ["expr.undefined"]
