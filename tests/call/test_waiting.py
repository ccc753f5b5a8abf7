"""What a step waits for: unread keys, answers, changes of legs; kept until wanted, given once."""

from hypothesis import given
from hypothesis import strategies as st

from engine.call.waiting import MAX_UNREAD, Waiting
from engine.core.ids import AskId, LegId
from engine.core.signals import Played
from engine.core.steps import Digit, Done, LegChange, Wait

A, B = LegId("a"), LegId("b")
TAKE, FRESH, NOTHING = Wait(5, digits="take"), Wait(5, digits="fresh"), Wait(5)
ONE = AskId(1)


def test_unread_keys_are_taken_oldest_first() -> None:
    waiting = Waiting()
    for digit in "123":
        waiting.press(A, digit)
    assert [waiting.match(TAKE, A) for _ in range(4)] == [Digit("1"), Digit("2"), Digit("3"), None]


def test_type_ahead_waits_for_a_step_that_reads() -> None:
    waiting = Waiting()
    waiting.press(A, "5")
    waiting.begin(A)
    assert waiting.match(NOTHING, A) is None
    assert waiting.match(FRESH, A) is None, "a key pressed before the wait is not fresh"
    assert waiting.match(TAKE, A) == Digit("5")


def test_a_fresh_key_wakes_once_and_stays_unread() -> None:
    waiting = Waiting()
    waiting.begin(A)
    waiting.press(A, "5")
    assert waiting.match(FRESH, A) == Digit("5")
    assert waiting.match(FRESH, A) is None
    assert waiting.match(TAKE, A) == Digit("5")


def test_a_key_that_was_taken_is_not_fresh() -> None:
    waiting = Waiting()
    waiting.press(A, "5")
    assert waiting.match(TAKE, A) == Digit("5")
    assert waiting.match(FRESH, A) is None


def test_keys_belong_to_their_leg() -> None:
    waiting = Waiting()
    waiting.press(B, "7")
    assert waiting.match(TAKE, A) is None
    assert waiting.match(Wait(5, digits="take", digits_of=B), A) == Digit("7")


def test_flushed_keys_are_gone() -> None:
    waiting = Waiting()
    waiting.press(A, "1")
    waiting.press(B, "2")
    waiting.flush(A)
    assert waiting.match(TAKE, A) is None
    assert waiting.match(FRESH, A) is None
    assert waiting.match(Wait(5, digits="take", digits_of=B), A) == Digit("2")


def test_an_answer_is_given_once_to_who_waits_for_it() -> None:
    waiting = Waiting()
    waiting.answer(ONE, Played("done"))
    assert waiting.match(Wait(5, asks=(AskId(2),)), A) is None
    assert waiting.match(Wait(5, asks=(AskId(2), ONE)), A) == Done(ONE, Played("done"))
    assert waiting.match(Wait(5, asks=(ONE,)), A) is None


def test_a_key_comes_before_an_answer_that_came_with_it() -> None:
    waiting = Waiting()
    waiting.answer(ONE, Played("interrupted"))
    waiting.press(A, "1")
    both = Wait(5, asks=(ONE,), digits="take")
    assert waiting.match(both, A) == Digit("1")
    assert waiting.match(both, A) == Done(ONE, Played("interrupted"))


def test_changes_of_a_leg_come_in_order_and_wait_for_who_wants_them() -> None:
    waiting = Waiting()
    changes = [LegChange(A, "bridged"), LegChange(B, "ringing"), LegChange(B, "failed", "USER_BUSY")]
    for change in changes:
        waiting.change(change)
    wait = Wait(5, legs=(B,))
    assert waiting.match(NOTHING, A) is None
    assert [waiting.match(wait, A) for _ in range(3)] == [changes[1], changes[2], None]
    assert waiting.match(Wait(5, legs=(A, B)), A) == changes[0]


def test_a_caller_leaning_on_the_keypad_loses_the_oldest() -> None:
    waiting = Waiting()
    for number in range(MAX_UNREAD + 10):
        waiting.press(A, str(number % 10))
    taken = []
    while (found := waiting.match(TAKE, A)) is not None:
        taken.append(found)
    assert taken == [Digit(str(number % 10)) for number in range(10, MAX_UNREAD + 10)]


@given(st.lists(st.sampled_from(["1", "2", "take", "fresh", "flush", "begin"])))
def test_no_key_is_read_twice_and_none_appears_from_nowhere(story: list[str]) -> None:
    waiting, pressed, taken = Waiting(), [], []
    for what in story:
        match what:
            case "take":
                if (found := waiting.match(TAKE, A)) is not None:
                    taken.append(found.digit)  # type: ignore[union-attr]
            case "fresh":
                found = waiting.match(FRESH, A)
                assert found is None or found == Digit(pressed[-1])
            case "flush":
                waiting.flush(A)
                pressed = list(taken)
            case "begin":
                waiting.begin(A)
            case digit:
                waiting.press(A, digit)
                pressed.append(digit)
    assert taken == pressed[: len(taken)]
