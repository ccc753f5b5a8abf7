"""What a listener makes of a prompt: its words, and about how long they take to say."""

from engine.core.effects import Dial, GatewayNumber, RegisteredUser, SipUri
from engine.core.prompts import Music, Prompt, Silence, SoundFile, Speech, Tone

FOR_EVER = float("inf")


def words(prompt: Prompt) -> str:
    """A prompt as a listener would write it down."""
    parts = []
    for item in prompt:
        match item:
            case Speech(text=text):
                parts.append(text)
            case SoundFile(path=path, name=name):
                parts.append(f"[{name or path.rsplit('/', 1)[-1]}]")
            case Tone():
                parts.append("(tone)")
            case Music(name=name):
                parts.append(f"(music: {name})")
            case Silence():
                pass
    return " ".join(parts)


def duration(prompt: Prompt) -> float:
    """About how many seconds a prompt lasts."""
    total = 0.0
    for item in prompt:
        match item:
            case Speech(text=text):
                total += 0.4 + 0.06 * len(text)
            case SoundFile():
                total += 3.0
            case Silence(ms=ms):
                total += ms / 1000
            case Tone(loops=loops):
                total += FOR_EVER if loops < 0 else 0.2 * loops
            case Music():
                total += FOR_EVER
    return total


def target_text(dial: Dial) -> str:
    """Whom a dial rings, as authors write it."""
    match dial.target:
        case RegisteredUser(name=name):
            return f"user/{name}"
        case GatewayNumber(number=number, gateway=gateway):
            return f"gateway/{gateway}/{number}" if gateway else number
        case SipUri(uri=uri):
            return uri
