import pytest
from pydantic import ValidationError

from engine.core.errors import FlowError
from engine.core.prompts import Silence, SoundFile, Speech, Tone
from engine.flow.prompt import PromptSpec, PromptTable, PromptText, spoken
from engine.flow.template import Template


def words(text, voice=""):
    return PromptText(Template.compile(text), voice)


TABLE = PromptTable(
    {
        "en": {"hello": words("Hello ${vars.name}"), "only_en": words("English"), "switchboard.x": words("built in")},
        "fr": {"hello": words("Bonjour", "Amélie")},
    },
    frozenset({"fr/bye.wav", "en/bye.wav", "hold/music.mp3", "hello/jingle.wav"}),
    "/sounds",
    ("en", "fr"),
    {"en": "Daniel"},
)
SCOPE = {"vars": {"name": "Ann", "digits": "0123", "n": 3.0}}


def resolve(written, language="en", table=TABLE):
    return PromptSpec.model_validate(written).resolve(SCOPE, language, table)


@pytest.mark.parametrize(
    ("written", "item"),
    [
        ("Hi ${vars.name}", Speech("Hi Ann", "en", "Daniel")),
        ({"text": "Hi", "voice": "Eve"}, Speech("Hi", "en", "Eve")),
        ({"id": "hello"}, Speech("Hello Ann", "en", "Daniel", "hello")),
        ({"id": "bye"}, SoundFile("/sounds/en/bye.wav", "bye")),
        ({"file": "hold/music.mp3"}, SoundFile("/sounds/hold/music.mp3", "hold/music.mp3")),
        ({"file": "bye"}, SoundFile("/sounds/en/bye.wav", "bye")),
        ({"pause": "300ms"}, Silence(300)),
        ({"tone": "beep"}, Tone("%(200,0,1000)")),
        ({"tone": "%(500,250,440,480)"}, Tone("%(500,250,440,480)")),
        ({"say": "${vars.digits}", "as": "digits"}, Speech("0 1 2 3", "en", "Daniel")),
        ({"say": "${vars.n}", "as": "number"}, Speech("3", "en", "Daniel")),
        ({"say": 7}, Speech("7", "en", "Daniel")),
    ],
)
def test_items(written, item):
    assert resolve(written) == (item,)


def test_a_list_is_one_prompt():
    assert resolve(["a", {"pause": "1s"}, {"id": "bye"}]) == (
        Speech("a", "en", "Daniel"),
        Silence(1000),
        SoundFile("/sounds/en/bye.wav", "bye"),
    )


def test_a_language_is_looked_for_before_its_base_and_the_fallback():
    assert resolve({"id": "hello"}, "fr") == (Speech("Bonjour", "fr", "Amélie", "hello"),)
    assert resolve({"id": "hello"}, "fr-CA") == (Speech("Bonjour", "fr", "Amélie", "hello"),)
    assert resolve({"id": "only_en"}, "fr") == (Speech("English", "en", "Daniel", "only_en"),)
    assert TABLE.has("hello", "fr-CA")
    assert not TABLE.has("only_en", "fr")


def test_a_recording_goes_before_the_text():
    table = PromptTable(TABLE.texts, frozenset({"en/hello.wav"}), "/s", ("en",))
    assert table.lookup("hello", "en") == SoundFile("/s/en/hello.wav", "hello")


def test_a_missing_prompt_is_an_error_authors_can_catch():
    for written in ({"id": "nope"}, {"file": "nope.wav"}, {"file": "../../etc/passwd"}):
        with pytest.raises(FlowError) as caught:
            resolve(written)
        assert caught.value.name == "prompt.missing"


def test_the_built_in_prompts_exist_whatever_the_languages():
    table = PromptTable({"en": {"switchboard.x": words("built in")}}, languages=("pl",))
    assert table.lookup("switchboard.x", "pl") == Speech("built in", "en", "", "switchboard.x")


def test_files_for_a_language():
    assert TABLE.has_file("bye.wav", "fr")
    assert TABLE.has_file("hold/music.mp3", "fr")
    assert not TABLE.has_file("music.mp3", "fr")


def test_an_empty_text_is_nothing_to_play():
    assert resolve("") == ()
    assert resolve([{"text": " "}, "a"]) == (Speech("a", "en", "Daniel"),)


def test_ids_are_those_named_outright():
    spec = PromptSpec.model_validate([{"id": "a"}, {"id": "${vars.name}"}, "b"])
    assert list(spec.ids()) == ["a"]
    assert not spec.is_empty
    assert PromptSpec.model_validate([]).is_empty


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"idd": "x"}, "Extra inputs"),
        ({"id": "x", "text": "y"}, "id and text in one item"),
        ({"voice": "x"}, "needs one of"),
        ({"id": "x", "as": "digits"}, "as belongs to say"),
        ({"say": 1, "as": "money"}, "'digits'"),
        ({"tone": "evil"}, "a tone is beep"),
        ({"tone": "%(1,1,1);{loops=9}tone_stream://x"}, "a tone is beep"),
        ({"pause": 300}, "with its unit"),
        ({"text": "${"}, "closes this"),
        (5, "write a text"),
        (None, "write a text"),
        ([["a"]], "write a text"),
    ],
)
def test_mistakes(written, told):
    with pytest.raises(ValidationError) as caught:
        PromptSpec.model_validate(written)
    assert told in str(caught.value)


def test_a_tone_from_a_variable_is_held_to_its_form():
    spec = PromptSpec.model_validate({"tone": "${vars.name}"})
    with pytest.raises(FlowError) as caught:
        spec.resolve(SCOPE, "en", TABLE)
    assert caught.value.name == "expr.type"


@pytest.mark.parametrize(
    ("value", "how", "text"),
    [
        ("4071", "digits", "4 0 7 1"),
        (4071, "digits", "4 0 7 1"),
        ("+44 20-79", "phone", "+ 4 4 2 0 7 9"),
        ("A 1", "spell", "A 1"),
        ("042", "number", "42"),
        (1.5, "number", "1.5"),
        (True, None, "true"),
    ],
)
def test_values_as_words(value, how, text):
    assert spoken(value, how) == text


@pytest.mark.parametrize(("value", "how"), [("x", "number"), (None, "digits"), ([1], "spell"), (True, "number")])
def test_what_cannot_be_said_so(value, how):
    with pytest.raises(FlowError) as caught:
        spoken(value, how)
    assert caught.value.name == "expr.type"
