from tests.flow.author import assert_clean, assert_found

DIALPLAN = "rules: [{flow: main}]\n"


def flow(blocks, head=""):
    return f"flow: main\n{head}blocks:\n" + "\n".join("  " + line for line in blocks.strip("\n").splitlines()) + "\n"


def test_hangup_before_answer():
    bad = flow("a:\n  - if: call.caller\n    then: b\n  - answer:\n  - goto: b\nb:\n  - §hangup:\n")
    found = assert_found("hangup-before-answer", bad, dialplans__main=DIALPLAN)
    assert "reject" in found.message
    for good in (
        "a:\n  - answer:\n  - hangup:\n",
        "a:\n  - answer: {early_media: true}\n  - hangup:\n",
        "a:\n  - reject: USER_BUSY\n",
        "a:\n  - hangup: {cause: UNALLOCATED_NUMBER}\n",
    ):
        assert_clean("hangup-before-answer", flow(good), dialplans__main=DIALPLAN)


def test_a_flow_that_is_only_called_may_be_answered_already():
    assert_clean("hangup-before-answer", flow("a:\n  - hangup:\n"))


def test_media_after_hangup():
    bad = "a:\n  - answer:\n  - hangup:\nb:\n  - tag: {x: y}\n  - §play: bye\n  - hangup:\n"
    found = assert_found("media-after-hangup", flow(bad, "events: {hangup: b}\n"))
    assert 'the block "b" runs after the caller has gone' in found.message
    assert_clean("media-after-hangup", flow(bad.replace("  - §play: bye\n", ""), "events: {hangup: b}\n"))


def test_media_in_a_block_the_hang_up_block_goes_to():
    bad = "a:\n  - answer:\n  - hangup:\nb:\n  - goto: c\nc:\n  - §play: bye\n  - hangup:\n"
    assert_found("media-after-hangup", flow(bad, "events: {hangup: b}\n"))
