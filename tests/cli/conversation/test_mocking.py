import pytest

from engine.cli.conversation.mocking import Mocking
from engine.core.errors import ControlError
from tests.flow.rehearsal.scripts import SHOP


def test_what_is_said_adds_up() -> None:
    mocking = Mocking(SHOP)
    assert not mocking.say('POST crm/look 201 {"tier": 2}')
    assert not mocking.say("GET crm/x http.timeout")
    assert not mocking.say("GET crm/y 404")
    assert not mocking.say("GET crm/z 200 plain words")
    assert not mocking.say("transfer user/anna busy")
    assert mocking.say("hours shop closed")
    assert mocking.say("session tier 3")
    assert mocking.say("record fails")
    mocks = mocking.mocks()
    look, x, y, z = (mocks.http[key][0] for key in ("POST crm/look", "GET crm/x", "GET crm/y", "GET crm/z"))
    assert (look.status, look.body) == (201, '{"tier": 2}')
    assert (x.error, y.status, z.body) == ("http.timeout", 404, "plain words")
    assert mocks.transfer == {"user/anna": ("busy",)}
    assert (mocks.hours, mocks.session, mocks.records) == ({"shop": "closed"}, {"tier": 3}, False)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", "/mock POST crm/verify"),
        ("what now", "/mock POST crm/verify"),
        ("GET crn/x 200", 'did you mean "crm"?'),
        ("GET crm/x nonsense", "/mock GET crm/x nonsense"),
        ("hours shp closed", 'did you mean "shop"?'),
        ("hours shop shut", "'open', 'closed' or 'holiday'"),
        ("transfer user/anna sings", "'answers'"),
        ("session tier gold", "session.tier is a number"),
        ("record sometimes", "'works' or 'fails'"),
    ],
)
def test_what_cannot_be_mocked_changes_nothing(said: str, told: str) -> None:
    mocking = Mocking(SHOP)
    with pytest.raises(ControlError, match=None) as caught:
        mocking.say(said)
    assert told in str(caught.value)
    assert mocking.said == {}
