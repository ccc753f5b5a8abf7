from engine.flow.difference.change import Change, values_differ, within


def test_maps_are_compared_by_their_keys():
    before = {"same": 1, "gone": {"a": 1}, "deep": {"x": 1, "y": 2}}
    after = {"same": 1, "deep": {"x": 1, "y": 3}, "new": [1]}
    assert list(values_differ(before, after)) == [
        Change("removed", "gone", before="{a: 1}"),
        Change("changed", "deep.y", "2", "3"),
        Change("added", "new", after="[1]"),
    ]


def test_equal_values_do_not_differ():
    assert list(values_differ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]})) == []
    assert list(within("flow x", ())) == []


def test_none_is_a_value():
    assert list(values_differ({"a": None}, {})) == [Change("removed", "a", before="nothing")]


def test_for_programs():
    change = Change("changed", "flow x", where="x.yaml", parts=(Change("added", "block y", after="[play]"),))
    assert change.as_json() == {
        "change": "changed", "what": "flow x", "where": "x.yaml",
        "parts": [{"change": "added", "what": "block y", "after": "[play]"}],
    }  # fmt: skip
