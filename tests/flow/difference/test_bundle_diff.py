from engine.flow.difference.bundle_diff import bundle_diff
from tests.flow.author import loaded, project

MAIN = "flow: main\nblocks:\n  a:\n    - answer:\n    - play: {id: welcome}\n    - hangup:\n"
RULES = "rules:\n  - {name: one, number: '+442079460000', flow: main}\n  - {name: two, flow: main}\n"
PROJECT = "name: Acme\ncalendars: {office: {weekly: {daily: '09:00-17:00'}}}\n"


def bundle(flow=MAIN, sounds=(), **files):
    files = {"project": PROJECT, "dialplans__main": RULES, "prompts__en": "welcome: Hi\n", **files}
    found = loaded(project(flow, **files), sounds)
    assert found.bundle is not None, [str(finding) for finding in found.findings]
    return found.bundle


def flat(changes, above=""):
    for change in changes:
        name = f"{above} > {change.what}".removeprefix(" > ")
        if change.parts:
            yield from flat(change.parts, name)
        else:
            yield change.sort, name, change.before, change.after


def differences(after, before=None):
    return list(flat(bundle_diff(before or bundle(), after)))


def test_the_same_differs_in_nothing():
    assert differences(bundle()) == []
    assert differences(bundle(MAIN.replace("play: {id: welcome}", "play:\n        id: welcome  # hello"))) == []


def test_flows_and_blocks():
    more = bundle(
        MAIN.replace("    - hangup:\n", "    - goto: b\n  b:\n    - hangup:\n"),
        other="flow: other\nblocks:\n  z:\n    - answer:\n    - hangup:\n",
    )
    found = differences(more)
    assert ("added", "flow main > block a > goto", "", "{target: b}") in found
    assert ("removed", "flow main > block a > hangup", "", "") in found
    assert ("added", "flow main > block b", "", "[hangup]") in found
    assert ("added", "flow other", "", "1 blocks: [z]") in found
    assert len(found) == 4
    assert ("removed", "flow other", "1 blocks: [z]", "") in differences(bundle(), more)


def test_what_a_flow_has_beside_its_blocks():
    changed = bundle(MAIN.replace("flow: main\n", "flow: main\nlimits: {max_steps: 50}\n"))
    assert differences(changed) == [("changed", "flow main > limits.max_steps", "500", "50")]


def test_prompts_and_sounds():
    assert differences(bundle(prompts__en="welcome: Ho\n"), bundle(sounds=("en/x.wav",))) == [
        ("changed", "prompts in en > welcome", "Hi", "Ho"), ("removed", "recorded sounds > en/x.wav", "", ""),
    ]  # fmt: skip


def test_the_project_and_the_dial_plan():
    found = differences(
        bundle(
            project=PROJECT.replace("17:00", "18:00"),
            dialplans__main="rules:\n"
            "  - {name: two, flow: main}\n  - {name: one, number: '+442079460001', flow: main}\n",
        )
    )
    names = [name for _, name, _, _ in found]
    assert "project > calendars.office.weekly.0" in names
    assert "dial plan > rule one > numbers" in names
    assert ("changed", "dial plan > the order of the rules", "[one, two]", "[two, one]") in found
