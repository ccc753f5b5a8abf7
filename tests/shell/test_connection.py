"""One connection against a scripted event socket: cut, silent, rude, broken, and greenswitch's own way to use it."""

import socket as plain_socket
from collections.abc import Iterator

import gevent
import gevent.event
import pytest
from greenswitch import InboundESL
from greenswitch.esl import NotConnectedError

from engine.core.errors import CommandTimeoutError, NotSentError, RefusedError, SwitchError, UnconfirmedError
from engine.esl.command import Api, Execute, Subscribe
from engine.esl.event import Event
from engine.esl.link import Reply
from engine.shell import connection as connection_module
from engine.shell.connection import Connection
from tests.esl.frames import GOODBYE, event_frame, frame, reply, response
from tests.shell.scripted_switch import PASSWORD, Peer, ScriptedSwitch
from tests.shell.waiting import eventually


class Client:
    """A connection with what it told."""

    def __init__(self, server: ScriptedSwitch, password: str = PASSWORD) -> None:
        self.events: list[Event] = []
        self.down: list[str] = []
        self.connection = Connection(
            "127.0.0.1", server.port, password, on_events=self.events.extend, on_down=self.down.append
        )


@pytest.fixture
def client(switch_server: ScriptedSwitch) -> Iterator[Client]:
    client = Client(switch_server)
    client.connection.connect()
    yield client
    client.connection.abort("the test is over")


def peer(server: ScriptedSwitch) -> Peer:
    return eventually(lambda: server.peers[0] if server.peers else None, "a client")


def test_it_logs_in_and_asks(switch_server: ScriptedSwitch, client: Client) -> None:
    switch_server.answers["api status"] = "UP 0 years\n"
    assert client.connection.ask(Api("status")) == Reply(True, "UP 0 years")
    assert peer(switch_server).received == [f"auth {PASSWORD}", "api status"]
    assert client.connection.connected


def test_small_packets_leave_at_once_and_a_dead_peer_is_noticed(client: Client) -> None:
    sock = client.connection.sock
    assert sock is not None
    assert sock.getsockopt(plain_socket.IPPROTO_TCP, plain_socket.TCP_NODELAY) == 1
    assert sock.getsockopt(plain_socket.SOL_SOCKET, plain_socket.SO_KEEPALIVE) == 1
    assert sock.getsockopt(plain_socket.IPPROTO_TCP, plain_socket.TCP_KEEPIDLE) <= 10


def test_a_wrong_password_is_told_as_such(switch_server: ScriptedSwitch) -> None:
    client = Client(switch_server, "guess")
    with pytest.raises(RefusedError, match="refused the password"):
        client.connection.connect()
    assert client.down == ["FreeSWITCH refused the password (-ERR invalid)"]


def test_a_rude_rejection_says_why(switch_server: ScriptedSwitch) -> None:
    switch_server.greeting = frame("text/rude-rejection", b"Access Denied, go away.\n")
    client = Client(switch_server)
    connecting = gevent.spawn(client.connection.connect)
    eventually(lambda: client.connection.reason, "the reason")
    peer(switch_server).cut()
    with pytest.raises(NotConnectedError, match="Access Denied"):
        connecting.get(timeout=5)


def test_nobody_listening_is_an_error_at_once(switch_server: ScriptedSwitch) -> None:
    switch_server.stop()
    client = Client(switch_server)
    with pytest.raises(NotConnectedError, match="refused"):
        client.connection.connect()
    client.connection.abort("twice is fine")


def test_a_switch_that_never_asks_for_the_password_is_given_up(
    switch_server: ScriptedSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "LOGIN_TIMEOUT", 0.05)
    switch_server.greeting = None
    with pytest.raises(NotConnectedError, match="no login prompt"):
        Client(switch_server).connection.connect()


def test_the_end_of_the_stream_before_the_login_is_an_error(switch_server: ScriptedSwitch) -> None:
    switch_server.answers["auth"] = lambda _block: switch_server.peers[0].cut()  # type: ignore[func-returns-value]
    with pytest.raises(NotConnectedError):
        Client(switch_server).connection.connect()


def test_frames_cut_byte_by_byte_are_events(switch_server: ScriptedSwitch, client: Client) -> None:
    for byte in event_frame({"n": "1"}) + event_frame(b'{"n":"caf\xe9"}') + event_frame({"n": "3"}):
        peer(switch_server).say(bytes([byte]))
        gevent.sleep(0)
    eventually(lambda: len(client.events) == 3, "three events")
    assert [event.get("n") for event in client.events] == ["1", "caf�", "3"]


