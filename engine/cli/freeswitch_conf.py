"""`switchboard freeswitch-conf`: writes the FreeSWITCH configuration that serves this engine."""

import argparse
from pathlib import Path

from engine.cli.project_choice import chosen_settings
from engine.core.errors import ControlError, SettingsError

HELP = "write the FreeSWITCH configuration that serves the engine"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what differs between two FreeSWITCH servers."""
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="a new or empty folder")
    parser.add_argument("--source", type=Path, default=None, metavar="FOLDER", help="the folder freeswitch-conf")
    parser.add_argument(
        "--switch", default="", metavar="NAME", help="take domain, port, password and networks of this switch"
    )
    parser.add_argument("--sip-ip", default="", help="address of the SIP profiles (default: found by FreeSWITCH)")
    parser.add_argument("--public-ip", default="", help="address callers see, when it is another one")
    parser.add_argument("--agent", action="append", default=[], metavar="NAME:PASSWORD", help="a phone that registers")
    parser.add_argument("--gateway", action="append", default=[], metavar="NAME=HOST[:PORT]", help="a way to dial out")
    parser.add_argument("--trunk-network", action="append", default=[], metavar="CIDR", help="whose calls are taken")
    parser.add_argument("--sounds-dir", type=Path, help="FreeSWITCH's sounds")
    parser.add_argument("--music-dir", type=Path, help="FreeSWITCH's music")


def run(options: argparse.Namespace) -> int:
    """Write the configuration, and the event socket's password beside it."""
    import engine
    from engine.shell.freeswitch_conf import FreeswitchValues, GatewayValues, render

    settings = chosen_settings(options)
    gateways = [_pair(text, "=", "--gateway") for text in options.gateway]
    values: dict[str, object] = {
        "recordings_dir": settings.recordings,
        "agents": dict(_pair(text, ":", "--agent") for text in options.agent),
        "gateways": {name: GatewayValues(proxy) for name, proxy in gateways},
        "trunk_networks": tuple(options.trunk_network),
    }
    for name in ("sip_ip", "public_ip", "sounds_dir", "music_dir"):
        if getattr(options, name):
            values[name] = getattr(options, name)
    new_password_in: Path | None = None
    if options.switch:
        switch = next((switch for switch in settings.switches if switch.name == options.switch), None)
        if switch is None:
            raise SettingsError(f"no switch {options.switch} in the settings")
        values["esl_port"] = switch.port
        if switch.password_file is None or switch.password_file.exists():
            values["esl_password"] = switch.read_password()
        else:
            new_password_in = switch.password_file
        values |= {"domain": switch.domain} if switch.domain else {}
        values["trunk_networks"] = (*switch.from_addresses, *options.trunk_network)
    filled = FreeswitchValues(**values)  # type: ignore[arg-type]
    render(options.source or Path(engine.__file__).parents[1] / "freeswitch-conf", options.output, filled)
    print(f"written to {options.output}")
    if new_password_in is not None:
        _keep(filled.esl_password, new_password_in)
        print(f"with a new password, written to {new_password_in}")
    if not options.switch:
        file = options.output / "event-socket.password"
        _keep(filled.esl_password, file)
        print("\nAdd to switchboard.toml:\n")
        print(f'[[switches]]\nname = "freeswitch"\nport = {filled.esl_port}\npassword_file = "{file.resolve()}"')
        print(f'domain = "{filled.domain}"')
        if gateways:
            print(f'gateway = "{gateways[0][0]}"')
    return 0


def _keep(password: str, file: Path) -> None:
    """Write the event socket's new password where only its owner reads it. Raises SettingsError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(password + "\n", "utf-8")
    except OSError as error:
        raise SettingsError(f"the event socket's password cannot be written to {file}: {error.strerror}") from None


def _pair(text: str, separator: str, option: str) -> tuple[str, str]:
    name, found, value = text.partition(separator)
    if not found or not name or not value:
        raise ControlError(f"{option} {text}: write NAME{separator}VALUE")
    return name, value
