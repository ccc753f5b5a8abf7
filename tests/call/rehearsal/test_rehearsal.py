import gc
from dataclasses import replace

from engine.call.rehearsal.rehearsal import Rehearsal
from engine.flow.rehearsal.script import CallSetup
from tests.flow.rehearsal.scripts import SHOP, script

CASES = """\
flow: main
cases:
  - name: closed
    mocks: {hours: {shop: closed}}
    expect: {end: hangup}
  - name: wrong
    expect: {end: hangup}
"""


def test_cases_are_performed_one_by_one() -> None:
    rehearsal = Rehearsal(SHOP, [script(CASES)])
    assert [rehearsal.perform(case).passed for case in rehearsal.cases] == [True, False]
    assert rehearsal.map is None
    assert rehearsal.covered == set()


def test_what_they_cover_gathers() -> None:
    rehearsal = Rehearsal(SHOP, [script(CASES)], coverage=True)
    assert rehearsal.map is not None
    labels = {point.number: point.label for point in rehearsal.map.points}
    rehearsal.perform(rehearsal.cases[0])
    covered = {labels[number] for number in rehearsal.covered}
    assert {"answer", "hours closed", "welcome in en"} <= covered
    assert "hours open (the next step)" not in covered
    rehearsal.perform(rehearsal.cases[1])
    covered = {labels[number] for number in rehearsal.covered}
    assert {"hours open (the next step)", "choose in en"} <= covered
    assert "welcome in fr" not in covered


def test_a_case_that_cannot_be_performed_fails_alone() -> None:
    rehearsal = Rehearsal(SHOP, [script(CASES)])
    broken = replace(rehearsal.cases[0], call=CallSetup(float("nan")))
    assert "a fault of the engine" in rehearsal.perform(broken).failures[0].got


def test_a_call_leaves_nothing_that_must_be_searched_for() -> None:
    """Thousands of calls a second would otherwise spend a quarter of their time on that."""
    rehearsal = Rehearsal(SHOP, [script(CASES)])
    rehearsal.perform(rehearsal.cases[0])
    gc.collect()
    gc.disable()
    try:
        for case in rehearsal.cases:
            rehearsal.perform(case)
        assert gc.collect() == 0
    finally:
        gc.enable()