def test_a_broken_event_does_not_stop_the_next_one(switch_server: ScriptedSwitch, client: Client) -> None:
    peer(switch_server).say(event_frame(b"{broken") + frame("text/unheard-of", b"?") + event_frame({"n": "2"}))
    eventually(lambda: [event.get("n") for event in client.events][-1:] == ["2"], "the event behind the broken one")


def test_a_huge_event_is_read(switch_server: ScriptedSwitch, client: Client) -> None:
    gevent.spawn(peer(switch_server).say, event_frame({"sdp": "x" * 3_000_000}))
    eventually(lambda: client.events, "a huge event")
    assert len(client.events[0].get("sdp")) == 3_000_000


@pytest.mark.parametrize("broken", [b"Content-Length: many\n\n", b"Content-Length: 99999999999\n\n", b"x" * 80_000])
def test_a_stream_that_cannot_be_followed_is_closed(
    switch_server: ScriptedSwitch, client: Client, broken: bytes
) -> None:
    peer(switch_server).say(broken)
    eventually(lambda: client.down, "the end")
    assert "cannot be followed" in client.down[0]
    assert not client.connection.connected


def test_the_end_inside_a_body_wakes_every_waiter(switch_server: ScriptedSwitch, client: Client) -> None:
    switch_server.answers["api"] = None
    asking = [gevent.spawn(client.connection.ask, Api(f"status {number}")) for number in range(3)]
    eventually(lambda: len(peer(switch_server).received) == 4, "three commands")
    peer(switch_server).say(event_frame({"n": "x" * 100})[:-50])
    peer(switch_server).cut()
    for greenlet in asking:
        with pytest.raises(UnconfirmedError):
            greenlet.get(timeout=5)
    assert len(client.down) == 1
    assert client.events == []


def test_a_goodbye_is_the_reason(switch_server: ScriptedSwitch, client: Client) -> None:
    peer(switch_server).say(GOODBYE)
    peer(switch_server).cut()
    eventually(lambda: client.down == ["Disconnected, goodbye."], "the goodbye")
    with pytest.raises(NotSentError, match="goodbye"):
        client.connection.ask(Api("status"))


def test_a_late_reply_goes_to_its_own_slot(switch_server: ScriptedSwitch, client: Client) -> None:
    switch_server.answers["api slow"] = None
    with pytest.raises(CommandTimeoutError):
        client.connection.ask(Api("slow"), timeout=0.02)
    switch_server.answers["api fast"] = response("late answer to slow") + response("answer to fast")
    assert client.connection.ask(Api("fast")).text == "answer to fast"


def test_many_ask_at_once_and_each_gets_its_own_answer(switch_server: ScriptedSwitch, client: Client) -> None:
    switch_server.answers["api echo"] = lambda block: block.removeprefix("api echo ")
    asking = [gevent.spawn(client.connection.ask, Api(f"echo {number}")) for number in range(50)]
    assert [greenlet.get(timeout=5).text for greenlet in asking] == [str(number) for number in range(50)]


def test_what_is_queued_leaves_in_one_piece_and_in_order(switch_server: ScriptedSwitch, client: Client) -> None:
    told: list[Reply | SwitchError] = []
    for number in range(3):
        client.connection.submit(Execute("leg-a", "log", f"line\n\n{number}"), told.append)  # type: ignore[arg-type]
    assert told == []
    client.connection.flush()
    eventually(lambda: len(told) == 3, "three replies")
    assert [block[-7:] for block in peer(switch_server).received[1:]] == [f"line\n\n{number}" for number in range(3)]


def test_a_large_write_is_whole(switch_server: ScriptedSwitch, client: Client) -> None:
    texts = [str(number) * 60_000 for number in range(10)]
    told: list[Reply | SwitchError] = []
    for text in texts:
        client.connection.submit(Execute("leg-a", "log", text), told.append)  # type: ignore[arg-type]
    client.connection.flush()
    eventually(lambda: len(told) == 10, "ten replies")
    assert [block.rpartition("\n\n")[2] for block in peer(switch_server).received[1:]] == texts


