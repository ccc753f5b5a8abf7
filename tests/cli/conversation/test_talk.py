"""A dialogue in the terminal, line by line."""

import io
from collections.abc import Callable

import pytest

from engine.call.rehearsal.performance import Performance
from engine.cli.conversation.talk import Setting, Talk
from engine.cli.screen import console
from tests.flow.playbook import NOON
from tests.flow.rehearsal.scripts import SHOP, script

Hold = Callable[..., tuple[Talk, str]]


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hold:
    def say(*lines: str) -> tuple[Talk, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(line + "\n" for line in lines)))
        talk = Talk(console(), SHOP, Setting("main", NOON, "+44100", "+44200", {"tries": 2}))
        talk.hold()
        return talk, capsys.readouterr().out

    return say


LOOK = 'POST crm/look 200 {"tier": 2}'


@pytest.mark.parametrize(
    "lines",
    [
        ("",),
        ("", "2"),
        ("*", "1", '200 {"tier": 2}', "/wait 20", "/bye"),
        ("/mock " + LOOK, "/busy", "1", "/speak 4"),
        ("/mock " + LOOK, "/mock transfer user/anna rejects", "1", "/speak 4"),
        ("/mock " + LOOK, "1", "/agent 5", "/hangup"),
        ("/mock hours shop holiday",),
        ("1", ""),
        ("/at 2026-12-25T10:00", "2"),
        ("/mock record fails", "/mock session tier 0", "/mock POST crm/look http.timeout", "9", "1"),
        ("/speak 2", "/wait 3s", "9", "/hangup"),
    ],
)
def test_what_was_said_passes_as_a_test(hold: Hold, lines: tuple[str, ...]) -> None:
    talk, _ = hold(*lines)
    text = talk.recorded()
    (case,) = script(text).cases
    assert Performance(case, SHOP).run().failures == (), text


def test_another_time_and_other_hours_begin_the_call_again(hold: Hold) -> None:
    _, out = hold("9", "/at 2026-12-25T10:00", "/mock hours shop closed")
    assert out.count("the call begins again") == 2
    assert out.count("caller hears  Welcome.") == 3
    assert "caller hears  We are closed." in out
    talk, _ = hold("/at 2026-12-25T10:00", "2")
    assert 'at: "2026-12-25T10:00:00"' in talk.recorded()
    assert "tries: 2" in talk.recorded()


def test_what_makes_no_sense_is_told_and_changes_nothing(hold: Hold) -> None:
    _, out = hold("/at noon", "/mock nothing", "/mock hours shp closed", "hello", "/speak nan", "/quit")
    assert "write a time such as" in out
    assert "/mock hours support closed" in out
    assert 'did you mean "shop"?' in out
    assert out.count("an empty line is silence") == 2
    assert out.count("caller hears  Welcome.") == 1


def test_requests_without_a_mock_are_answered_by_the_author(hold: Hold) -> None:
    _, out = hold("1", '200 {"tier": 2}', "/hangup")
    assert "request: POST https://crm.example.com/api/look" in out
    assert "caller hears  Your tier is 2" in out
    assert "caller hears  We are closed." in hold("1", "9999 x")[1]
