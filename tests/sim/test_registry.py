"""What the engine needs is there."""

from engine.sim.registry import APPLICATIONS, COMMANDS

NEEDED_APPLICATIONS = (
    "answer pre_answer ring_ready playback play_and_get_digits read say speak set unset multiset export sleep park "
    "hangup respond deflect redirect record record_session stop_record_session send_dtmf "
    "sched_hangup sched_transfer break bridge"
)
NEEDED_COMMANDS = (
    "uuid_kill uuid_bridge uuid_break uuid_setvar uuid_setvar_multi uuid_getvar uuid_dump uuid_exists uuid_record "
    "uuid_send_dtmf uuid_hold uuid_transfer uuid_park uuid_answer uuid_broadcast uuid_buglist sched_del sched_hangup "
    "sched_transfer show originate sofia_contact sofia status version global_getvar global_setvar hupall create_uuid"
)


def test_every_needed_name_is_registered() -> None:
    assert set(NEEDED_APPLICATIONS.split()) <= set(APPLICATIONS)
    assert set(NEEDED_COMMANDS.split()) <= set(COMMANDS)


def test_system_commands_are_not_there() -> None:
    assert not {"system", "bg_system", "spawn", "reload", "lua"} & set(COMMANDS) | {"system", "lua"} & set(APPLICATIONS)
