from engine.flow.drawing.parts import parts_of
from engine.flow.drawing.picture import Box, Exit, Group, Picture, Row


def box(number, to=""):
    return Box(f"b{number}", f"block{number}", (Row("goto", "", (Exit("", "x", to),)),))


def test_a_small_picture_is_one_part():
    picture = Picture("p", groups=(Group("", (box(1), box(2))),))
    assert parts_of(picture, 2) == (picture,)


def test_a_large_one_is_cut_in_order_and_says_where_lines_lead():
    picture = Picture("p", groups=(Group("one", (box(1, "b3"), box(2, "b1"))), Group("two", (box(3), box(4, "b2")))))
    first, second = parts_of(picture, 3)
    assert [[found.title for found in group.boxes] for group in first.groups] == [["block1", "block2"], ["block3"]]
    assert [group.title for group in second.groups] == ["two", ""]
    stub = second.groups[1].boxes[0]
    assert (stub.id, stub.title, stub.sort) == ("b2", "block2 (part 1)", "elsewhere")
    assert (first.title, second.title) == ("p, part 1 of 2", "p, part 2 of 2")


def test_a_branch_stays_with_its_block():
    branch = Box("b1_1", "a: yes", sort="branch")
    (first, second) = parts_of(Picture("p", groups=(Group("", (box(1), branch, box(2))),)), 1)
    assert [found.id for found in first.boxes] == ["b1", "b1_1"]
    assert [found.id for found in second.boxes] == ["b2"]
