from engine.core.effects import AnswerLeg
from tests.flow.playbook import run_steps


def test_it_answers_the_caller() -> None:
    call = run_steps("- answer:\n- hangup: ", answered=False)
    assert call.effects == [AnswerLeg(call.runner._state.facts.leg)]
    assert call.runner.answered


def test_early_media_is_not_yet_an_answer() -> None:
    call = run_steps("- answer: {early_media: true}\n- answer:\n- answer:\n- hangup: ", answered=False)
    leg = call.runner._state.facts.leg
    assert call.effects == [AnswerLeg(leg, early_media=True), AnswerLeg(leg)]


def test_an_answered_call_is_not_answered_again() -> None:
    assert run_steps("- answer:\n- answer: {early_media: true}\n- hangup: ").effects == []
