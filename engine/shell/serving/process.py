"""The API process: what stands behind the API, in which order it starts, and how it lets go."""

import structlog
from gevent.event import Event
from gevent.pywsgi import WSGIServer

from engine.api.frame import create_app
from engine.api.services import Services
from engine.config import Settings
from engine.shell.control.remote import RemoteControl
from engine.shell.delivery.endpoints import EndpointStore
from engine.shell.delivery.transport import url_rules
from engine.shell.installation_key import installation_key
from engine.shell.metrics import Metrics, serve_metrics
from engine.shell.records.call_records import CallRecords
from engine.shell.records.usage import Usage
from engine.shell.serving.api_keys import PEPPER, ApiKeys
from engine.shell.serving.api_metrics import ApiMetrics
from engine.shell.serving.console_sessions import ConsoleSessions
from engine.shell.serving.deliveries import Deliveries
from engine.shell.serving.event_feed import EventFeed
from engine.shell.serving.flow_project import FlowProject
from engine.shell.serving.kept_replies import KeptReplies
from engine.shell.serving.rate_limits import RateLimits
from engine.shell.serving.readiness import Readiness
from engine.shell.serving.redis_pool import request_redis
from engine.shell.serving.server import Server
from engine.shell.store import connect

log = structlog.get_logger("api")

STOP_SECONDS = 5.0
"""Time for requests under way when the process ends."""


class ApiProcess:
    """One API process. Any number of them share a Redis, behind one address. It is done when `stopped` is set."""

    def __init__(self, settings: Settings, redis_url: str, *, shards: int = 1) -> None:
        api, webhooks = settings.api, settings.webhooks
        self.stopped = Event()
        self._settings = settings
        self._client = client = request_redis(redis_url)
        self._feed_client = connect(redis_url)  # its own: a look for news holds a connection
        self._control = RemoteControl(redis_url, shards=shards)
        self._feed = EventFeed(self._feed_client, shards=shards)
        key = installation_key(settings)
        self.keys = ApiKeys(client, key.derive(PEPPER), per_minute=api.per_minute, per_hour=api.per_hour)
        services = Services(
            keys=self.keys,
            limits=RateLimits(client),
            idempotency=KeptReplies(client, key),
            readiness=Readiness(client),
            flows=FlowProject(settings),
            calls=CallRecords(client, keep_hours=webhooks.keep_calls_hours),
            control=self._control,
            endpoints=EndpointStore(client, key.seal, key.unseal, shards=shards),
            deliveries=Deliveries(client, shards=shards, queue_limit=webhooks.queue_limit),
            events=self._feed,
            usage=Usage(client),
            sessions=ConsoleSessions(client),
            urls=url_rules(webhooks),
        )
        self._metrics = Metrics()
        counted = ApiMetrics(self._metrics.registry)
        self.server = Server(
            create_app(services), api.host, api.port, connections=api.connections, answered=counted.answered
        )
        counted.watch(lambda: len(self.server.connections), lambda: self._feed.readers)
        self._pages: WSGIServer | None = None

    def start(self) -> None:
        """Listen. Redis may be away: requests are told so. Raises SettingsError when a port is taken."""
        if self._settings.api.metrics_port:
            self._pages = serve_metrics(self._metrics, self._settings.api.metrics_port, "api.metrics_port")
        self.server.start()

    @property
    def address(self) -> str:
        """Where it is reached from this machine."""
        host = self._settings.api.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.server.server_port}"

    def stop(self) -> None:
        """Let requests under way end, and close everything."""
        self.server.stopping = True
        self._feed.stop()
        self.server.stop(STOP_SECONDS)
        if self._pages is not None:
            self._pages.stop()
        self._control.close()
        for client in (self._client, self._feed_client):
            client.close()
            client.connection_pool.disconnect()
        self.stopped.set()
