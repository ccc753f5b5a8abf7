import pytest

from engine.flow import builtin
from engine.flow.dialplan import UNCLAIMED
from tests.flow.author import loaded, project


def test_every_project_has_the_built_in_flows():
    flows = loaded({}).bundle.flows
    assert set(flows) == {UNCLAIMED, builtin.APOLOGY}
    assert flows[UNCLAIMED].blocks["refuse"].steps[0].kind.early_media
    assert flows[UNCLAIMED].blocks["refuse"].steps[-1].kind.cause == "UNALLOCATED_NUMBER"


@pytest.mark.parametrize("language", builtin.LANGUAGES)
@pytest.mark.parametrize("name", ["switchboard.unclaimed", "switchboard.apology"])
def test_they_speak_each_of_their_languages(language, name):
    item = loaded({}).bundle.prompts.lookup(name, language)
    assert item.language == language
    assert len(item.text) > 20


def test_a_project_may_have_its_own():
    own = "flow: apology\nblocks: {a: [{hangup: }]}\n"
    result = loaded(project(own))
    assert result.bundle.flows["apology"].place.file == "ivr_flows/main.flow.yaml"


def test_a_project_may_change_their_words():
    result = loaded(project("", prompts__en="switchboard.apology: Sorry!\n"))
    assert result.bundle.prompts.lookup("switchboard.apology", "en").text == "Sorry!"
