"""The peer: stock greenswitch, doing the bench call and nothing else. `HOST PORT PASSWORD PROMPT`; prints `ready`.

No flow, no journal, no events to Redis: the call control alone, written the way its README shows.
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402

import gevent  # noqa: E402
from greenswitch import InboundESL  # noqa: E402

EVENTS = "event plain CHANNEL_PARK CHANNEL_ANSWER CHANNEL_EXECUTE_COMPLETE DTMF CHANNEL_HANGUP_COMPLETE"


class Controller:
    """Answer, prompt, key, prompt, key, hang up."""

    def __init__(self, host: str, port: int, password: str, prompt: str) -> None:
        self.prompt = prompt
        self.keys: dict[str, int] = {}
        self.connection = InboundESL(host=host, port=port, password=password)
        self.connection.connect()
        for name, handler in (
            ("CHANNEL_PARK", self.parked), ("CHANNEL_ANSWER", self.answered), ("DTMF", self.pressed),
            ("CHANNEL_HANGUP_COMPLETE", self.ended), ("CHANNEL_EXECUTE_COMPLETE", self.completed),
        ):  # fmt: skip
            self.connection.register_handle(name, handler)
        self.connection.send(EVENTS)

    def execute(self, uuid: str, application: str, argument: str = "") -> None:
        lines = [f"sendmsg {uuid}", "call-command: execute", f"execute-app-name: {application}", "event-lock: true"]
        if argument:
            lines.append(f"execute-app-arg: {argument}")
        self.connection.send("\n".join(lines))

    def parked(self, event: object) -> None:
        uuid = event.headers["Unique-ID"]  # type: ignore[attr-defined]
        self.keys[uuid] = 0
        self.connection.send(f"api sched_del {uuid}")
        self.execute(uuid, "answer")

    def answered(self, event: object) -> None:
        self.execute(event.headers["Unique-ID"], "playback", self.prompt)  # type: ignore[attr-defined]

    def pressed(self, event: object) -> None:
        uuid = event.headers["Unique-ID"]  # type: ignore[attr-defined]
        if uuid not in self.keys:
            return
        self.keys[uuid] += 1
        if self.keys[uuid] == 1:
            self.execute(uuid, "playback", self.prompt)
        else:
            self.connection.send(f"api uuid_kill {uuid}")

    def completed(self, event: object) -> None:
        pass

    def ended(self, event: object) -> None:
        self.keys.pop(event.headers["Unique-ID"], None)  # type: ignore[attr-defined]


if __name__ == "__main__":
    Controller(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
    print("ready", flush=True)
    while True:
        gevent.sleep(3600)
