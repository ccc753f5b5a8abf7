"""Redis goes and comes, engines die, disks fill up, in any order: every event is there once, and in order."""

import subprocess
import sys
import tempfile
from pathlib import Path

import gevent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.ids import CallId
from engine.shell.outbox import Outbox
from engine.shell.store import Store
from tests.shell.redis_server import RedisServer
from tests.shell.stores import MakeStore, closed, files, ids, one, told
from tests.shell.waiting import eventually

A = CallId("call-a")

# An engine dies meanwhile

DYING = """
from gevent import monkey; monkey.patch_all()
import os, pathlib, sys
from engine.core.ids import CallId
from engine.shell.outbox import Outbox
from engine.shell.store import Store
from tests.shell.stores import one
url, folder, redis_pid, calls, first, many = sys.argv[1:]
store = Store(url, outbox=Outbox(pathlib.Path(folder), 1 << 30))
store.start()
for number in range(int(first), int(first) + int(many)):
    if number == int(first) + 2:
        os.kill(int(redis_pid), 9)
    for call in calls.split(","):
        assert store.commit(one(CallId(call), number))
os.kill(os.getpid(), 9)
"""


def dies_without_redis(server: RedisServer, folder: Path, calls: list[CallId], first: int, many: int) -> None:
    """An engine that serves calls, sees Redis go after two turns of each, serves on and is killed."""
    assert server._process is not None
    words = [server.url, str(folder), str(server._process.pid), ",".join(calls), str(first), str(many)]
    code = subprocess.run([sys.executable, "-c", DYING, *words], check=False).returncode
    assert code == -9
    server.kill()


def test_what_a_killed_engine_had_on_the_disk_reaches_redis_before_its_successor_reads_the_journals(
    make_store: MakeStore, own_redis: RedisServer, tmp_path: Path
) -> None:
    calls = [A, CallId("call-b")]
    dies_without_redis(own_redis, tmp_path / "outbox", calls, 0, 30)
    assert files(tmp_path)
    own_redis.start()
    dies_without_redis(own_redis, tmp_path / "outbox", calls, 30, 20)
    own_redis.start()
    successor = make_store()
    successor.drain()
    assert files(tmp_path) == []
    assert sorted(successor.live_calls("fs1")) == sorted(calls)
    for call in calls:
        assert len(successor.journal(call)[1]) == 50
        assert told(own_redis, call) == ids(call, 50)


def test_one_that_stands_by_on_the_same_machine_drains_it_too(
    make_store: MakeStore, own_redis: RedisServer, tmp_path: Path
) -> None:
    standing_by = make_store()
    dies_without_redis(own_redis, tmp_path / "outbox", [A], 0, 10)
    own_redis.start()
    standing_by.drain()
    assert told(own_redis, A) == ids(A, 10)
    assert files(tmp_path) == []


def test_an_engine_that_is_stopped_without_redis_leaves_its_turns_to_the_next(
    make_store: MakeStore, own_redis: RedisServer, tmp_path: Path
) -> None:
    first = make_store()
    assert first.commit(one(A, 0))
    own_redis.kill()
    for number in range(1, 40):
        first.commit(one(A, number), wait=False)
    first.stop(1.0)
    assert files(tmp_path)
    own_redis.start()
    second = make_store()
    second.drain()
    assert told(own_redis, A) == ids(A, 40)


def test_engines_of_one_machine_have_a_file_each(make_store: MakeStore, own_redis: RedisServer, tmp_path: Path) -> None:
    stores = [make_store(), make_store()]
    own_redis.kill()
    calls = [CallId("of-one"), CallId("of-two")]
    for number in range(20):
        for store, call in zip(stores, calls, strict=True):
            assert store.commit(one(call, number))
    assert len({path.name.split(".")[0] for path in files(tmp_path)}) == 2
    own_redis.start()
    eventually(lambda: all(closed(store) for store in stores), "everything in Redis")
    for call in calls:
        assert told(own_redis, call) == ids(call, 20)


# Any order of all of it

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("turns"), st.integers(1, 12)),
        st.sampled_from([(what, 0) for what in ("kill redis", "start redis", "engine dies", "disk full", "disk free")]),
        st.tuples(st.just("settle"), st.integers(0, 1)),
    ),
    min_size=4, max_size=16,
)  # fmt: skip


class Machine:
    """One engine after the other, one Redis that comes and goes; what was durably handed in must arrive."""

    def __init__(self, server: RedisServer, folder: Path, full_disk: list[bool]) -> None:
        self.server = server
        self.folder = folder
        self.full = full_disk
        self.full.append(False)
        self.up = True
        self.at = {CallId("a"): 0, CallId("b"): 0, CallId("c"): 0}
        server.client().flushall()
        self.store = self.engine()

    def engine(self) -> Store:
        store = Store(self.server.url, outbox=Outbox(self.folder, 1 << 30))
        store.start()
        return store

    def do(self, step: str, many: int) -> None:
        if step == "turns":
            for number in range(many):
                call = [*self.at][number % len(self.at)]
                self.store.commit(one(call, self.at[call]), wait=number % 2 == 0)
                self.at[call] += 1
        elif step == "kill redis" and self.up:
            self.server.kill()
            self.up = False
        elif step == "start redis" and not self.up:
            self.server.start()
            self.up = True
        elif step == "disk full":
            self.full.append(True)
        elif step == "disk free":
            self.full.append(False)
        elif step == "settle":
            gevent.sleep(0.03 * many)
        elif step == "engine dies":
            self.die()

    def die(self) -> None:
        """A death after which everything handed in is on the disk or in Redis; then a successor."""
        if self.full[-1] and not self.up:
            return
        eventually(lambda: not self.store._queue, "a turn that is somewhere")
        detour, outbox = self.store.detour, self.store.outbox
        assert detour is not None
        assert detour._keeper is not None
        assert outbox is not None
        assert self.store._writer is not None
        gevent.killall([detour._keeper, self.store._writer])
        for file in outbox._open:
            file.file.close()
        outbox._open.clear()
        self.do("start redis", 0)
        self.store = self.engine()
        self.store.drain()

    def end(self) -> None:
        self.full.append(False)
        self.do("start redis", 0)
        eventually(lambda: closed(self.store), "everything in Redis", 20)
        for call, count in self.at.items():
            assert told(self.server, call) == ids(call, count)
            assert self.store.journal(call)[1] == [f'["Resumed",{n}]'.encode() for n in range(count)]
        assert [*self.folder.iterdir()] == []
        self.store.stop(1.0)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_happens_every_event_is_there_once_and_in_order(
    own_redis: RedisServer, full_disk: list[bool], quick_retries: None, steps: list[tuple[str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(own_redis, Path(folder), full_disk)
        for step, many in steps:
            machine.do(step, many)
        machine.end()
