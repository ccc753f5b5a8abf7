"""The numbers of a recorder, on the page."""

from prometheus_client import CollectorRegistry

from engine.shell.records.record_metrics import RecordMetrics
from engine.shell.records.recorder import Recorder
from engine.shell.store import connect
from tests.shell.records.told import ToldCall, append
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually


def test_what_was_recorded_is_counted(redis_server: RedisServer) -> None:
    recorder = Recorder(connect(redis_server.url), keep_hours=87600)
    registry = CollectorRegistry()
    registry.register(RecordMetrics(recorder))
    told = ToldCall("one").begins()
    del told.events[0]
    append(redis_server.client(), told)
    recorder.start()
    eventually(lambda: registry.get_sample_value("switchboard_records_events_total") == 3, "three events")
    assert registry.get_sample_value("switchboard_records_missing_events_total") == 1
    assert registry.get_sample_value("switchboard_records_shards") == 1
    recorder.stop()
    assert registry.get_sample_value("switchboard_records_missing_events_total") == 1
    for name in ("unreadable_events_total", "lost_calls_total", "shards"):
        assert registry.get_sample_value(f"switchboard_records_{name}") == 0
