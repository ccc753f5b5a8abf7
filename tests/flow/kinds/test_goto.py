import pytest

from tests.flow.playbook import talk_steps


@pytest.mark.parametrize(
    ("target", "heard"),
    [
        ("here", ["at here"]),
        ("hangup", []),
        ("next", ["after"]),
        ("return", []),
        ("[{play: inline}]", ["inline", "after"]),
    ],
)
def test_every_target(target: str, heard: list[str]) -> None:
    assert talk_steps(f"- goto: {target}\n- hangup: {{prompt: after}}").heard == heard
