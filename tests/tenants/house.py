"""The installation of the tests: everything real but the switch, which does as it is told, and the customers' servers.

Two tenants live in it. Whatever belongs to the second has a word in it that must never reach the first.
"""

import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import gevent
import orjson
from pydantic import SecretStr
from werkzeug.test import Client, TestResponse

from engine.api.console.visitor import COOKIE, FORM_FIELD, form_token
from engine.config import Api, Settings, Switch, Webhooks
from engine.shell.control.presence import serving
from engine.shell.delivery.process import DeliverProcess
from engine.shell.engine import Engine
from engine.shell.keys import API_KEYS, CallKeys, endpoints_key
from engine.shell.serving.console_sessions import ConsoleSessions
from engine.shell.serving.process import ApiProcess
from engine.webhooks.attempt import Attempt, Verdict
from engine.webhooks.endpoint import Endpoint
from tests.shell.line import parked
from tests.shell.records.told import ToldCall, append
from tests.shell.redis_server import RedisServer
from tests.shell.scripted_switch import PASSWORD, ScriptedSwitch
from tests.shell.waiting import eventually

OURS, THEIRS = "acme", "hushco"
WORD = "hush"
"""In everything of the other tenant."""
_FLOW = "flow: {name}\ntenant: {tenant}\nstart: go\nblocks:\n  go:\n    - answer:\n    - pause: 10m\n    - hangup:\n"
FLOWS = {OURS: ("sales", "support"), THEIRS: ("hushline", "hushdesk")}
NUMBERS = {OURS: "+442079460001", THEIRS: "+442079467777"}
CALLERS = {OURS: "+441632960001", THEIRS: "+441632967777"}
_RULES = "rules:\n" + "".join(
    f'  - {{name: {flows[0]} rule, number: "{NUMBERS[tenant]}", flow: {flows[0]}}}\n' for tenant, flows in FLOWS.items()
)
FILES = {
    "ivr_flows/project.yaml": "name: Both\ntenant: operator\nlanguages: [en]\ncountry: GB\ntimezone: Europe/London\n",
    "dialplans/main.yaml": f'{_RULES}  - {{name: second, number: "101", flow: support}}\n'
    '  - {name: hush second, number: "102", flow: hushdesk}\n',
    **{
        f"ivr_flows/{flow}.flow.yaml": _FLOW.format(name=flow, tenant=tenant)
        for tenant, flows in FLOWS.items() for flow in flows
    },
}  # fmt: skip
_number = count(1)


@dataclass
class Customers:
    """Takes every webhook, and remembers whose endpoint was told what."""

    told: list[tuple[str, bytes]] = field(default_factory=list)

    def post(self, endpoint: Endpoint, body: bytes, event_id: str, attempt: int) -> Attempt:
        self.told.append((endpoint.tenant, body))
        return Attempt(event_id, attempt, time.time(), 1, Verdict.DELIVERED, 200)


@dataclass
class Tenant:
    """What one tenant has."""

    name: str
    key: str = ""
    public: str = ""
    calls: list[str] = field(default_factory=list)
    ended: int = 0
    endpoints: list[str] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    """Texts that tell something of this tenant."""

    @property
    def flows(self) -> tuple[str, ...]:
        return FLOWS[self.name]


