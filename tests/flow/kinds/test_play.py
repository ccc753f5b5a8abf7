from engine.core.effects import Play
from engine.core.prompts import SoundFile, Speech
from engine.core.signals import Played
from tests.flow.playbook import bundle_of, run, run_steps, steps_flow, talk_steps


def test_every_short_form() -> None:
    for written in ('"hello"', "{text: hello}", "[hello]", "{prompt: hello}", "{prompt: {text: hello}}"):
        assert talk_steps(f"- play: {written}\n- hangup: ").heard == ["hello"], written


def test_a_list_is_one_prompt() -> None:
    call = talk_steps("- play: [one, {pause: 300ms}, {say: '${1 + 1}', as: number}]\n- hangup: ")
    assert call.heard == ["one 2"]


def test_prompts_by_id_are_recorded_or_spoken() -> None:
    bundle = bundle_of(
        steps_flow("- play: [{id: welcome}, {id: bye}]\n- hangup: "),
        prompts="bye: Good bye",
        sounds=("en/welcome.wav",),
    )
    call = run(bundle)
    assert isinstance(call.last_ask, Play)
    assert call.last_ask.prompt == (SoundFile("/sounds/en/welcome.wav", "welcome"), Speech("Good bye", "en", "", "bye"))


def test_times_plays_it_so_often() -> None:
    assert talk_steps("- play: {prompt: a, times: 3}\n- hangup: ").heard == ["a a a"]


def test_without_barge_in_no_key_ends_it() -> None:
    call = run_steps("- play: {prompt: a, barge_in: false}\n- hangup: ")
    assert isinstance(call.last_ask, Play)
    assert not call.last_ask.interruptible
    call.done(Played("done"))
    assert call.ended


def test_a_missing_prompt_is_an_error_at_the_step() -> None:
    call = talk_steps("- play: {id: nothing}\n  on_error: {prompt.missing: here}")
    assert call.heard == ["at here"]
