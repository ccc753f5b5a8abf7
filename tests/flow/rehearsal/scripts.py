"""Test files for small flows, read from texts; a `§` marks where a finding must be."""

from textwrap import dedent

from engine.flow.bundle import Bundle
from engine.flow.finding import Finding
from engine.flow.rehearsal.reader import read_script
from engine.flow.rehearsal.script import Case, Script
from tests.flow.author import MARK, marks
from tests.flow.playbook import bundle_of

FILE = "ivr_flows/main.test.yaml"

FLOW = """\
flow: main
inputs: {tries: {type: number, default: 3}}
outputs: {ok: {type: bool}}
vars: {reason: {default: none}, pin: {type: digits, secret: true}}
events: {hangup: wrap_up}
start: greet
blocks:
  greet:
    - answer:
    - play: {id: welcome}
      name: hello
    - hours: {calendar: shop, closed: closed}
    - goto: choose
  choose:
    - menu:
        prompt: {id: choose}
        choices: {"1": desk, "2": [{set: {reason: hours}}, {goto: closed}], "*": repeat}
        no_input: {prompt: {id: silent}, then: closed}
        invalid: {then: closed}
  desk:
    - http: {service: crm, method: POST, path: /look, json: {a: 1}, save: {session.tier: response.json.tier}}
      on_error: {any: closed}
    - play: [{id: your_tier}, {say: "${session.tier}", as: number}]
      when: session.tier > 1
    - transfer: {to: user/anna, failed: message}
  message:
    - record: {prompt: Leave a message., store: session.file, silence: 2s}
      on_error: {any: closed}
    - return: {ok: true}
  closed:
    - play: We are closed.
    - hangup:
  wrap_up:
    - tag: {reason: "${vars.reason}"}
"""
PROJECT = """\
languages: [en, fr]
timezone: Europe/London
calendars: {shop: {weekly: {daily: "00:00-24:00"}}}
services: {crm: {url: "https://crm.example.com/api"}}
session: {tier: {type: number, default: 0}, file: {type: file}}
"""
PROMPTS = """\
welcome: Welcome.
choose: For the desk, press 1.
silent: I heard nothing.
your_tier: Your tier is
"""


def shop(flow: str = FLOW) -> Bundle:
    """The project these tests are about."""
    return bundle_of(flow, project=PROJECT, prompts=PROMPTS)


SHOP = shop()


def script(text: str, bundle: Bundle | None = SHOP) -> Script:
    """A test file without mistakes."""
    found, findings = read_script(FILE, dedent(text), bundle)
    assert found is not None, [str(finding) for finding in findings]
    return found


def case(text: str, bundle: Bundle | None = SHOP) -> Case:
    """One case: its fields but for the name, as a map."""
    indented = "".join(f"    {line}\n" for line in dedent(text).strip("\n").splitlines())
    return script(f"flow: main\ncases:\n  - name: a\n{indented}", bundle).cases[0]


def wrong(text: str, bundle: Bundle | None = SHOP) -> list[Finding]:
    """What is wrong with a test file; it must be wrong at its marks and nowhere else."""
    text = dedent(text)
    found, findings = read_script(FILE, text.replace(MARK, ""), bundle)
    assert found is None
    places = sorted((finding.place.file, finding.place.line, finding.place.column) for finding in findings)
    assert places == marks({FILE: text}), [str(finding) for finding in findings]
    return list(findings)
