"""What a caller hears, ready to be played: each item is a file, words to be spoken, a tone or a silence."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SoundFile:
    """A recorded file, by absolute path. `name` is how people know it: its prompt id or file name."""

    path: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Speech:
    """Words for a text-to-speech provider. `name` is the prompt id, when it has one."""

    text: str
    language: str
    voice: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Tone:
    """A tone in the switch's tone language (`%(on ms,off ms,Hz,Hz)`); `loops` -1 sounds until stopped."""

    spec: str
    loops: int = 1


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing, for `ms` milliseconds."""

    ms: int


@dataclass(frozen=True, slots=True)
class Music:
    """The endless music of the named folder; it starts wherever the stream happens to be."""

    name: str = "default"


PromptItem = SoundFile | Speech | Tone | Silence | Music
Prompt = tuple[PromptItem, ...]


def describe(prompt: Prompt) -> str:
    """The prompt in one line for people: names where there are any, else the words."""
    parts = []
    for item in prompt:
        match item:
            case SoundFile(path=path, name=name):
                parts.append(name or path.rsplit("/", 1)[-1])
            case Speech(text=text, name=name):
                parts.append(name or text)
            case Tone():
                parts.append("(tone)")
            case Silence(ms=ms):
                parts.append(f"(silence {ms} ms)")
            case Music(name=name):
                parts.append(f"(music {name})")
    return " + ".join(parts)