def test_a_switch_that_reads_no_more_holds_up_nobody_who_sends(switch_server: ScriptedSwitch, client: Client) -> None:
    reading = gevent.event.Event()

    def after_a_while(_block: str) -> bytes:
        reading.wait()
        return reply("+OK")

    switch_server.answers["sendmsg"] = after_a_while
    told: list[Reply | SwitchError] = []
    with gevent.Timeout(10):
        for _ in range(300):
            client.connection.submit(Execute("leg-a", "log", "x" * 60_000), told.append)  # type: ignore[arg-type]
            client.connection.flush()
    assert told == []
    reading.set()
    eventually(lambda: len(told) == 300, "every reply")
    assert {block.count("x") for block in peer(switch_server).received[1:]} == {60_000 + 3}


def test_stop_says_goodbye(switch_server: ScriptedSwitch, client: Client) -> None:
    server = peer(switch_server)
    client.connection.stop()
    client.connection.stop()
    eventually(lambda: "exit" in server.received, "the goodbye")
    assert client.down == ["stopped"]


# Who knows greenswitch knows this class


def test_it_is_a_greenswitch_client(switch_server: ScriptedSwitch, client: Client) -> None:
    assert isinstance(client.connection, InboundESL)
    heard: list[tuple[str, str]] = []
    client.connection.register_handle("CHANNEL_ANSWER", lambda event: heard.append(("answer", event.headers["n"])))
    client.connection.register_handle("*", lambda event: heard.append(("other", event.headers["n"])))
    client.connection.register_handle("sofia::register", lambda event: heard.append(("custom", event.data)))
    assert client.connection.send("event json ALL").data.startswith("+OK")
    peer(switch_server).say(
        event_frame({"Event-Name": "CHANNEL_ANSWER", "n": "1"}) + event_frame({"Event-Name": "DTMF", "n": "2"})
        + event_frame({"Event-Name": "CUSTOM", "Event-Subclass": "sofia::register", "_body": "text"})
    )  # fmt: skip
    eventually(lambda: len(heard) == 3, "three handled events")
    assert heard == [("answer", "1"), ("other", "2"), ("custom", "text")]


def test_whoever_cannot_take_events_ends_the_connection_instead_of_deafening_it(
    switch_server: ScriptedSwitch, client: Client
) -> None:
    def fails(_events: object) -> None:
        raise RuntimeError("a fault")

    deaf = Client(switch_server)
    deaf.connection._on_events = fails
    deaf.connection.connect()
    switch_server.peers[1].say(event_frame({"n": "1"}))
    eventually(lambda: deaf.down == ["RuntimeError('a fault')"], "the end")


def test_a_handler_that_fails_stops_nothing(switch_server: ScriptedSwitch, client: Client) -> None:
    def fails(_event: object) -> None:
        raise KeyError("no such header")

    client.connection.register_handle("DTMF", fails)
    peer(switch_server).say(event_frame({"Event-Name": "DTMF", "n": "1"}) + event_frame({"n": "2"}))
    eventually(lambda: len(client.events) == 2, "both events")
    assert client.connection.connected


@pytest.mark.parametrize(
    ("line", "received"),
    [
        ("api status", "api status"),
        ("event json DTMF", "event json DTMF"),
        ("bgapi status", "bgapi status\nJob-UUID: "),
    ],
)
def test_greenswitch_lines_are_sent_as_typed_commands(
    switch_server: ScriptedSwitch, client: Client, line: str, received: str
) -> None:
    assert client.connection.send(line).headers["Reply-Text"].startswith("+OK")
    assert peer(switch_server).received[-1].startswith(received)


@pytest.mark.parametrize("line", ["sendmsg a\ncall-command: hangup", "filter Unique-ID x", "event plain ALL", ""])
def test_other_lines_are_refused(switch_server: ScriptedSwitch, client: Client, line: str) -> None:
    with pytest.raises(NotSentError):
        client.connection.send(line)
    assert len(peer(switch_server).received) == 1


def test_commands_handed_in_before_the_login_go_after_it(switch_server: ScriptedSwitch) -> None:
    client = Client(switch_server)
    told: list[Reply | SwitchError] = []
    client.connection.submit(Subscribe(("DTMF",)), told.append)
    client.connection.connect()
    eventually(lambda: told, "the reply")
    assert peer(switch_server).received == [f"auth {PASSWORD}", "event json DTMF"]
    client.connection.abort("over")
