"""Whether a class keeps what a Protocol promises: every method, with the same parameters under the same names."""

import inspect


def broken_by(promise: type, kept: type) -> list[str]:
    """The methods of a Protocol that a class lacks or takes other parameters for."""
    broken = []
    for name, method in vars(promise).items():
        if name.startswith("_") or not inspect.isfunction(method):
            continue
        own = getattr(kept, name, None)
        if own is None or not _fits(inspect.signature(method), inspect.signature(own)):
            broken.append(name)
    return broken


def _fits(promised: inspect.Signature, own: inspect.Signature) -> bool:
    wanted, offered = list(promised.parameters.values()), list(own.parameters.values())
    if [one.name for one in wanted] != [one.name for one in offered[: len(wanted)]]:
        return False
    return all(one.default is not one.empty or one.kind is one.KEYWORD_ONLY for one in offered[len(wanted) :])
