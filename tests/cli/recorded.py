"""Calls as a recorder keeps them, for commands that show them."""

from engine.shell.delivery.redis_line import RedisLine
from engine.shell.embedded_redis import EmbeddedRedis
from engine.shell.keys import Keys
from engine.shell.records.record_writer import SCRIPTS, RecordWriter
from engine.shell.store import connect
from tests.shell.records.told import ToldCall


def record(redis: EmbeddedRedis, *calls: ToldCall) -> None:
    """Keep the records of some calls."""
    assert redis.running is not None
    line = RedisLine(connect(redis.running.url), SCRIPTS)
    RecordWriter(line, Keys(0).recorded_live, 8760 * 3600).write(event for call in calls for event in call)
    line.close()
