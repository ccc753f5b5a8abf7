import pytest

from tests.flow.rehearsal.scripts import script, wrong

RIGHT = """\
flow: main
defaults:
  call: {language: fr, inputs: {tries: 2}}
  mocks: {http: {POST crm/look: 200, GET https://x.test: 200}, hours: {shop: closed}, session: {tier: 2}}
cases:
  - name: a
    dialogue: [{hear: {en: welcome, fr: welcome}}]
    expect:
      end: transfer user/anna
      vars: {reason: a}
      outputs: {ok: true}
      session: {tier: 1}
      language: fr
      requests: [POST crm/look, {POST crm/look: {a: 1}}]
      visited: [choose, main/desk, hello]
"""


def test_what_is_there_is_fine() -> None:
    script(RIGHT)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("language: fr, inputs", "language: §fx, inputs", 'the project has no language "fx"'),
        ("tries: 2", "§trys: 2", 'no input trys, did you mean "tries"?'),
        ("tries: 2", "tries: §two", "the input tries is a number, not a text"),
        ("POST crm/look: 200", "§POST cmr/look: 200", 'no service "cmr", did you mean "crm"?'),
        ("shop: closed", "§shp: closed", 'no calendar is called "shp", did you mean "shop"?'),
        ("session: {tier: 2}", "session: {§teir: 2}", 'no session variable is called "teir", did you mean "tier"?'),
        ("session: {tier: 2}", "session: {tier: §gold}", "session.tier is a number, not a text"),
        ("{en: welcome", "{§de: welcome", 'no language "de"'),
        ("en: welcome", "en: §welcom", 'no prompt "welcom", did you mean "welcome"?'),
        ("end: transfer user", "end: §transfr user", 'did you mean "transfer"?'),
        ("reason: a", "§reson: a", 'no variable of main is called "reson", did you mean "reason"?'),
        ("outputs: {ok", "outputs: {§okay", 'no output of main is called "okay", did you mean "ok"?'),
        ("language: fr\n      req", "language: §f\n      req", 'no language "f"'),
        ("[POST crm/look,", "[§PUST crm/look,", 'did you mean "PUT"?'),
        ("[choose,", "[§chose,", 'no block and no named step "chose" in main, did you mean "choose"?'),
        ("main/desk", "§man/desk", 'no flow "man", did you mean "main"?'),
        ("main/desk", "§main/dsk", 'did you mean "desk"?'),
        ("flow: main", "flow: §mian", 'no flow "mian", did you mean "main"?'),
    ],
)
def test_what_is_not_there_is_told_with_a_guess(old: str, new: str, told: str) -> None:
    text = RIGHT.replace(old, new, 1)
    assert text != RIGHT
    (finding,) = wrong(text)
    assert told in finding.message
