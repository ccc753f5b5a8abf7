from engine.flow.bundle import bundle_id
from tests.flow.author import loaded, project

FLOW = "flow: main\nblocks: {a: [{answer: }, {hangup: }]}\n"


def test_the_id_is_the_content():
    first = bundle_id({"a": "1", "b": "2"}, frozenset({"x"}))
    assert first == bundle_id({"b": "2", "a": "1"}, frozenset({"x"}))
    assert (
        len({first, bundle_id({"a": "12", "b": ""}, frozenset({"x"})), bundle_id({"a": "1", "b": "2"}, frozenset())})
        == 3
    )
    assert len(first) == 12
    assert first != bundle_id({"a": "1", "b": "2"}, frozenset({"x"}), "acme")


def test_a_bundle_can_be_loaded_again_from_itself():
    bundle = loaded(project(FLOW, project="languages: [en]\n"), ("en/hello.wav",)).bundle
    again = loaded(dict(bundle.sources), tuple(bundle.sounds)).bundle
    assert again.id == bundle.id
    assert again.flows.keys() == bundle.flows.keys()


def test_a_changed_text_is_another_bundle():
    assert loaded(project(FLOW)).bundle.id != loaded(project(FLOW + "# more\n")).bundle.id


def test_whose_a_call_is_follows_from_its_flow():
    bundle = loaded(
        project(FLOW.replace("main\n", "main\ntenant: acme\n"), other=FLOW.replace("main", "other")),
    ).bundle
    assert [bundle.tenant_of(name) for name in ("main", "other", "unclaimed", "no such")] == [
        "acme",
        "default",
        "default",
        "default",
    ]
