"""The variables of a finished call: when everything was, how long it took, how much audio passed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from engine.sim.causes import q850_of
from engine.sim.channel import Channel

if TYPE_CHECKING:
    from engine.sim.media import MediaLeg

_EPOCHS = (
    ("start", "Channel-Created"),
    ("profile_start", "Profile-Created"),
    ("answer", "Channel-Answered"),
    ("bridge", "Channel-Bridged"),
    ("progress", "Channel-Progress"),
    ("progress_media", "Channel-Progress-Media"),
    ("end", "Channel-Hangup"),
)


def add_call_record(channel: Channel, media: MediaLeg | None, last_application: tuple[str, str] | None) -> None:
    """Set the variables that CHANNEL_HANGUP_COMPLETE carries (switch_channel_set_timestamps)."""
    profile = channel.profile
    if profile is None:
        return
    cause = channel.hangup_cause or "NORMAL_CLEARING"
    channel.set("hangup_cause", cause)
    channel.set("hangup_cause_q850", str(q850_of(cause)))
    channel.set("digits_dialed", channel.get("digits_dialed") or "none")
    times = profile.times
    for name, key in _EPOCHS:
        at = times.get(key, 0)
        if at:
            channel.set(f"{name}_stamp", time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at // 1_000_000)))
        channel.set(f"{name}_epoch", str(at // 1_000_000))
        channel.set(f"{name}_uepoch", str(at))
    accumulated = profile.hold_accumulated
    channel.set("last_hold_epoch", str(profile.last_hold // 1_000_000))
    channel.set("hold_accum_seconds", str(accumulated // 1_000_000))
    channel.set("hold_accum_usec", str(accumulated))
    if last_application is not None:
        channel.set("last_app", last_application[0])
        channel.set("last_arg", last_application[1])
    channel.set("caller_id", f'"{profile.caller_id_name}" <{profile.caller_id_number}>')
    start, end = times["Channel-Created"], times.get("Channel-Hangup", times["Channel-Created"])
    answer = times.get("Channel-Answered")
    spans = {
        ("duration", "mduration", "uduration"): end - start,
        ("billsec", "billmsec", "billusec"): end - answer if answer else 0,
        ("answersec", "answermsec", "answerusec"): answer - start if answer else 0,
    }
    for (seconds, milliseconds, microseconds), span in spans.items():
        channel.set(seconds, str(span // 1_000_000))
        channel.set(milliseconds, str(span // 1000))
        channel.set(microseconds, str(span))
    if media is not None:
        channel.set("rtp_audio_in_raw_bytes", str(media.bytes_in))
        channel.set("rtp_audio_in_packet_count", str(media.packets_in))
        channel.set("rtp_audio_out_raw_bytes", str(media.bytes_out))
        channel.set("rtp_audio_out_packet_count", str(media.packets_out))
