import pytest

from tests.flow.author import assert_clean, assert_found

PROJECT = """\
calendars: {office: {weekly: {daily: 00:00-24:00}}}
services: {crm: {url: "https://crm.example.com"}}
gateways: [carrier]
"""


def flow(*steps, head=""):
    body = "\n".join(f"    {line}" for step in steps for line in step.splitlines())
    return f"flow: main\n{head}blocks:\n  a:\n    - answer:\n{body}\n    - goto: b\n  b:\n    - hangup:\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (flow("- if: call.caller\n  then: §bb"), 'no block "bb", did you mean "b"?'),
        (flow("- if: call.caller\n  else: [{goto: §c}]"), 'no block "c"'),
        (flow('- menu: {prompt: x, choices: {"1": §c}}'), 'no block "c"'),
        (flow("- play: x\n  on_error: {any: §c}"), 'no block "c"'),
        (flow("- if: call.caller\n  then: §hang_up"), 'did you mean "hangup"?'),
        (flow("- if: call.caller\n  then: §main"), 'write "flow:main"'),
        (flow(head="start: §c\n"), 'no block "c"'),
        (flow(head="events: {hangup: §c}\n"), 'no block "c"'),
        (flow(head='events: {keys: {"0": §c}}\n'), 'no block "c"'),
    ],
)
def test_unknown_target(text, told):
    assert told in assert_found("unknown-target", text).message


def test_words_and_blocks_are_targets():
    for target in ("b", "next", "repeat", "return", "hangup", "flow:main"):
        assert_clean("unknown-target", flow(f"- play: x\n- if: call.caller\n  then: {target}"))


def test_unknown_flow():
    assert 'did you mean "main"?' in assert_found("unknown-flow", flow("- if: call.caller\n  then: §flow:mian")).message
    assert_found("unknown-flow", flow("- call: {flow: §mian}"))
    assert_clean("unknown-flow", flow("- if: call.caller\n  then: flow:apology"))


def test_unknown_service():
    found = assert_found("unknown-service", flow("- http: {service: §crn}\n  on_error: {any: b}"), project=PROJECT)
    assert 'did you mean "crm"?' in found.message
    assert_clean("unknown-service", flow("- http: {service: crm}\n  on_error: {any: b}"), project=PROJECT)


def test_unknown_calendar():
    assert_found("unknown-calendar", flow("- hours: {calendar: §offce, closed: b}"), project=PROJECT)
    assert_found("unknown-calendar", flow("- if: call.caller and §is_open('offce')\n  then: b"), project=PROJECT)
    assert_found("unknown-calendar", flow("- log: \"at ${§next_open('offce')}\""), project=PROJECT)
    good = flow("- hours: {calendar: office, closed: b}", "- if: is_open('office')\n  then: b")
    assert_clean("unknown-calendar", good, project=PROJECT)


def test_unknown_gateway():
    found = assert_found("unknown-gateway", flow("- transfer: {to: §gateway/carier/100, failed: b}"), project=PROJECT)
    assert 'did you mean "carrier"?' in found.message
    assert_clean("unknown-gateway", _only_transfer("gateway/carrier/100"), project=PROJECT)
    assert_clean("unknown-gateway", _only_transfer("gateway/any/100"))


def _only_transfer(to):
    return f"flow: main\nblocks:\n  a:\n    - answer:\n    - transfer: {{to: {to}, failed: hangup}}\n"


def test_bad_transfer_target():
    assert_found("bad-transfer-target", flow("- transfer: {to: §user/, failed: b}"))
    assert_found("bad-transfer-target", flow("- transfer: {to: [user/anna, §alice], failed: b}"))
    assert_clean("bad-transfer-target", _only_transfer("user/anna"))
