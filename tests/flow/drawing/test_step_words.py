import pytest

from engine.flow.drawing.step_words import LONGEST, StepWords, one_line, shortened
from tests.flow.playbook import bundle_of

STEPS = [
    ("answer:", ""),
    ("answer: {early_media: true}", "early media"),
    ("play: {id: welcome}", "“Welcome to us.”"),
    ("play: {id: unknown}", "unknown"),
    ("play: {prompt: [Hello, {pause: 1s}, {say: '${vars.n}', as: number}, {tone: beep}, {file: a.wav}], times: 2}",
     "“Hello” ${vars.n} as number beep file a.wav 2 times"),
    ("play: {tone: '%(500,250,440)'}", "tone"),
    ("play: {prompt: Hi}\n      when: vars.n > 3", "“Hi” when vars.n > 3"),
    ("play: Hi\n      name: hello", "[hello] “Hi”"),
    ("menu: {prompt: Choose., choices: {'1': next}, store: n}", "“Choose.” → n"),
    ("collect: {prompt: Key in., store: n}", "“Key in.” → n"),
    ("set: {n: '${vars.n + 1}', session.vip: true, a: 1, b: 2, c: 3}",
     "n = ${vars.n + 1}, session.vip = true, a = 1, b = 2, …"),
    ("tag: {reason: billing, more: {a: [1, 2]}}", "reason = billing, more = {a: 1, 2}"),
    ("if: vars.n > 3", "vars.n > 3"),
    ("switch: {value: vars.n, cases: {x: next}}", "vars.n"),
    ("hours: {calendar: office, closed: hangup}", "office"),
    ("call: {flow: pin, with: {tries: 3}, save: who}", "pin (tries = 3) → who"),
    ("http: {service: crm, method: POST, path: /a, save: {n: response.json}}", "POST crm /a → n"),
    ("http: {url: 'https://a.example/'}", "GET https://a.example/"),
    ("transfer: {to: [user/anna, user/ben]}", "user/anna, user/ben"),
    ("pause: 1500ms", "1.5 s"),
    ("log: \"a\\tb\\u202e\"", "a b�"),
    ("event: {name: order.placed, fields: {order: 7}}", "order.placed, fields {order: 7}"),
    ("hangup: {prompt: Bye., cause: USER_BUSY}", "“Bye.” USER_BUSY"),
    ("return: {ok: true}", "ok = true"),
    ("goto: a", ""),
    ("reject:", "USER_BUSY"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "words"), STEPS)
def test_a_step_in_words(written, words):
    bundle = bundle_of(f"flow: main\nblocks:\n  a:\n    - {written}\n", prompts="welcome: Welcome to us.\n")
    assert StepWords(bundle.prompts).of(bundle.flows["main"].blocks["a"].steps[0]) == words


def test_without_prompts_their_ids():
    bundle = bundle_of("flow: main\nblocks:\n  a:\n    - play: {id: welcome}\n", prompts="welcome: Welcome.\n")
    assert StepWords().of(bundle.flows["main"].blocks["a"].steps[0]) == "welcome"


def test_long_words_are_cut_at_a_word_and_quotes_closed():
    text = "“" + "word " * 60 + "”"
    cut = shortened(text)
    assert len(cut) <= LONGEST + 1
    assert cut.endswith("word…”")
    assert shortened("x" * 200, 10) == "x" * 9 + "…"
    assert shortened("short") == "short"


def test_one_line():
    assert one_line(" a\n\tb \x07") == "a b �"
