from engine.flow.drawing.flow_picture import Places, flow_group, flow_picture
from engine.flow.drawing.picture import Exit
from engine.flow.drawing.tally import Tally
from tests.flow.playbook import bundle_of


def boxes_of(blocks, head="", **more):
    text = f"flow: main\n{head}blocks:\n" + "\n".join("  " + line for line in blocks.strip().splitlines())
    return {box.title: box for box in flow_picture(bundle_of(text).flows["main"], **more).boxes}


def exits(box, row=0):
    return [(way.label, way.words, way.way) for way in box.rows[row].exits]


def test_steps_are_rows_and_targets_their_ways_out():
    boxes = boxes_of("a:\n  - answer:\n  - play: Hi\n  - goto: b\nb:\n  - hangup:\n")
    assert [(row.word, row.text) for row in boxes["a"].rows] == [("answer", ""), ("play", "“Hi”"), ("goto", "")]
    assert boxes["a"].rows[2].exits == (Exit("", "b", boxes["b"].id),)
    assert boxes["b"].rows[0].end
    assert (boxes["a"].is_end, boxes["b"].is_end) == (False, True)


def test_words_of_the_language():
    boxes = boxes_of(
        "a:\n  - menu:\n      prompt: x\n"
        '      choices: {"1": next, "2": repeat, "3": hangup, "4": return, "5": "flow:other"}\n'
        "      no_input: {then: b}\n      invalid: {then: b}\n  - goto: b\nb:\n  - return:\n"
    )
    assert exits(boxes["a"]) == [
        ("1", "goes on", "choice"), ("2", "again", "choice"), ("3", "hang up", "choice"), ("4", "return", "choice"),
        ("5", "flow other", "choice"), ("no input, invalid", "b", "miss"),
    ]  # fmt: skip
    assert [way.end for way in boxes["a"].rows[0].exits] == [False, False, True, True, True, False]


def test_failures_that_the_step_says_nothing_of():
    menu = 'a:\n  - menu: {prompt: x, choices: {"1": b}}\nb:\n  - hangup:\n'
    assert exits(boxes_of(menu)["a"])[1:] == [("no input, invalid", "error", "error")]
    handled = boxes_of(menu, head="events: {error: b}\n")
    assert exits(handled["a"])[1:] == [("no input, invalid", "b", "error")]
    assert handled["a"].rows[0].exits[1].to == handled["b"].id
    caught = boxes_of('a:\n  - menu: {prompt: x, choices: {"1": b}}\n    on_error: {input: b}\nb:\n  - hangup:\n')
    assert exits(caught["a"])[1:] == [("error input", "b", "error")]


def test_a_short_branch_is_told_on_its_line():
    boxes = boxes_of('a:\n  - menu: {prompt: x, choices: {"1": [{set: {n: 1}}, {goto: b}]}}\nb:\n  - hangup:\n')
    first = boxes["a"].rows[0].exits[0]
    assert (first.words, first.note, first.to) == ("b", "set n = 1", boxes["b"].id)


def test_a_longer_branch_is_a_box_that_goes_on_where_it_came_from():
    boxes = boxes_of("a:\n  - if: true\n    then: [{play: x}, {if: false, else: [{play: y}]}]\n  - hangup:\n")
    assert list(boxes) == ["a", "a: yes", "a: no"]
    assert boxes["a"].rows[0].exits[0].to == boxes["a: yes"].id
    assert boxes["a: yes"].rows[1].exits[0].to == boxes["a: no"].id
    assert boxes["a: yes"].rows[-1].exits == (Exit("", "goes on in a"),)
    assert boxes["a: yes"].sort == "branch"


def test_blocks_that_are_reached_without_a_jump():
    boxes = boxes_of(
        "a:\n  - goto: b\nb:\n  - hangup:\n",
        head='start: a\nevents: {hangup: b, error: b, timeout: b, keys: {"0": a}}\n',
    )
    assert boxes["a"].roles == ("start", "key 0 at any time")
    assert boxes["b"].roles == ("on hang-up", "on errors", "on time-out")


def test_another_flow_is_a_box_only_where_it_is_in_the_picture():
    main = "flow: main\nblocks:\n  a:\n    - call: other\n    - goto: flow:other\n"
    flows = bundle_of(main, "flow: other\nblocks:\n  z:\n    - return:\n").flows
    alone = next(iter(flow_picture(flows["main"]).boxes))
    assert [way.to for row in alone.rows for way in row.exits] == ["", ""]
    group = flow_group(flows["main"], Places([flows["main"], flows["other"]]))
    assert [(way.to, way.way) for row in group.boxes[0].rows for way in row.exits] == [("b2", "call"), ("b2", "way")]


def test_what_tests_came_to():
    key = ("main", 4, 7)
    tally = Tally("coverage", steps={key: True}, ways={(key, "choices 1"): True, (key, "choices 2"): False})
    boxes = boxes_of('a:\n  - menu: {prompt: x, choices: {"1": b, "2": b, "3": b}}\nb:\n  - hangup:\n', tally=tally)
    assert (boxes["a"].badge, boxes["a"].heat) == ("1/1", 1.0)
    assert boxes["a"].rows[0].ran is True
    assert [(way.label, way.ran) for way in boxes["a"].rows[0].exits[:3]] == [("1", True), ("2", False), ("3", None)]
    assert boxes["b"].heat == 0.0
    assert boxes["b"].rows[0].ran is False
