from engine.flow.drawing.project_picture import project_blocks_picture, project_picture
from engine.flow.drawing.tally import calls_tally
from tests.flow.author import loaded, project

MAIN = """\
flow: main
description: The main line
blocks:
  a:
    - answer:
    - call: pin
    - goto: b
  b:
    - call: pin
    - goto: flow:away
"""
PIN = "flow: pin\nblocks:\n  z:\n    - answer:\n    - return:\n"
AWAY = "flow: away\nblocks:\n  z:\n    - answer:\n    - hangup:\n"
RULES = 'rules:\n' + "".join(
    f'  - {{name: r{n}, number: "+44207946000{n}", flow: main}}\n' for n in range(5)
) + '  - {name: rest, flow: unclaimed}\n'  # fmt: skip


def bundle():
    found = loaded(project(MAIN, pin=PIN, away=AWAY, dialplans__main=RULES, project="name: Acme\nerror_flow: away\n"))
    assert found.bundle is not None, found.findings
    return found.bundle


def test_flows_are_boxes():
    picture = project_picture(bundle())
    boxes = {box.title: box for box in picture.boxes}
    assert picture.title == "Acme"
    assert sorted(boxes) == ["away", "main", "pin", "unclaimed"], "apology is named by nobody"
    assert boxes["main"].roles == ("called by +442079460000, +442079460001, +442079460002 and 2 more",)
    assert boxes["unclaimed"].roles == ("called by any number",)
    assert boxes["away"].roles == ("on errors",)
    description, size, runs, goes = boxes["main"].rows
    assert (description.text, size.text) == ("The main line", "2 blocks, 5 steps")
    assert (runs.word, runs.text, runs.exits[0].to, runs.exits[0].way) == ("runs", "in a, b", boxes["pin"].id, "call")
    assert (goes.word, goes.exits[0].to) == ("goes to", boxes["away"].id)


def test_flows_are_frames_around_their_blocks():
    picture = project_blocks_picture(bundle())
    groups = {group.title: group for group in picture.groups}
    assert [box.title for box in groups["main"].boxes] == ["a", "b"]
    assert groups["main"].boxes[0].roles[0] == "start"
    assert "called by" in groups["main"].boxes[0].roles[1]
    assert groups["main"].boxes[0].rows[1].exits[0].to == groups["pin"].boxes[0].id
    assert len({box.id for box in picture.boxes}) == len(list(picture.boxes))


def test_calls_shade_flows():
    picture = project_picture(bundle(), calls_tally([{"flow": "main", "block": "a"}] * 2))
    assert {box.title: box.badge for box in picture.boxes if box.badge} == {"main": "2"}
    assert picture.shows == "calls"
