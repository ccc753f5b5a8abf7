"""Performing in several processes; each test in a process of its own, which may have children."""

import subprocess
import sys
from pathlib import Path

from engine.call.rehearsal.rehearsal import Rehearsal
from engine.shell.rehearsing import perform_all
from tests.flow.rehearsal.scripts import SHOP, script

CASES = """\
flow: main
cases:
  - name: closed
    for_each: {n: [%s]}
    mocks: {hours: {shop: closed}}
    expect: {end: hangup}
  - name: wrong
    expect: {end: hangup}
"""
HERE = Path(__file__).parents[2]


def rehearsal(count: int = 5) -> Rehearsal:
    """So many good cases, then a bad one."""
    return Rehearsal(SHOP, [script(CASES % ", ".join(map(str, range(count))))], coverage=True)


def test_one_process() -> None:
    done: list[int] = []
    found = perform_all(rehearsal(), 1, done.append)
    assert [verdict.passed for verdict in found.verdicts] == [True] * 5 + [False]
    assert sum(done) == 6
    assert set(found.seconds) == set(range(6))
    assert found.wall > 0


def run(script_text: str) -> str:
    command = [sys.executable, "-c", "from tests.shell.test_rehearsing import *\n" + script_text]
    ran = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_several_processes_give_the_same_in_the_same_order() -> None:
    told = run(
        "one, two, done = rehearsal(230), rehearsal(230), []\n"
        "alone = perform_all(one, 1)\n"
        "together = perform_all(two, 3, done.append)\n"
        "assert alone.verdicts == together.verdicts\n"
        "assert one.covered == two.covered and two.covered\n"
        "assert sum(done) == 231 and len(together.seconds) == 231\n"
        "print(len(done))\n"
    )
    assert int(told) < 231, "verdicts come many at a time"


def test_a_child_that_dies_fails_its_own_cases_only() -> None:
    told = run(
        "import os\n"
        "class Dying(Rehearsal):\n"
        "    def perform(self, case):\n"
        "        if case.name == 'closed (n 1)':\n"
        "            os._exit(9)\n"
        "        return super().perform(case)\n"
        "cases = rehearsal(6).cases\n"
        "dying = Dying(SHOP, [])\n"
        "dying.cases = cases[:6]\n"
        "for verdict in perform_all(dying, 2).verdicts:\n"
        "    print(verdict.passed, *(failure.got for failure in verdict.failures))\n"
    )
    lost = "False the process that performed it ended too early"
    assert told.splitlines() == ["True", lost, "True", lost, "True", lost]


def test_no_more_processes_than_cases_and_one_for_few() -> None:
    assert perform_all(rehearsal(1), 0).verdicts
    assert perform_all(Rehearsal(SHOP, []), 8).verdicts == []
