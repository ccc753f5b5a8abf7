"""The little of SDP (RFC 4566, RFC 3264) that one G.711 audio stream needs."""

from __future__ import annotations

from dataclasses import dataclass

_STATIC = {0: "PCMU/8000", 8: "PCMA/8000"}
_CODECS = {"PCMU/8000": (0, "PCMU"), "PCMA/8000": (8, "PCMA")}


@dataclass(frozen=True, slots=True)
class AudioOffer:
    """What the other side said of its audio: where it listens and what it understands."""

    host: str
    port: int
    codecs: tuple[str, ...]
    """PCMU and PCMA, as far as offered, in the order of the offer."""
    event_type: int | None
    """Payload type of telephone-event, None when it was not offered."""
    direction: str = "sendrecv"

    @property
    def held(self) -> bool:
        """Whether the other side has put the call on hold."""
        return self.direction in ("sendonly", "inactive") or self.host == "0.0.0.0"  # noqa: S104 - RFC 2543's hold


def parse_audio(text: str) -> AudioOffer | None:
    """The first usable audio stream of an SDP body; None when there is none."""
    session_host = host = ""
    session_direction = direction = "sendrecv"
    port = 0
    types: list[int] = []
    maps: dict[int, str] = dict(_STATIC)
    section = "session"
    for line in text.replace("\r\n", "\n").split("\n"):
        key, _, value = line.partition("=")
        value = value.strip()
        if key == "m":
            if section == "audio":
                break
            words = value.split()
            section = (
                "audio" if len(words) > 3 and words[0] == "audio" and words[1].split("/")[0].isdigit() else "other"
            )
            if section == "audio":
                port = int(words[1].split("/")[0])
                types = [int(word) for word in words[3:] if word.isdigit()]
        elif key == "c" and len(value.split()) == 3:
            address = value.split()[2].split("/")[0]
            if section == "session":
                session_host = address
            elif section == "audio":
                host = address
        elif key == "a" and section in ("session", "audio"):
            if value in ("sendrecv", "sendonly", "recvonly", "inactive"):
                if section == "session":
                    session_direction = direction = value
                else:
                    direction = value
            elif value.startswith("rtpmap:") and section == "audio":
                number, _, name = value[7:].partition(" ")
                if number.isdigit():
                    maps[int(number)] = name.strip().upper().removesuffix("/1")
    host = host or session_host
    if not host or not port or not types:
        return None
    names = [maps.get(number, "") for number in types]
    codecs = tuple(dict.fromkeys(_CODECS[name][1] for name in names if name in _CODECS))
    events = [number for number, name in zip(types, names, strict=True) if name == "TELEPHONE-EVENT/8000"]
    return AudioOffer(host, port, codecs, events[0] if events else None, direction or session_direction)


def payload_type_of(codec: str) -> int:
    """The static payload type of PCMU or PCMA."""
    return 0 if codec == "PCMU" else 8


def audio_sdp(
    host: str,
    port: int,
    codecs: tuple[str, ...],
    event_type: int | None,
    *,
    version: int,
    session: int,
    direction: str = "sendrecv",
) -> str:
    """An SDP body with one audio stream."""
    types = [payload_type_of(codec) for codec in codecs]
    lines = [
        "v=0",
        f"o=FreeSWITCH {session} {version} IN IP4 {host}",
        "s=FreeSWITCH",
        f"c=IN IP4 {host}",
        "t=0 0",
        "m=audio "
        + " ".join([str(port), "RTP/AVP", *map(str, types), *([str(event_type)] if event_type is not None else [])]),
    ]
    lines += [f"a=rtpmap:{number} {codec}/8000" for number, codec in zip(types, codecs, strict=True)]
    if event_type is not None:
        lines += [f"a=rtpmap:{event_type} telephone-event/8000", f"a=fmtp:{event_type} 0-15"]
    lines += ["a=ptime:20", f"a={direction}"]
    return "\r\n".join(lines) + "\r\n"
