from engine.flow.suggestion import did_you_mean


def test_a_near_miss_is_named():
    assert did_you_mean("wellcome", ["welcome", "goodbye"]) == ', did you mean "welcome"?'


def test_what_is_like_nothing_is_not():
    assert did_you_mean("xyz", ["welcome", "goodbye"]) == ""
    assert did_you_mean("xyz", []) == ""
