"""Test files with mistakes: made by a grammar from good ones, always the same ones for the same seed."""

import random
import re
from collections.abc import Iterator

GOOD = """\
flow: main
description: What the mutants are made from
defaults:
  call: {caller: "+442079460123", at: 2026-11-23T10:00, language: fr, inputs: {tries: 2}, answered: false}
  mocks:
    http:
      POST crm/look: {status: 200, json: {tier: 2}, delay: 1s}
      GET crm/*: [404, http.timeout]
    transfer: {user/anna: [busy, answers], any: rejects}
    record: works
    hours: {shop: open}
    session: {tier: 1}
cases:
  - name: one ${lang}
    for_each: {lang: [en, fr]}
    strict: false
    dialogue:
      - hear: [welcome, "/for the [a-z]+/"]
      - silence: 2
      - hear: {en: silent, fr: [silent, number 2]}
      - press: ["9", "1"]
      - agent: answers
      - expect: {vars: {reason: none}, end: transfer user/anna}
      - wait: 3s
      - agent: {press: "1"}
      - agent: hangs_up
  - name: two
    call: {at: 2026-12-25T11:00}
    dialogue: [{press: "1"}, {speak: 12s}, {hangup: }]
    expect:
      end: caller_hangup
      tags: {reason: none}
      outputs: {ok: null}
      heard: welcome
      not_heard: [silent]
      requests: [POST crm/look, {POST crm/look: {a: 1}}]
      visited: [greet, main/desk]
      events: [call.answered, {call.ended: {cause: NORMAL_CLEARING}}]
      errors: []
      max_seconds: 90
"""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\"[^\"]*\"|[0-9]+")
_STRANGE = (
    *("null", "~", "true", "-1", "0", "1e999", ".nan", "[]", "{}", "''", '"', "'", "[", "}", ":", "- ", "? ", "|", ">"),
    *("&a", "*a", "<<: *a", "!!python/object:os.system x", "%YAML", "---", "\t", "\x00", "\x85", "\u2028", "\ufeff"),
    *("${lang}", "${nothing}", "$${", "{{ x }}", "9" * 40, "a" * 5000, "/(a+)+$/", "/[/", "/x{9999}/", "é\U0001f600"),
    *("2026-13-45T99:99", "0001-01-01T00:00+23:59", "9999-12-31T23:59", "1000000h", "0s", "number many", "money x"),
    *("POST", "POST  ", "GET http://[::1", "GET crm/[*]", "transfer", "any", "hangs_up", "../..", "for_each"),
)
_KEYS = (
    *("hear", "press", "silence", "wait", "speak", "hangup", "agent", "expect", "name", "call", "mocks", "dialogue"),
    *("strict", "for_each", "at", "http", "json", "status", "error", "delay", "vars", "end", "events", "requests"),
)


def mutants(count: int, seed: int) -> Iterator[str]:
    """So many files, each with one to four changes."""
    chance = random.Random(seed)
    for _ in range(count):
        text = GOOD
        for _ in range(chance.randint(1, 4)):
            text = chance.choice(_CHANGES)(text, chance)
        yield text


def _swap_word(text: str, chance: random.Random) -> str:
    words = list(_WORD.finditer(text))
    if not words:
        return text
    word = chance.choice(words)
    other = chance.choice([chance.choice(words)[0], chance.choice(_STRANGE), chance.choice(_KEYS)])
    return text[: word.start()] + other + text[word.end() :]


def _misspell(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) or 1)
    return text[:at] + chance.choice(["", chance.choice("aez_:-{}[],\"' \n#&*!|>%@`")]) + text[at + 1 :]


def _lines(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(5):
        case 0:
            del lines[one]
        case 1:
            lines.insert(two, lines[one])
        case 2:
            lines[one], lines[two] = lines[two], lines[one]
        case 3:
            lines[one] = " " * chance.randint(1, 4) + lines[one]
        case _:
            lines[one] = lines[one].lstrip(" ")
    return "\n".join(lines)


def _insert(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(_STRANGE) + text[at:]


def _cut(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] if chance.random() < 0.3 else text[:at] + text[at + chance.randint(1, 40) :]


_CHANGES = (_swap_word, _swap_word, _swap_word, _misspell, _lines, _insert, _cut)
