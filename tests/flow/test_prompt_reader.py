import pytest

from engine.core.prompts import SoundFile, Speech
from tests.flow.author import assert_found, loaded, project

FLOW = "flow: main\nblocks: {a: [{answer: }, {play: {id: hello}}, {hangup: }]}\n"


def test_words_and_recordings():
    sources = project(FLOW, prompts__en='hello: {text: "Hi ${call.caller}", voice: Eve, note: cheerful}\nnumber: 5\n')
    table = loaded(sources, ("ivr_flows/sounds/en/bye.wav",)).bundle.prompts
    assert table.lookup("hello", "en", {"call": {"caller": "Ann"}}) == Speech("Hi Ann", "en", "Eve", "hello")
    assert table.lookup("number", "en") == Speech("5", "en", "", "number")
    assert table.lookup("bye", "en") == SoundFile("/sounds/en/bye.wav", "bye")
    assert table.texts["en"]["hello"].note == "cheerful"
    assert (table.texts["en"]["number"].line, table.texts["en"]["number"].column) == (2, 1)


@pytest.mark.parametrize(
    ("rule", "text", "told"),
    [
        ("schema", "hello: {§txet: Hi}\n§x: {voice: Eve}\n", ""),
        ("schema", "hello: Hi\nx: §[Hi]\n", "a map"),
        ("schema", "hello: Hi\n§../x: Hi\n", "a prompt's id"),
        ("schema", "§- hello\n", "write a map"),
        ("expr-syntax", 'hello: "a §${"\n', "closes"),
    ],
)
def test_mistakes(rule, text, told):
    sources = project(FLOW, prompts__en=text)
    result = loaded(sources)
    assert result.bundle is None
    if told:
        assert told in assert_found(rule, FLOW, prompts__en=text).message


def test_a_language_the_project_does_not_have():
    assert_found("unknown-language", FLOW, prompts__en="hello: Hi\n", prompts__fr="§hello: Salut\n")
