"""Replies as JSON."""

from datetime import UTC, datetime

from flask import Flask

from engine.api.replies import FastJson, json_reply


def test_a_reply_holds_plain_things() -> None:
    reply = json_reply({"at": datetime(2026, 11, 20, tzinfo=UTC), "text": "é"}, 201, {"X-Own": "1"})
    assert reply.get_data(as_text=True) == '{"at":"2026-11-20T00:00:00+00:00","text":"é"}'
    assert (reply.status_code, reply.headers["Content-Type"], reply.headers["X-Own"]) == (201, "application/json", "1")


def test_views_that_return_data_are_written_by_it() -> None:
    app = Flask(__name__)
    app.json = FastJson(app)
    app.add_url_rule("/", "data", lambda: {"b": 1, "a": "é"})
    reply = app.test_client().get("/")
    assert reply.text == '{"b":1,"a":"é"}'
    assert app.json.loads(app.json.dumps({"a": 1})) == {"a": 1}
