from engine.flow.drawing.picture import Box, Exit, Group, Picture, Row


def box(*exits, sort="block"):
    return Box("b1", "a", (Row("menu", "", exits),), sort)


def test_a_block_is_an_end_when_nothing_leads_on():
    assert box().is_end
    assert box(Exit("9", "hang up", end=True)).is_end
    assert box(Exit("", "flow pin", way="call")).is_end, "what comes back does not lead on"
    assert not box(Exit("9", "hang up", end=True), Exit("1", "b", "b2")).is_end
    assert not box(Exit("1", "goes on")).is_end
    assert not box(sort="flow").is_end


def test_a_picture_has_the_boxes_of_its_groups():
    picture = Picture("p", groups=(Group("one", (Box("b1", "a"),)), Group("two", (Box("b2", "b"),))))
    assert [box.id for box in picture.boxes] == ["b1", "b2"]
