import pytest

from engine.flow.drawing.branch_words import branch_label, branch_way
from tests.flow.playbook import bundle_of


def step(written):
    return bundle_of(f"flow: main\nblocks:\n  a:\n    - {written}\n").flows["main"].blocks["a"].steps[0]


@pytest.mark.parametrize(
    ("path", "label", "way"),
    [
        (("choices", "1"), "1", "choice"),
        (("cases", "a.b"), "a.b", "way"),
        (("default",), "otherwise", "way"),
        (("no_input", "then"), "no input", "miss"),
        (("too_short",), "too short", "miss"),
        (("busy",), "busy", "miss"),
        (("failed",), "failed", "error"),
        (("on_status", "404"), "status 404", "miss"),
        (("on_status", "200"), "status 200", "way"),
        (("on_error", "any"), "any error", "error"),
        (("on_error", "http.timeout"), "error http.timeout", "error"),
        (("target",), "", "way"),
        (("then",), "then", "way"),
        (("cases", "x" * 60), "x" * 39 + "…", "way"),
    ],
)
def test_branches_in_words(path, label, way):
    assert branch_label(step("hangup:"), path) == label
    assert branch_way(path) == way


def test_an_if_says_yes_and_no():
    question = step("if: true")
    assert [branch_label(question, (name,)) for name in ("then", "else")] == ["yes", "no"]
