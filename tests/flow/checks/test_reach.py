from tests.flow.author import assert_clean, assert_found


def flow(blocks, head=""):
    return f"flow: main\n{head}blocks:\n" + "\n".join("  " + line for line in blocks.strip("\n").splitlines()) + "\n"


def test_dead_end():
    found = assert_found("dead-end", flow("a:\n  - answer:\n  - §play: hi\n"))
    assert found.message == 'the block "a" ends here without saying where to go; add goto, return or hangup'
    assert_clean("dead-end", flow("a:\n  - answer:\n  - play: hi\n  - hangup:\n"))


def test_dead_end_of_one_branch():
    found = assert_found("dead-end", flow("a:\n  - answer:\n  - §if: call.caller\n    then: next\n    else: hangup\n"))
    assert "(then)" in found.message
    assert_clean("dead-end", flow("a:\n  - answer:\n  - if: call.caller\n    then: return\n    else: hangup\n"))


def test_dead_end_after_inline_steps():
    assert_found("dead-end", flow("a:\n  - answer:\n  - if: call.caller\n    then: [{§play: hi}]\n    else: hangup\n"))


def test_the_hang_up_block_just_ends():
    good = "a:\n  - answer:\n  - hangup:\nb:\n  - tag: {x: y}\n"
    assert_clean("dead-end", flow(good, "events: {hangup: b}\n"))
    assert_clean("dead-end", flow(good, "events: {timeout: b}\n"))
    assert_found("dead-end", flow(good.replace("- tag", "- §tag"), "events: {error: b}\n"))


def test_unreachable_step():
    found = assert_found("unreachable-step", flow("a:\n  - answer:\n  - hangup:\n  - §play: hi\n  - play: again\n"))
    assert "play is never reached" in found.message
    assert_found(
        "unreachable-step",
        flow('a:\n  - answer:\n  - menu: {prompt: x, choices: {"1": hangup}}\n  - §hangup:\n'),
    )
    assert_clean("unreachable-step", flow("a:\n  - answer:\n  - hangup:\n    when: call.caller\n  - hangup:\n"))


def test_unreachable_block():
    found = assert_found("unreachable-block", flow("a:\n  - answer:\n  - hangup:\n§b:\n  - hangup:\n"))
    assert found.severity == "warning"
    assert_clean("unreachable-block", flow("a:\n  - answer:\n  - goto: b\nb:\n  - hangup:\n"))
    assert_clean("unreachable-block", flow("a:\n  - answer:\n  - hangup:\nb:\n  - hangup:\n", "events: {error: b}\n"))
    assert_clean(
        "unreachable-block", flow("a:\n  - answer:\n  - hangup:\nb:\n  - hangup:\n", 'events: {keys: {"0": b}}\n')
    )


def test_no_way_out():
    found = assert_found("no-way-out", flow("a:\n  - §answer:\n  - goto: b\nb:\n  - play: hi\n  - goto: b\n"))
    assert "never ends by itself" in found.message
    assert_found(
        "no-way-out",
        flow(
            "a:\n  - answer:\n  - if: call.caller\n    then: b\n  - hangup:\nb:\n  - §menu:\n      prompt: x\n"
            '      choices: {"1": b}\n      no_input: {then: b}\n      invalid: {then: b}\n'
        ),
    )
    assert_clean("no-way-out", flow("a:\n  - answer:\n  - play: hi\n  - if: call.caller\n    then: a\n  - return:\n"))
    assert_clean("no-way-out", flow("a:\n  - answer:\n  - transfer: {to: user/a, failed: a}\n"))
    assert_clean("no-way-out", flow("a:\n  - answer:\n  - transfer: {to: user/a, mode: blind, failed: a, after: a}\n"))


def test_deep_nesting():
    deep = (
        "a:\n  - answer:\n  - if: call.caller\n"
        "    then: [{if: call.trunk, then: [{if: call.at, then: [{§play: x}, {hangup: }]}]}]\n  - hangup:\n"
    )
    assert_found("deep-nesting", flow(deep))
    assert_clean(
        "deep-nesting",
        flow("a:\n  - answer:\n  - if: call.caller\n    then: [{if: call.trunk, then: [{hangup: }]}]\n  - hangup:\n"),
    )


def test_a_flow_with_errors_is_not_followed():
    text = flow("a:\n  - answer:\n  - plai: x\n")
    from tests.flow.author import findings_of, loaded, project

    assert not findings_of("dead-end", loaded(project(text)))
