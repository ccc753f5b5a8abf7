from engine.call.rehearsal.dialogue import Dialogue
from engine.call.rehearsal.listening import Listener, described, shown
from engine.core.prompts import SoundFile, Speech
from engine.flow.document import Place
from engine.flow.rehearsal.heard_item import prompt_ids, read_item
from engine.flow.rehearsal.script import Item
from tests.flow.playbook import NOON, bundle_of, steps_flow

STEPS = """\
- answer:
- play: {id: hello}
- play: {tone: beep}
- play: ["You have", {say: "2", as: number}, "new messages.", {id: more}]
- play: [{say: "79", as: digits}, {file: jingle}]
- hangup:
"""
BUNDLE = bundle_of(steps_flow(STEPS), prompts="hello: Good morning\nmore: And more", sounds=("en/jingle.wav",))
IDS = prompt_ids(BUNDLE.prompts)


def listener() -> Listener:
    call = Dialogue(BUNDLE, "main", at=NOON)
    call.begin()
    return Listener(call, BUNDLE.prompts)


def item(source: str) -> Item:
    found, wrong = read_item(source, Place("f", 1, 1), IDS)
    assert found is not None, wrong
    return found


def test_items_are_found_in_their_order() -> None:
    ears = listener()
    for source in ("hello", "you HAVE", "number 2", "/new .*[.]/", "more", "digits 79", "jingle"):
        assert ears.finds(item(source)), source
    assert ears.rest() == []
    assert not ears.finds(item("hello")), "it is behind"
    assert ears.ever(item("hello"))


def test_words_may_go_over_the_items_of_a_prompt() -> None:
    ears = listener()
    assert ears.finds(item("have 2 new"))
    assert ears.rest() == ["7 9", "jingle"], "then all of the prompt is behind"


def test_what_was_not_heard_moves_nothing() -> None:
    ears = listener()
    assert not ears.finds(item("number 3"))
    assert not ears.finds(item("number many"))
    assert not ears.finds(item("/z{3}/"))
    assert ears.rest()[0] == "hello"


def test_strictly_the_next_thing() -> None:
    ears = listener()
    assert not ears.finds_next(item("more"))
    for source in ("hello", "You have", "2", "new messages.", "more", "digits 79"):
        assert ears.finds_next(item(source)), source
    assert not ears.finds_next(item("hello"))
    assert ears.finds_next(item("jingle"))
    assert not ears.finds_next(item("jingle"))


def test_how_things_heard_are_shown() -> None:
    assert described(Speech("words", "en", name="id")) == "id"
    assert described(Speech("words", "en")) == "words"
    assert described(SoundFile("/a/b.wav", "b")) == "b"
    assert shown([]) == "nothing more"
    assert shown(["a"] * 8) == "a, a, a, a, a, a, and 2 more"
    assert shown(["x" * 90]).endswith("...")
