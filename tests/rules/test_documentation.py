"""What is written about the engine is true: generated pages are current, nothing public is without a word."""

import re

import pytest
from pydantic import BaseModel

from engine.cli.docs import stale_pages
from engine.cli.main import command_words, load_command
from engine.config import Api, Dialling, Http, Log, Outbox, Settings, Sim, Switch, Tts, Webhooks
from engine.core.events import EVENT_TYPES
from engine.flow.kinds import KINDS
from engine.flow.loader import load
from tests.rules.source import ENGINE, ROOT, modules, texts

EVENT = re.compile(r"^(call|flow|recording)\.[a-z]+$")


def test_generated_pages_are_current() -> None:
    assert sorted(stale_pages(ROOT / "docs/reference")) == [], "run `make docs`"


@pytest.mark.parametrize("word", KINDS)
def test_every_kind_is_described_with_an_example(word: str) -> None:
    described = KINDS[word].__doc__ or ""
    assert described.strip()
    assert re.search(rf"^\s+- {re.escape(word)}\b", described, re.MULTILINE), "an example in YAML"
    assert f"## {word}" in (ROOT / "docs/reference/kinds.md").read_text()


@pytest.mark.parametrize("model", [Settings, Switch, Tts, Http, Log, Api, Dialling, Outbox, Sim, Webhooks])
def test_every_setting_is_described(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        section = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        assert section or field.description, name


def test_every_event_that_is_told_is_described() -> None:
    told = {
        text
        for folder in ("call", "flow")
        for path in modules(ENGINE / folder)
        for _, text in texts(path)
        if EVENT.match(text) and text.partition(".")[0] in {name.partition(".")[0] for name in EVENT_TYPES}
    }
    errors = {"flow.dead_end", "flow.invalid"}  # names of errors, which look alike
    assert told - errors <= set(EVENT_TYPES)
    assert len(told & set(EVENT_TYPES)) > 12


def test_every_command_is_described() -> None:
    page = (ROOT / "docs/reference/commands.md").read_text()
    for words in command_words():
        assert load_command(words).HELP in page


@pytest.mark.parametrize("page", sorted(path for path in ROOT.glob("**/*.md") if ".venv" not in path.parts), ids=str)
def test_links_between_pages_lead_somewhere(page: object) -> None:
    from pathlib import Path

    assert isinstance(page, Path)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def flows_in(page: str) -> list[str]:
    """The whole flows a page shows."""
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    return [block for block in blocks if re.match(r"flow: ", block)]


@pytest.mark.parametrize("text", [text for page in ("README.md", "docs/flows.md") for text in flows_in(page)])
def test_flows_shown_to_authors_load(text: str) -> None:
    files = ("ivr_flows/project.yaml", "ivr_flows/prompts/en.yaml", "ivr_flows/prompts/fr.yaml")
    sources = {name: (ROOT / name).read_text("utf-8") for name in files}
    loaded = load({**sources, "ivr_flows/shown.flow.yaml": text})
    assert [str(found) for found in loaded.findings if found.place.file == "ivr_flows/shown.flow.yaml"] == []


def test_rules_shown_to_authors_load() -> None:
    (text,) = re.findall(r"```yaml\n(rules:.*?)```", (ROOT / "docs/flows.md").read_text("utf-8"), re.DOTALL)
    loaded = load(
        {
            "ivr_flows/project.yaml": (ROOT / "ivr_flows/project.yaml").read_text("utf-8"),
            "dialplans/shown.yaml": text,
            **{f"ivr_flows/{name}.flow.yaml": PLAIN.format(name=name) for name in ("support", "switchboard")},
        }
    )
    assert [str(found) for found in loaded.findings if found.severity == "error"] == []


PLAIN = "flow: {name}\nlanguages: [en]\nstart: a\nblocks:\n  a:\n    - answer:\n    - hangup:\n"
