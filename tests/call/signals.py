"""Any signal there can be, for properties."""

from typing import Any, get_args, get_type_hints

from hypothesis import strategies as st

from engine.core import signals
from engine.core.effects import DialTarget
from engine.core.signals import Answer, Signal

_texts = st.text(max_size=12)
_BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    float: st.floats(0, 4e9, allow_nan=False), int: st.integers(-(2**40), 2**40), bool: st.booleans(), str: _texts,
}  # fmt: skip


def _values(cls: type) -> st.SearchStrategy[Any]:
    return st.builds(cls, **{name: _of(hint, name) for name, hint in get_type_hints(cls, vars(signals)).items()})


def _of(hint: Any, name: str) -> st.SearchStrategy[Any]:
    hint = getattr(hint, "__supertype__", hint)
    if hint in _BY_TYPE:
        return _BY_TYPE[hint]
    if hint == Answer:
        return answers
    if hint == DialTarget:
        return targets
    if getattr(hint, "__origin__", None) is dict:
        return st.dictionaries(_texts, _texts, max_size=3)
    if get_args(hint):  # a Literal
        return st.sampled_from(get_args(hint))
    raise AssertionError(f"say how a {name} of type {hint} is made")


targets: st.SearchStrategy[Any] = st.one_of([_values(cls) for cls in get_args(DialTarget)])
answers: st.SearchStrategy[Any] = st.one_of([_values(cls) for cls in get_args(Answer)])
any_signal: st.SearchStrategy[Signal] = st.one_of([_values(cls) for cls in get_args(Signal)])
