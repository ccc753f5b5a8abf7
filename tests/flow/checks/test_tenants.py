import pytest

from tests.flow.author import assert_clean, assert_found

THEIRS = "flow: theirs\ntenant: other\nblocks: {a: [{answer: }, {hangup: }]}\n"


def flow(*steps, head=""):
    body = "\n".join(f"    {line}" for step in steps for line in step.splitlines())
    return f"flow: main\n{head}blocks:\n  a:\n    - answer:\n{body}\n    - hangup:\n"


@pytest.mark.parametrize(
    "step",
    [
        "- call: {flow: §theirs}",
        "- if: call.caller\n  then: §flow:theirs",
        "- if: call.caller\n  then: [{goto: §flow:theirs}]",
        "- play: x\n  on_error: {any: §flow:theirs}",
        "- transfer: {to: user/bob, busy: §flow:theirs}",
        "- if: call.caller\n  then: [{call: {flow: §theirs}}]",
    ],
)
def test_a_way_to_another_tenant(step):
    found = assert_found("other-tenant", flow(step), theirs=THEIRS)
    assert found.message == 'the flow "theirs" belongs to the tenant other, this one to default'


def test_flows_of_one_tenant_may_go_to_each_other():
    head = "tenant: other\n"
    assert_clean("other-tenant", flow("- if: call.caller\n  then: flow:theirs", head=head), theirs=THEIRS)
    project = "tenant: other\n"
    assert_clean("other-tenant", flow("- call: {flow: theirs}"), theirs=THEIRS, project=project)


def test_the_built_in_flows_are_everybody_s():
    text = flow(
        *(f"- if: call.caller\n  then: flow:{name}" for name in ("apology", "unclaimed")), head="tenant: other\n"
    )
    assert_clean("other-tenant", text)


def test_a_rule_of_the_dial_plan_leads_to_any_tenant():
    dialplan = 'rules: [{name: a, number: "1", flow: main}, {name: b, number: "2", flow: theirs}]\n'
    assert_clean("other-tenant", flow(), theirs=THEIRS, dialplans__main=dialplan)


def test_what_serves_everybody_belongs_to_nobody():
    sorry = "flow: sorry\ntenant: §other\nblocks: {a: [{answer: }, {hangup: }]}\n"
    found = assert_found("shared-flow-tenant", flow(), sorry=sorry, project="error_flow: sorry\n")
    assert found.message == '"sorry" serves calls of every tenant; leave out its own'
    assert_found("shared-flow-tenant", flow(), apology=sorry.replace("sorry", "apology"))
    assert_clean("shared-flow-tenant", flow(), sorry=sorry.replace("§", ""))
