from engine.core.steps import Wait
from tests.flow.playbook import run_steps


def test_it_waits_and_leaves_keys_unread() -> None:
    call = run_steps("- pause: 500ms\n- hangup: ")
    assert call.wait == Wait(0.5)
    call.time_out()
    assert call.ended
