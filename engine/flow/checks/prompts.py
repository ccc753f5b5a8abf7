"""Whether every prompt exists in every language, and every text is used and can be spoken as it is meant."""

from collections.abc import Iterator

from engine.flow.checked_project import CheckedProject, StepText, prompts_of
from engine.flow.checks.types import type_lookup
from engine.flow.document import Flow, Place, StepNode
from engine.flow.expression_types import infer
from engine.flow.finding import Finding
from engine.flow.prompt import PromptPart, PromptSpec
from engine.flow.rule import rule
from engine.flow.suggestion import did_you_mean
from engine.flow.template import Template

MISSING_PROMPT = rule("missing-prompt", "error", "A prompt has neither text nor recording in a language of the flow.")
MISSING_SOUND = rule("missing-sound-file", "error", "A sound file is named that is not in the sounds folder.")
UNTRANSLATED = rule("untranslated-text", "warning", "A text in the flow is the same in all of its languages.")
SAY_WITHOUT_AS = rule("say-without-as", "warning", "It is left open how a number or digits are spoken.")
UNUSED_PROMPT = rule("unused-prompt", "warning", "No flow plays a prompt.")


def check(project: CheckedProject) -> Iterator[Finding]:
    """Prompts that are missing, for nothing, or said in the wrong way."""
    used: set[str] = set()
    names_by_expression = False
    for flow in project.flows.values():
        own = flow.place.file.startswith("ivr_flows/")
        for _, step in project.steps(flow):
            for path, spec in prompts_of(step):
                used.update(spec.ids())
                names_by_expression |= any(part.id is not None and not part.id.is_constant for part in spec.items)
                if own:
                    yield from _prompt(project, flow, step, path, spec)
    if project.is_whole and not names_by_expression:
        yield from _unused(project, used)


def _prompt(
    project: CheckedProject, flow: Flow, step: StepNode, path: tuple[str | int, ...], spec: PromptSpec
) -> Iterator[Finding]:
    for index, part in enumerate(spec.items):
        here = (*path, "items", index)
        if part.id is not None and part.id.is_constant:
            yield from _missing(project, flow, part.id.source, project.map.in_step(step, (*here, "id")))
        elif part.file is not None and part.file.is_constant:
            yield from _sound(project, flow, part.file.source, project.map.in_step(step, (*here, "file")))
        elif part.text is not None and len(flow.languages) > 1:
            if any(character.isalpha() for character in _plain(part.text)):
                message = f"this is said alike in {', '.join(flow.languages)}; use {{id: ...}} and prompts/*.yaml"
                yield UNTRANSLATED.at(project.map.in_step(step, (*here, "text")), message)
        elif part.say is not None and part.as_ is None:
            yield from _say(project, flow, step, here, part)


def _plain(text: Template) -> str:
    return "".join(part for part in text.parts if isinstance(part, str))


def _missing(project: CheckedProject, flow: Flow, name: str, place: Place) -> Iterator[Finding]:
    lacking = [language for language in flow.languages if not project.prompts.has(name, language)]
    if lacking and len(lacking) == len(flow.languages):
        known = {known for words in project.prompts.texts.values() for known in words}
        known |= {sound.partition("/")[2].rpartition(".")[0] for sound in project.prompts.sounds}
        yield MISSING_PROMPT.at(place, f'no prompt "{name[:60]}"{did_you_mean(name, sorted(known))}')
    else:
        for language in lacking:
            yield MISSING_PROMPT.at(place, f'prompt "{name[:60]}" has no {language} text or recording')


def _sound(project: CheckedProject, flow: Flow, name: str, place: Place) -> Iterator[Finding]:
    lacking = [language for language in flow.languages if not project.prompts.has_file(name, language)]
    if lacking:
        known = {sound.partition("/")[2] for sound in project.prompts.sounds} | project.prompts.sounds
        where = "" if len(lacking) == len(flow.languages) else f" for {', '.join(lacking)}"
        yield MISSING_SOUND.at(place, f'no sound file "{name[:80]}"{where}{did_you_mean(name, sorted(known))}')


def _say(
    project: CheckedProject, flow: Flow, step: StepNode, path: tuple[str | int, ...], part: PromptPart
) -> Iterator[Finding]:
    kind = "any"
    if isinstance(part.say, int | float) and not isinstance(part.say, bool):
        kind = "number"
    elif isinstance(part.say, Template) and len(part.say.parts) == 1 and part.say.expressions:
        text = StepText(step, (*path, "say"), part.say)
        kind = infer(text.expressions[0], type_lookup(project, flow, text))[0]
    if kind in ("digits", "number"):
        place = project.map.in_step(step, (*path, "say"))
        yield SAY_WITHOUT_AS.at(
            place, f"say how: as: {kind}" + (", phone or spell" if kind == "digits" else " or digits")
        )


def _unused(project: CheckedProject, used: set[str]) -> Iterator[Finding]:
    for language, words in sorted(project.prompts.texts.items()):
        for name, found in words.items():
            if found.line and name not in used:
                place = Place(f"ivr_flows/prompts/{language}.yaml", found.line, found.column)
                yield UNUSED_PROMPT.at(place, f'no flow plays "{name}"')
