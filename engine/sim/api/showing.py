"""API commands that list: show channels, show calls, show registrations."""

from __future__ import annotations

import json
import time

from engine.sim.core import Core
from engine.sim.event import Value
from engine.sim.registry import command
from engine.sim.session import Session


@command("show")
def show(core: Core, argument: str) -> str:
    """`channels|calls|registrations [count] [as json]`; an empty list has no rows at all."""
    words = argument.lower().split()
    kind = words[0] if words else ""
    if kind in ("channels", "calls"):
        sessions = list(core.sessions.values())
        rows = [_channel_row(session, core) for session in sessions]
        if kind == "calls":
            rows = [_call_row(row) for row in rows]
    elif kind == "registrations":
        rows = _registration_rows(core)
    else:
        return "-USAGE: codec|endpoint|application|api|channels|calls|registrations [as json]\n"
    if "count" in words:
        return json.dumps({"row_count": len(rows)}) if "json" in words else f"\n{len(rows)} total.\n"
    if "json" in words:
        if not rows:
            return '{"row_count":0}'
        return json.dumps({"row_count": len(rows), "rows": rows}, ensure_ascii=False, separators=(",", ":"))
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)] if rows else []
    return "\n".join([*lines, "", f"{len(rows)} total."]) + "\n"


def _channel_row(session: Session, core: Core) -> dict[str, str]:
    channel = session.channel
    profile = channel.profile

    def text(value: Value | None) -> str:
        return value if isinstance(value, str) else ""

    created = (profile.times["Channel-Created"] // 1_000_000) if profile else 0
    codec = channel.codec or ""
    rate, bits = ("8000", "64000") if codec else ("", "")
    talking = channel.get("bridge_to") is not None
    return {
        "uuid": session.uuid,
        "direction": channel.direction,
        "created": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(created)),
        "created_epoch": str(created),
        "name": channel.name,
        "state": "CS_" + channel.running_state.name,
        "cid_name": profile.caller_id_name if profile else "",
        "cid_num": profile.caller_id_number if profile else "",
        "ip_addr": profile.network_addr if profile else "",
        "dest": profile.destination_number if profile else "",
        "application": session.shown_application[0],
        "application_data": session.shown_application[1],
        "dialplan": profile.dialplan if profile else "",
        "context": profile.context if profile else "",
        "read_codec": codec,
        "read_rate": rate,
        "read_bit_rate": bits,
        "write_codec": codec,
        "write_rate": rate,
        "write_bit_rate": bits,
        "secure": "",
        "hostname": core.events.hostname,
        "presence_id": "",
        "presence_data": "",
        "accountcode": text(channel.get("accountcode")),
        "callstate": channel.call_state.name,
        "callee_name": profile.callee_id_name if profile else "",
        "callee_num": profile.callee_id_number if profile else "",
        "callee_direction": "SEND" if talking else "",
        "call_uuid": channel.get("call_uuid") or "" if talking else "",
        "sent_callee_name": text(channel.get("last_sent_callee_id_name")),
        "sent_callee_num": text(channel.get("last_sent_callee_id_number")),
        "initial_cid_name": profile.orig_caller_id_name if profile else "",
        "initial_cid_num": profile.orig_caller_id_number if profile else "",
        "initial_ip_addr": profile.network_addr if profile and channel.direction == "inbound" else "",
        "initial_dest": profile.destination_number if profile else "",
        "initial_dialplan": profile.dialplan if profile else "",
        "initial_context": profile.context if profile else "",
    }


_CALL_FIELDS = (
    "uuid direction created created_epoch name state cid_name cid_num ip_addr dest presence_id presence_data "
    "accountcode callstate callee_name callee_num callee_direction call_uuid hostname sent_callee_name sent_callee_num"
)
_OTHER_FIELDS = (
    "uuid direction created created_epoch name state cid_name cid_num ip_addr dest presence_id presence_data "
    "accountcode callstate callee_name callee_num callee_direction sent_callee_name sent_callee_num"
)


def _call_row(row: dict[str, str]) -> dict[str, str]:
    call = {name: row[name] for name in _CALL_FIELDS.split()}
    return call | {f"b_{name}": "" for name in _OTHER_FIELDS.split()} | {"call_created_epoch": ""}


def _registration_rows(core: Core) -> list[dict[str, str]]:
    profile = core.profiles["agents"]
    return [
        {
            "reg_user": binding.user,
            "realm": core.settings.domain,
            "token": binding.call_id,
            "url": f"sofia/{profile.name}/{binding.contact}",
            "expires": str(int(binding.expires)),
            "network_ip": binding.source[0],
            "network_port": str(binding.source[1]),
            "network_proto": "udp",
            "hostname": core.events.hostname,
            "metadata": "",
        }
        for binding in profile.registrar.all_bindings()
    ]
