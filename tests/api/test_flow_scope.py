"""One tenant's part of a project: nothing of another's is in what it is told."""

from hypothesis import given
from hypothesis import strategies as st

from engine.api.flow_scope import ProjectSources, check_for

FLOW = "flow: {name}\ntenant: {tenant}\nstart: a\nblocks:\n  a:\n    - answer:\n    - goto: {to}\n"
TENANTS = ("acme", "bolt", "cobra")


def project(ways: dict[str, str]) -> ProjectSources:
    """Each tenant has one flow, which goes where `ways` says; the project is acme's."""
    texts = {
        f"ivr_flows/{tenant}.flow.yaml": FLOW.format(
            name=f"{tenant}_secret", tenant=tenant, to=ways.get(tenant, "hangup")
        )
        for tenant in TENANTS
    }
    rules = "".join(
        f'  - {{name: {one}, number: "+4420794600{n:02d}", flow: {one}_secret}}\n' for n, one in enumerate(TENANTS)
    )
    return ProjectSources({**texts, "dialplans/main.yaml": f"rules:\n{rules}"}, tenant="acme")


@given(
    st.dictionaries(
        st.sampled_from(TENANTS),
        st.sampled_from(
            ["hangup", "b", "flow:none", *(f"flow:{tenant}_secret" for tenant in TENANTS), "flow:acme_secrt"]
        ),
    ),
    st.sampled_from(TENANTS),
    st.booleans(),
)
def test_findings_name_nothing_of_another(ways: dict[str, str], tenant: str, posted: bool) -> None:
    given_ = project(ways)
    file = f"ivr_flows/{tenant}.flow.yaml" if posted else ""
    found = check_for(tenant, given_, file, str(given_.texts[file]) if file else "")
    for finding in found:
        written = str(given_.texts[f"ivr_flows/{tenant}.flow.yaml"])
        assert finding.place.file == f"ivr_flows/{tenant}.flow.yaml" or (tenant == "acme" and not posted)
        for other in TENANTS:
            if other != tenant and f"{other}_secret" not in written:
                assert f"{other}_secret" not in finding.message
                assert f"tenant {other}" not in finding.message


def test_going_to_another_tenants_flow_is_going_nowhere() -> None:
    found = check_for("bolt", project({"bolt": "flow:cobra_secret"}))
    assert any("cobra_secret" in finding.message and finding.rule == "unknown-flow" for finding in found)


def test_a_whole_project_of_one_tenant_is_checked_as_ever() -> None:
    alone = ProjectSources(
        {"ivr_flows/a.flow.yaml": "flow: a\nstart: b\nblocks:\n  a:\n    - hangup:\n"}, tenant="acme"
    )
    assert any(finding.severity == "error" for finding in check_for("acme", alone))
    assert check_for("bolt", alone) == ()


def test_shared_files_are_the_business_of_whose_project_it_is() -> None:
    broken = ProjectSources({"dialplans/main.yaml": "rules: [\n"}, tenant="acme")
    assert check_for("acme", broken)
    assert check_for("bolt", broken) == ()
