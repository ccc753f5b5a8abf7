"""The embedded Redis: started, found again after a kill, ended by the last engine, private."""

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import gevent
import pytest
from redis import Redis

from engine.core.errors import StoreError
from engine.shell.embedded_redis import EmbeddedRedis, read_address


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "state" / "redis"
    yield folder
    running = read_address(folder)
    if running is not None:
        with suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGKILL)


def connection(url: str) -> "Redis":
    return Redis.from_url(url, protocol=2, decode_responses=True)


def test_it_answers_keeps_an_append_only_file_and_refuses_to_forget(folder: Path) -> None:
    redis = EmbeddedRedis(folder)
    client = connection(redis.start())
    assert client.config_get("append*")["appendfsync"] == "everysec"
    assert client.config_get("appendonly")["appendonly"] == "yes"
    assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    client.set("a", "1")
    assert redis.stop()
    assert connection(redis.start()).get("a") == "1"
    redis.stop()


def test_it_is_private(folder: Path) -> None:
    redis = EmbeddedRedis(folder)
    url = redis.start()
    running = read_address(folder)
    assert running is not None
    assert running.url == url
    for file in ("address.json", "redis.conf"):
        assert stat.S_IMODE((folder / file).stat().st_mode) == 0o600
    with socket.create_connection(("127.0.0.1", running.port)) as stranger:
        stranger.sendall(b"PING\r\n")
        assert stranger.recv(100).startswith(b"-NOAUTH")
    listening = subprocess.run(["ss", "-Hltn", f"sport = :{running.port}"], capture_output=True, text=True, check=True)
    assert [line.split()[3] for line in listening.stdout.splitlines()] == [f"127.0.0.1:{running.port}"]
    redis.stop()


def test_it_survives_a_killed_engine_and_is_found_again(folder: Path) -> None:
    code = (
        "import sys, pathlib, gevent\n"
        "from engine.shell.embedded_redis import EmbeddedRedis\n"
        f"print(EmbeddedRedis(pathlib.Path({str(folder)!r})).start(), flush=True)\n"
        "gevent.sleep(600)"
    )
    engine = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert engine.stdout is not None
    url = engine.stdout.readline().strip()
    connection(url).set("journal", "kept")
    engine.kill()
    engine.wait()
    engine.stdout.close()

    successor = EmbeddedRedis(folder)
    assert successor.start() == url
    assert connection(url).get("journal") == "kept"
    assert successor.stop()
    assert read_address(folder) is None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2].split("/")[0])))


def test_a_stale_address_is_not_believed(folder: Path) -> None:
    redis = EmbeddedRedis(folder)
    redis.start()
    assert redis.running is not None
    os.kill(redis.running.pid, signal.SIGKILL)
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        (folder / "address.json").write_text(f'{{"port": {port}, "password": "x", "pid": 1}}')
        answer = gevent.spawn(lambda: stranger.accept()[0].sendall(b"-NOAUTH nobody you know\r\n"))
        again = EmbeddedRedis(folder)
        url = again.start()
        answer.join()
    assert f":{port}/" not in url
    assert connection(url).ping()
    again.stop()


def test_one_that_lives_but_is_slow_is_waited_for_not_doubled(folder: Path) -> None:
    redis = EmbeddedRedis(folder)
    url = redis.start()
    assert redis.running is not None
    pid = redis.running.pid
    redis.abandon()
    os.kill(pid, signal.SIGSTOP)
    starting = gevent.spawn(EmbeddedRedis(folder).start)
    assert starting.join(timeout=0.5) is None
    assert not starting.ready()
    os.kill(pid, signal.SIGCONT)
    assert starting.get(timeout=30) == url


def test_the_last_engine_ends_it(folder: Path) -> None:
    first, second = EmbeddedRedis(folder), EmbeddedRedis(folder)
    url = first.start()
    assert second.start() == url
    assert not first.stop()
    assert connection(url).ping()
    assert second.stop()


def test_two_engines_starting_at_once_share_one(folder: Path) -> None:
    engines = [EmbeddedRedis(folder) for _ in range(4)]
    starting = [gevent.spawn(engine.start) for engine in engines]
    assert len({start.get() for start in starting}) == 1
    assert [engine.stop() for engine in engines].count(True) == 1


def test_a_redis_that_will_not_start_is_quoted(folder: Path) -> None:
    with pytest.raises(StoreError, match=r"no-such-redis cannot be started.*installed"):
        EmbeddedRedis(folder, "no-such-redis").start()
    (folder / "appendonlydir").write_text("in the way")
    with pytest.raises(StoreError, match=r"does not start, see .*redis\.log"):
        EmbeddedRedis(folder).start()


def kill(redis: EmbeddedRedis) -> int:
    """Kill it and wait until it is gone; its process id."""
    assert redis.running is not None
    pid = redis.running.pid
    os.kill(pid, signal.SIGKILL)
    with gevent.Timeout(10):
        while redis._lives(pid):
            gevent.sleep(0.005)
    return pid


def test_one_that_died_is_started_again_where_it_was(folder: Path) -> None:
    redis = EmbeddedRedis(folder)
    url = redis.start()
    client = connection(url)
    client.set("a", "1")
    client.config_set("appendfsync", "always")
    client.set("b", "2")
    assert not redis.revive()
    killed = kill(redis)
    listening_at(read_port(folder)).close()
    assert redis.revive()
    assert redis.running is not None
    assert (redis.running.url, redis.running.pid != killed) == (url, True)
    assert (connection(url).get("a"), connection(url).get("b")) == ("1", "2")
    assert read_address(folder) == redis.running
    assert not redis.revive()
    redis.stop()


def test_two_engines_start_it_again_once(folder: Path) -> None:
    first, second = EmbeddedRedis(folder), EmbeddedRedis(folder)
    url = first.start()
    assert second.start() == url
    kill(first)
    listening_at(read_port(folder)).close()
    revived = [gevent.spawn(one.revive) for one in (first, second)]
    gevent.joinall(revived, raise_error=True)
    assert sorted(one.value for one in revived) == [False, True]
    assert first.running == second.running
    assert connection(url).ping()
    second.abandon()
    first.stop()


def read_port(folder: Path) -> int:
    running = read_address(folder)
    assert running is not None
    return running.port


def listening_at(port: int) -> socket.socket:
    """A listener at a port that a process in its last moments may still have."""
    with gevent.Timeout(10):
        while True:
            with suppress(OSError):
                return socket.create_server(("127.0.0.1", port))
            gevent.sleep(0.01)


def test_one_that_cannot_start_again_is_told(folder: Path) -> None:
    redis = EmbeddedRedis(folder)
    redis.start()
    kill(redis)
    assert redis.running is not None
    with listening_at(redis.running.port), pytest.raises(StoreError, match="does not start again"):
        redis.revive()
    assert redis.revive(), "the port is free again"
    redis.stop()


def test_one_that_was_never_started_is_not_revived(folder: Path) -> None:
    assert not EmbeddedRedis(folder).revive()
