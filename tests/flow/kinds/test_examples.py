"""The example in each kind's docstring, which is its reference page, loads and runs."""

import re
from textwrap import dedent, indent

import pytest

from engine.core.signals import HttpReply
from engine.flow.kinds import KINDS
from tests.flow.playbook import replies, talk

EXAMPLE = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
BLOCKS = (
    "sales", "support", "operator", "give_up", "ask", "goodbye", "billing", "technical", "main_menu", "after_hours",
    "holiday_greeting", "no_such_account", "leave_message",
)  # fmt: skip
VARS = """
vars:
  reason: {default: billing}
  order: {}
  choice: {type: digits}
  account_no: {type: digits}
  failures: {type: number, default: 0}
  voicemail: {type: file}
  reply: {type: map}
"""
OTHER = """
flow: verify_account
inputs: {attempts: {type: number}}
outputs: {ok: {type: bool}}
start: a
blocks: {a: [{return: {ok: true}}]}
"""
PROJECT = """
calendars: {support: {weekly: {mon-fri: 08:00-18:00}}}
services: {crm: {url: "http://crm.test"}}
session: {vip: {type: bool}}
"""


@pytest.mark.parametrize("word", KINDS)
def test_the_example_runs(word: str) -> None:
    found = EXAMPLE.search(KINDS[word].__doc__ or "")
    assert found, f"the docstring of {word} has no example"
    steps = indent(dedent(found[1]), "    ")
    outputs = "outputs: {ok: {type: bool}}\n" if word == "return" else ""
    blocks = "".join(f"  {name}: [hangup: ]\n" for name in BLOCKS)
    text = f"flow: main\n{VARS}{outputs}start: go\nblocks:\n  go:\n{steps}    - hangup: \n{blocks}"
    if KINDS[word].final:
        text = text.replace("    - hangup: \n", "", 1)
    call = talk(text, OTHER, project=PROJECT, answer_http=replies(HttpReply(200, {}, "{}")))
    assert any(event.fields.get("kind") == word for event in call.events if event.type == "flow.step")
    assert not [event for event in call.events if event.type == "flow.error"]


@pytest.mark.parametrize("word", KINDS)
def test_the_page_begins_with_what_it_does(word: str) -> None:
    kind = KINDS[word]
    first = (kind.__doc__ or "").partition("\n")[0]
    assert len(first) > 20
    assert first[0].isupper()
    assert kind.short is None or kind.short in kind.model_fields
    assert kind.whole is None or kind.whole in kind.model_fields
