"""The stock: every prompt of a bundle with its form, found wherever a step holds one."""

from engine.core.prompts import SoundFile, Speech
from engine.flow.bundle import Bundle
from engine.flow.loader import load
from engine.shell.prompt_stock import constant_speeches, stock

PROJECT = "name: test\nlanguages: [en, fr]\ncountry: GB\n"
EN = """\
welcome: {text: Welcome}
main_menu: {text: Press one}
named: {text: "Hello ${call.caller}"}
spare: {text: Spare}
"""
FR = """\
welcome: {text: Bienvenue}
main_menu: {text: Tapez un}
named: {text: "Bonjour ${call.caller}"}
spare: {text: Autre}
"""
FLOW = """\
flow: hello
start: greet
blocks:
  greet:
    - answer:
    - play: {id: welcome}
    - menu:
        prompt: {id: main_menu}
        choices:
          "1": [{play: Deep inside}, {hangup: }]
        no_input: {prompt: Are you there, then: bye}
        invalid: {then: bye}
  bye:
    - if: call.caller == "1"
      then: [{play: [{text: Then}, {pause: 1s}, {text: "so ${call.caller}"}]}]
    - play: {id: named}
    - hangup:
"""


def bundle() -> Bundle:
    sources = {
        "ivr_flows/project.yaml": PROJECT,
        "ivr_flows/prompts/en.yaml": EN,
        "ivr_flows/prompts/fr.yaml": FR,
        "ivr_flows/hello.flow.yaml": FLOW,
    }
    loaded = load(sources, ["en/welcome.wav"], "/sounds")
    assert loaded.bundle is not None, [str(finding) for finding in loaded.findings]
    return loaded.bundle


def test_every_prompt_has_its_form() -> None:
    found = {(entry.name, entry.language): entry for entry in stock(bundle())}
    recorded = found["welcome", "en"]
    assert (recorded.form, recorded.item) == ("recorded", SoundFile("/sounds/en/welcome.wav", "welcome"))
    assert found["welcome", "fr"].item == Speech("Bienvenue", "fr", "", "welcome")
    assert found["named", "en"].form == "completed in the call"
    assert found["main_menu", "en"].flows == ("hello",)
    assert found["spare", "en"].flows == ()


def test_words_are_found_wherever_a_step_holds_them() -> None:
    said = {(speech.text, speech.language) for speech in constant_speeches(bundle())}
    for words in ("Deep inside", "Are you there", "Then"):
        assert {(words, "en"), (words, "fr")} <= said
    assert ("Welcome", "en") not in said, "it is recorded"
    assert ("Bienvenue", "fr") in said
    assert not any("$" in words or words.startswith(("so ", "Hello ")) for words, _ in said)


def test_each_is_spoken_once() -> None:
    speeches = constant_speeches(bundle())
    assert len(speeches) == len(set(speeches))
