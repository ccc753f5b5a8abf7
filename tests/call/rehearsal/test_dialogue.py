from engine.call.rehearsal.dialogue import Dialogue
from engine.call.rehearsal.transcript import Line
from engine.core.signals import HttpReply
from tests.flow.playbook import NOON, bundle_of, errors, replies, steps_flow, talk, talk_steps

MENU = (
    "- answer:\n- play: welcome\n- menu: {prompt: main, choices: {'1': here, '2': there}, no_input: {prompt: silent}}"
)


def test_lines_tell_what_happens_and_when() -> None:
    call = talk_steps(MENU)
    call.press("1")
    assert [line for line in call.lines if line.what != "step"] == [
        Line(0.0, "note", "answered"),
        Line(0.0, "hear", "welcome"),
        Line(0.82, "hear", "main"),
        Line(0.82, "press", "1"),
        Line(0.82, "hear", "at here"),
        Line(1.64, "end", "hangup (NORMAL_CLEARING)"),
    ]
    assert call.result is not None
    assert call.needs == "nothing"


def test_it_stops_where_somebody_can_act() -> None:
    assert talk_steps(MENU).needs == "caller"
    assert talk_steps("- collect: {prompt: p, store: x, mask: true}", vars="{x: {}}").needs == "caller"
    assert talk_steps("- record: {store: x}", vars="{x: {type: file}}").needs == "caller"
    assert talk_steps("- transfer: user/a").needs == "talk"
    assert talk_steps("- transfer: {to: user/a, accept_key: '1'}").needs == "agent"


def test_silence_is_one_attempt() -> None:
    call = talk_steps(MENU)
    call.silence()
    assert call.heard == ["welcome", "main", "silent main"]
    assert call.needs == "caller"


def test_waiting_lets_exactly_that_much_time_pass() -> None:
    call = talk_steps(MENU)
    before = call.now
    call.wait(3.0)
    assert call.now == before + 3.0
    assert call.heard == ["welcome", "main"]


def test_keys_pressed_during_an_announcement() -> None:
    call = talk_steps("- play: one\n- play: two\n- hangup: ")
    menu = "- menu: {prompt: m, choices: {'1': elsewhere, '2': there}}\n"
    fresh = talk_steps(menu, more="elsewhere: [{play: long}, {goto: go}]")
    assert call.heard == ["one", "two"]
    fresh.press("1")
    assert fresh.heard == ["m", "long", "m"]


def test_time_passes_from_the_arrival_on() -> None:
    bundle = bundle_of(steps_flow("- pause: 30s\n- play: at last\n- pause: 30s\n- hangup: "))
    call = Dialogue(bundle, "main", at=NOON)
    call.arrive()
    assert (call.heard, call.now) == ([], NOON)
    call.wait(30)
    assert (call.heard, call.now) == (["at last"], NOON + 30)
    assert call.result is None


def test_hanging_up_ends_it_once() -> None:
    call = talk_steps(MENU)
    call.hang_up()
    call.hang_up()
    assert [line.what for line in call.lines].count("end") == 1
    assert call.result is not None
    assert call.result.how == "caller_hangup"
    call.press("1")
    call.silence()
    call.wait(5)
    assert call.heard == ["welcome", "main"]


def test_people_do_as_they_are_told() -> None:
    names = {
        "busy": "busy",
        "no_answer": "no_answer",
        "rejects": "rejected",
        "unreachable": "unreachable",
        "fails": "failed",
    }
    for does, name in names.items():
        call = talk_steps("- transfer: user/a", people=[does])
        assert errors(call) == [f"transfer.{name}"]


def test_a_talk_ends_by_either_side() -> None:
    agent = talk_steps("- transfer: {to: user/a, after: here}")
    agent.wait(10)
    agent.agent_hangs_up()
    assert agent.heard[-1] == "at here"
    caller = talk_steps("- transfer: user/a")
    caller.hang_up()
    assert caller.result is not None
    assert caller.result.how == "caller_hangup"


def test_keys_pressed_in_a_talk_are_the_agents_own() -> None:
    call = talk_steps("- transfer: user/a")
    call.agent_presses("12")
    assert [line.text for line in call.lines if line.what == "agent presses"] == ["1", "2"]


def test_speaking_is_recorded_where_there_is_a_recording() -> None:
    call = talk_steps("- record: {store: x, silence: 2s}\n- hangup: ", vars="{x: {type: file}}")
    call.speak(4)
    assert [line.text for line in call.lines if line.what == "record"] == [
        "recording begins",
        "recording ends: silence, 6.0 s",
    ]
    talking = talk_steps(MENU)
    before = talking.now
    talking.speak(2)
    assert talking.now == before + 2


def test_requests_are_answered_or_fail_by_name() -> None:
    call = talk_steps("- http: {url: 'http://x.test'}\n- hangup: ", answer_http=replies(HttpReply(200)))
    assert [line.text for line in call.lines if line.what == "http"] == ["GET http://x.test -> 200"]
    assert errors(talk_steps("- http: {url: 'http://x.test'}\n- hangup: ")) == ["http.connect"]


def test_the_time_of_a_call_is_limited() -> None:
    limited = "flow: main\nlimits: {max_duration: 20s}\nstart: a\n"
    call = talk(limited + "blocks: {a: [menu: {prompt: m, choices: {'1': a}}]}\n")
    call.wait(60)
    assert call.result is not None
    assert call.result.cause == "ALLOTTED_TIMEOUT"


def test_an_endless_flow_without_a_caller_comes_to_an_end() -> None:
    call = talk_steps("- pause: 1s\n- goto: go")
    assert errors(call) == ["limit.visits"]
