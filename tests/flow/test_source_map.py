from engine.flow.document import Place
from engine.flow.flow_reader import read_flow
from engine.flow.source_map import SourceMap
from engine.flow.step_reader import StepReader
from engine.flow.yaml_source import read_yaml

TEXT = """\
flow: main
blocks:
  a:
    - play: {id: welcome}
      when: vars.x
    - if: vars.x
      then: a
    - goto: a
"""


def test_places_of_what_was_read():
    root, _ = read_yaml("f.yaml", TEXT)
    map_ = SourceMap(roots={"f.yaml": root})
    flow = read_flow(root, "f.yaml", StepReader({}, map_), ("en",))
    play, condition, goto = flow.blocks["a"].steps
    assert map_.in_step(play, ("prompt", "items", 0, "id")) == Place("f.yaml", 4, 18)
    assert map_.in_step(play, key=True) == Place("f.yaml", 4, 7)
    assert map_.in_step(play, ("times",)) == Place("f.yaml", 4, 13)
    assert map_.beside_step(play, ("when",), offset=5) == Place("f.yaml", 5, 18)
    assert map_.beside_step(condition, ("then",)) == Place("f.yaml", 7, 13)
    assert map_.in_step(goto, ("target",)) == Place("f.yaml", 8, 13)
    assert map_.in_flow(flow, ("blocks", "a"), key=True) == Place("f.yaml", 3, 3)


def test_what_is_not_known_has_the_place_of_its_whole():
    root, _ = read_yaml("f.yaml", TEXT)
    flow = read_flow(root, "f.yaml", StepReader({}, SourceMap()), ("en",))
    step = flow.blocks["a"].steps[0]
    empty = SourceMap()
    assert empty.in_step(step, ("prompt",)) == step.place
    assert empty.beside_step(step, ("when",)) == step.place
    assert empty.in_file("g.yaml", ("a",)) == Place("g.yaml", 1, 1)
