"""Compares two versions of a project: flows with their blocks and branches, prompts, the dial plan, the settings."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.flow.builtin import SOURCES
from engine.flow.bundle import Bundle
from engine.flow.difference.change import Change, values_differ, within
from engine.flow.difference.plain import plain, shown
from engine.flow.difference.steps import place_text, steps_differ
from engine.flow.document import Block, Flow
from engine.flow.project import Project

_HEAD = ("description", "start", "languages", "inputs", "outputs", "vars", "limits", "events", "tenant")
"""What a flow has beside its blocks."""


def bundle_diff(before: Bundle, after: Bundle) -> tuple[Change, ...]:
    """Everything a caller or an operator could notice; nothing for versions that mean the same."""
    return (
        *within("project", _project(before.project, after.project)),
        *_each("flow", _flows(before), _flows(after), _flow, _flow_where, _flow_line),
        *within("dial plan", _dialplan(before, after)),
        *_prompts(before, after),
        *_sounds(before, after),
    )


def _each(
    what: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    differ: Callable[[Any, Any], Iterator[Change]],
    where: Callable[[Any], str],
    line: Callable[[Any], str],
) -> Iterator[Change]:
    """The differences of things with names: those only one version has, and what differs within the others."""
    for name in dict.fromkeys((*before, *after)):
        title = f"{what} {name}"
        if name not in after:
            yield Change("removed", title, before=line(before[name]), where=where(before[name]))
        elif name not in before:
            yield Change("added", title, after=line(after[name]), where=where(after[name]))
        else:
            yield from within(title, differ(before[name], after[name]), where(after[name]))


def _project(before: Project, after: Project) -> Iterator[Change]:
    yield from values_differ(plain(before), plain(after))


def _flows(bundle: Bundle) -> dict[str, Flow]:
    return {name: flow for name, flow in bundle.flows.items() if flow.place.file not in SOURCES}


def _flow(before: Flow, after: Flow) -> Iterator[Change]:
    old, new = ({name: plain(getattr(flow, name)) for name in _HEAD} for flow in (before, after))
    yield from values_differ(old, new)
    yield from _each("block", before.blocks, after.blocks, _block, _block_where, _block_line)


def _flow_where(flow: Flow) -> str:
    return flow.place.file


def _flow_line(flow: Flow) -> str:
    return f"{len(flow.blocks)} blocks: {shown(list(flow.blocks))}"


def _block(before: Block, after: Block) -> Iterator[Change]:
    yield from steps_differ(before.steps, after.steps)


def _block_where(block: Block) -> str:
    return place_text(block.place)


def _block_line(block: Block) -> str:
    return shown(block.steps)


def _dialplan(before: Bundle, after: Bundle) -> Iterator[Change]:
    old, new = ({rule.name: rule for rule in bundle.dialplan.rules} for bundle in (before, after))

    def differ(earlier: Any, later: Any) -> Iterator[Change]:
        return values_differ(plain(earlier), plain(later))

    yield from _each("rule", old, new, differ, lambda rule: place_text(rule.place), lambda rule: f"to {rule.flow}")
    both = [[name for name in rules if name in old and name in new] for rules in (old, new)]
    if both[0] != both[1]:
        yield Change("changed", "the order of the rules", shown(both[0]), shown(both[1]))
    yield from values_differ({"unclaimed": before.dialplan.unclaimed}, {"unclaimed": after.dialplan.unclaimed})


def _prompts(before: Bundle, after: Bundle) -> Iterator[Change]:
    for language in dict.fromkeys((*before.prompts.texts, *after.prompts.texts)):
        old, new = (
            {name: _words(words) for name, words in bundle.prompts.texts.get(language, {}).items()}
            for bundle in (before, after)
        )
        yield from within(f"prompts in {language}", values_differ(old, new))


def _words(words: Any) -> Any:
    text = words.text.source
    return {"text": text, "voice": words.voice} if words.voice else text


def _sounds(before: Bundle, after: Bundle) -> Iterator[Change]:
    changes = [Change("removed", name) for name in sorted(before.sounds - after.sounds)]
    changes += [Change("added", name) for name in sorted(after.sounds - before.sounds)]
    yield from within("recorded sounds", changes)