class House:
    """One installation."""

    def __init__(self, redis: RedisServer, switch: ScriptedSwitch, folder: Path) -> None:
        for name, text in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        self.redis = redis
        self.client: Any = redis.client()
        self.switch = switch
        self.settings = Settings(
            name="house", project_dir=folder, state_dir=folder / "var", redis_url=SecretStr(redis.url),
            switches=(Switch(name="fs1", port=switch.port, password=SecretStr(PASSWORD)),),
            api=Api(port=0, per_minute=1_000_000, per_hour=10_000_000), webhooks=Webhooks(keep_calls_hours=8760),
        )  # fmt: skip
        self.customers = Customers()
        self.engine = Engine(self.settings)
        self.deliver = DeliverProcess(self.settings, redis.url, self.customers)
        self.api = ApiProcess(self.settings, redis.url)
        self.app = self.api.server.application
        self.ours, self.theirs = Tenant(OURS), Tenant(THEIRS)

    def start(self) -> None:
        """Everything up, two keys made, an endpoint and a live call for each."""
        self.switch.answers["api uuid_dump"] = "-ERR No such channel!"
        self.engine.start()
        assert self.engine.wait_up(10)
        eventually(lambda: any(known.up for known in serving(self.client)), "an engine that says it serves")
        self.deliver.start()
        for tenant in (self.ours, self.theirs):
            tenant.key, kept = self.api.keys.create(tenant.name, f"key of {tenant.name}", ["*"])
            tenant.public = kept.id
            tenant.words |= {tenant.name, tenant.key, tenant.public, CALLERS[tenant.name], *tenant.flows}
            self.endpoint(tenant)
            self.live_call(tenant)

    def stop(self) -> None:
        """Everything down."""
        self.api.stop()
        self.deliver.stop()
        self.engine.stop()

    # What happens to tenants

    def endpoint(self, tenant: Tenant) -> None:
        """An endpoint that wants everything."""
        url = f"https://93.184.216.34/{tenant.name}-{next(_number)}"
        reply = self.ask(tenant, "POST", "/v1/webhooks", json={"url": url, "events": ["*"]})
        assert reply.status_code == 201, reply.text
        made = reply.json["webhook"]
        tenant.endpoints.append(made["id"])
        tenant.words |= {made["id"], url, made["secret"]}

    def live_call(self, tenant: Tenant) -> None:
        """A caller on the line."""
        call = f"{_leg(tenant)}-live"
        number = NUMBERS[tenant.name]
        self.switch.tell(parked(call, number, **{"Caller-Caller-ID-Number": CALLERS[tenant.name]}))
        tenant.calls.append(call)
        tenant.words.add(call)
        eventually(lambda: self.client.exists(CallKeys(call).record), "the record of a live call")

    def told_call(self, tenant: Tenant, *, ends: bool, tags: dict[str, Any]) -> None:
        """A call as an engine told it."""
        call = ToldCall(_leg(tenant), tenant.name, time.time())
        call.begins(tenant.flows[0], CALLERS[tenant.name], NUMBERS[tenant.name])
        call.tell(
            "flow.event", {"name": f"note of {tenant.name}", "fields": {"mark": f"{tenant.name} mark"}}, seconds=0
        )
        if tags:
            call.tell("call.tagged", {"tags": {f"{tenant.name}_{name}": value for name, value in tags.items()}})
        if ends:
            call.ends("NORMAL_CLEARING")
            tenant.ended += 1
        append(self.client, call)
        tenant.calls.append(call.call)
        tenant.words.add(call.call)
        eventually(lambda: self._events_of(call.call) == len(call.events), "the record of a call")

    def _events_of(self, call: str) -> int:
        text = self.client.hget(CallKeys(call).record, "json")
        return int(orjson.loads(text)["events"]) if text else 0

    def everything_delivered(self) -> None:
        """Wait until both tenants' endpoints were told of a last call."""
        for tenant in (self.ours, self.theirs):
            self.endpoint(tenant)
            self.deliver._view.show(self.deliver.store.version())
            self.told_call(tenant, ends=True, tags={})
            last = tenant.calls[-1].encode()
            eventually(lambda last=last: any(last in body for _, body in self.customers.told), "the last call told")  # type: ignore[misc]

    # Asking

    def ask(self, tenant: Tenant, method: str, path: str, **more: Any) -> TestResponse:
        """One request with a tenant's key."""
        return Client(self.app).open(
            path, method=method, headers={"X-API-Key": tenant.key, **more.pop("headers", {})}, **more
        )

    def visit(self, tenant: Tenant, method: str, path: str, form: dict[str, str]) -> TestResponse:
        """One request of a browser that is signed in to the console."""
        token = ConsoleSessions(self.redis.client()).open(tenant.public)
        client = Client(self.app)
        client.set_cookie(COOKIE, token)
        data = {FORM_FIELD: form_token(token), **form} if method == "POST" else None
        return client.open(path, method=method, data=data, headers={"Sec-Fetch-Site": "same-origin"},
                           query_string=form if method == "GET" else None)  # fmt: skip

    def belongings(self, tenant: Tenant) -> dict[str, Any]:
        """What nobody but the tenant may change."""
        live = {call for call in tenant.calls if self.engine.calls and self.engine.calls.get(call)}  # type: ignore[arg-type]
        return {
            "endpoints": self.client.hgetall(endpoints_key(tenant.name)), "live": live,
            "key": self.client.hget(API_KEYS, tenant.public),
        }  # fmt: skip


def text_of(reply: TestResponse) -> str:
    """All that a reply shows: its status, headers and body; of an endless stream what is there already."""
    headers = "\n".join(f"{name}: {value}" for name, value in reply.headers)
    if reply.mimetype != "text/event-stream":
        return f"{reply.status}\n{headers}\n{reply.get_data(as_text=True)}"
    body = b""
    with gevent.Timeout(0.1, False):
        for chunk in reply.response:
            body += chunk if isinstance(chunk, bytes) else chunk.encode()
    reply.close()
    return f"{reply.status}\n{headers}\n{body.decode()}"


def _leg(tenant: Tenant) -> str:
    return f"{WORD if tenant.name == THEIRS else 'open'}call-{next(_number):06d}"
