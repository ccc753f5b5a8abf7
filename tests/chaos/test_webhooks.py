"""Whatever dies or misbehaves, every event arrives: at least once, under one id, in order per call."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from standardwebhooks import Webhook

from tests.chaos.customer import Customer
from tests.chaos.installation import SECRET, Installation, kill
from tests.shell.waiting import eventually

CALLS = 20
NUMBERS = range(1, 26)
IN_TIME = 30.0
"""Seconds for everything to arrive, on a machine that has other things to do."""


@pytest.fixture
def customer() -> Iterator[Customer]:
    customer = Customer()
    yield customer
    customer.close()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path)
    yield installation
    installation.close()


def whole(customer: Customer, path: str, calls: int = CALLS, numbers: range = NUMBERS) -> bool:
    """Whether a path got everything."""
    found = customer.numbers(path)
    return len(found) == calls and all(len(told) == len(numbers) for told in found.values())


def check_order(customer: Customer, path: str, numbers: range = NUMBERS) -> None:
    for call, told in customer.numbers(path).items():
        assert told == list(numbers), f"{call} at {path}"


def check_bodies(customer: Customer) -> None:
    """One event has one body, however often and by whom it was sent; and every request is signed."""
    bodies: dict[str, bytes] = {}
    for got in customer.got:
        assert bodies.setdefault(got.event, got.body) == got.body
        assert got.event == f"evt_{got.call}_{got.n}"
    Webhook(SECRET.text).verify(customer.got[0].body, customer.got[0].headers)
    Webhook(SECRET.text).verify(customer.got[-1].body, customer.got[-1].headers)


PATHS = ("good1", "good2", "good3", "good4")


def begun(installation: Installation, customer: Customer, processes: int) -> list["subprocess.Popen[bytes]"]:
    """Deliver processes amid a load that has begun to arrive."""
    for path in PATHS:
        installation.endpoint(path, customer.url(path))
    children = [installation.deliver() for _ in range(processes)]
    customer.think = 0.005
    installation.tell(CALLS, range(1, 11))
    eventually(lambda: len(customer.got) > 100, "deliveries", IN_TIME)
    return children


def check_everything(installation: Installation, customer: Customer) -> None:
    eventually(lambda: all(whole(customer, path) for path in PATHS), "everything at every endpoint", IN_TIME)
    for path in PATHS:
        check_order(customer, path)
        eventually(lambda path=path: installation.waiting(path) == {"waiting": 0, "slow": 0, "dead": 0}, "nothing left")
    check_bodies(customer)


def test_one_of_two_processes_is_killed(installation: Installation, customer: Customer) -> None:
    first, _second = begun(installation, customer, 2)
    kill(first)
    installation.tell(CALLS, range(11, 26))
    check_everything(installation, customer)
    repeated = len(customer.got) - installation.told * len(PATHS)
    assert repeated < installation.told, "only what was under way is repeated"


def test_all_processes_are_killed_and_others_started(installation: Installation, customer: Customer) -> None:
    for child in begun(installation, customer, 2):
        kill(child)
    installation.tell(CALLS, range(11, 26))
    installation.deliver()
    check_everything(installation, customer)


def test_redis_is_killed(installation: Installation, customer: Customer) -> None:
    begun(installation, customer, 1)
    installation.kill_redis()
    gevent.sleep(0.3)
    installation.start_redis()
    installation.tell(CALLS, range(11, 26))
    check_everything(installation, customer)
    assert "Traceback" not in installation.log


def test_redis_and_all_processes_are_killed(installation: Installation, customer: Customer) -> None:
    children = begun(installation, customer, 2)
    installation.tell(CALLS, range(11, 26))
    for child in children:
        kill(child)
    installation.kill_redis()
    installation.start_redis()
    installation.deliver()
    check_everything(installation, customer)


def test_a_process_that_is_held_up_and_goes_on_does_no_harm(installation: Installation, customer: Customer) -> None:
    first, _second = begun(installation, customer, 2)
    first.send_signal(signal.SIGSTOP)
    installation.tell(CALLS, range(11, 21))
    numbers = range(1, 21)
    eventually(lambda: all(whole(customer, path, numbers=numbers) for path in PATHS), "taken over", IN_TIME)
    first.send_signal(signal.SIGCONT)
    installation.tell(CALLS, range(21, 26))
    check_everything(installation, customer)


def test_endpoints_that_misbehave_harm_only_themselves(installation: Installation, customer: Customer) -> None:
    bad = ("hang", "drip", "close", "fail")
    for path in (*bad, "good1"):
        installation.endpoint(path, customer.url(path))
    installation.endpoint("dead", "http://127.0.0.1:1/")
    installation.deliver()
    installation.tell(CALLS, NUMBERS)
    eventually(lambda: whole(customer, "good1"), "the good one", IN_TIME)
    check_order(customer, "good1")
    eventually(lambda: all(customer.events(path) for path in bad), "all were tried")
    good = [one.event for one in customer.got if one.path == "/good1"]
    assert len(good) == len(set(good)), "the good one got nothing twice"
    for path in (*bad, "dead"):
        left = installation.waiting(path)
        assert left["dead"] == 0, "nothing is given up in so short a time"
        assert left["waiting"] + left["slow"] == installation.told, "and nothing is lost"
