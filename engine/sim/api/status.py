"""API commands about the switch itself: status, version, uptime, sofia, sofia_contact, echo."""

from __future__ import annotations

import time

from engine.sim.core import Core
from engine.sim.registry import command

_LINE = "=" * 97


@command("status")
def status(core: Core, _argument: str) -> str:
    """How long the switch is up and how much it does, in FreeSWITCH's words."""
    up = time.time() - core.started
    whole = int(up)
    span = (
        f"{whole // 31536000} years, {whole // 86400 % 365} days, {whole // 3600 % 24} hours, "
        f"{whole // 60 % 60} minutes, {whole % 60} seconds, {int(up * 1000) % 1000} milliseconds, "
        f"{int(up * 1_000_000) % 1000} microseconds"
    )
    return (
        f"UP {span}\n"
        "FreeSWITCH (Version 1.10.12-release simulated 64bit) is ready\n"
        f"{core.sessions_ever} session(s) since startup\n"
        f"{len(core.sessions)} session(s) - peak {core.sessions_peak}, last 5min {core.sessions_peak} \n"
        "0 session(s) per Sec out of max 1000, peak 0, last 5min 0 \n"
        f"{core.settings.max_sessions} session(s) max\n"
        "min idle cpu 0.00/100.00\n"
        "Current Stack Size/Max 240K/8192K\n"
    )


@command("version")
def version(_core: Core, argument: str) -> str:
    """The version this simulation was held to, marked as simulated."""
    if argument.strip().lower() == "short":
        return "1.10.12-release"
    return "FreeSWITCH Version 1.10.12-release+simulated~64bit (simulated switch, not FreeSWITCH)\n"


@command("uptime")
def uptime(core: Core, argument: str) -> str:
    """Seconds (`s`), milliseconds (`ms`) or microseconds (`us`) since the start."""
    scale = {"ms": 1000, "us": 1_000_000}.get(argument.strip().lower(), 1)
    return str(int((time.time() - core.started) * scale))


@command("strepoch")
def strepoch(_core: Core, _argument: str) -> str:
    """Seconds since 1970."""
    return str(int(time.time()))


@command("echo")
def echo(_core: Core, argument: str) -> str:
    """The argument."""
    return argument


@command("hostname")
def hostname(core: Core, _argument: str) -> str:
    """The name the switch gives itself."""
    return core.events.hostname


@command("fsctl")
def fsctl(_core: Core, _argument: str) -> str:
    """Accepted and without effect."""
    return "+OK\n"


@command("sofia_contact")
def sofia_contact(core: Core, argument: str) -> str:
    """`[profile/]user@domain`: the dial string of a registered user, or `error/user_not_registered`."""
    name, slash, user = argument.partition("/")
    profile = core.profiles.get(name.lower()) if slash else core.profiles["agents"]
    user = (user if slash else name).partition("@")[0]
    if profile is None:
        return "error/user_not_registered"
    bindings = profile.registrar.bindings_of(user)
    if not bindings:
        return "error/user_not_registered"
    return ",".join(f"sofia/{profile.name}/{binding.contact}" for binding in bindings)


@command("sofia")
def sofia(core: Core, argument: str) -> str:
    """`status`, `status profile NAME`, `status profile NAME reg`."""
    words = argument.lower().split()
    if words[:2] == ["status", "profile"] and len(words) > 2:
        return _profile_status(core, words[2], words[3:])
    if words[:1] == ["status"]:
        lines = [f"{'Name':>25}\t   Type\t{'Data':>40}\tState", _LINE]
        for name, profile in core.profiles.items():
            uri = f"sip:mod_sofia@{profile.host}:{profile.transport.port}"
            lines.append(f"{name:>25}\tprofile\t{uri:>40}\tRUNNING (0)")
        for name, where in core.settings.gateways.items():
            lines.append(f"{'trunk::' + name:>25}\tgateway\t{where:>40}\tNOREG")
        return "\n".join([*lines, _LINE, f"{len(core.profiles)} profiles 0 aliases"]) + "\n"
    return "+OK\n" if words else "-USAGE: status|profile|loglevel|tracelevel|help\n"


def _profile_status(core: Core, name: str, rest: list[str]) -> str:
    profile = core.profiles.get({"internal": "trunk", "external": "trunk"}.get(name, name))
    if profile is None:
        return "Invalid Profile!\n"
    if rest[:1] == ["reg"]:
        bindings = profile.registrar.all_bindings()
        lines = ["", "Registrations:", _LINE]
        for binding in bindings:
            lines += [
                f"Call-ID:    \t{binding.call_id}",
                f"User:       \t{binding.user}@{core.settings.domain}",
                f"Contact:    \t<{binding.contact}>",
                f"Agent:      \t{binding.agent}",
                "Status:     \tRegistered(UDP)(unknown)",
                f"Host:       \t{core.events.hostname}",
                f"IP:         \t{binding.source[0]}",
                f"Port:       \t{binding.source[1]}",
                "",
            ]
        return "\n".join([*lines, f"Total items returned: {len(bindings)}", _LINE]) + "\n"
    uri = f"sip:mod_sofia@{profile.host}:{profile.transport.port}"
    return f"{_LINE}\nName             \t{name}\nURL              \t{uri}\n{_LINE}\n"
