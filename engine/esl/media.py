"""A prompt as FreeSWITCH plays it: paths and stream names."""

import re

from engine.core.effects import NO_ASK
from engine.core.errors import UnsafeTextError
from engine.core.ids import AskId
from engine.core.prompts import Music, Prompt, Silence, SoundFile, Speech, Tone

_PATH = re.compile(r"/[A-Za-z0-9._/+=@~-]{1,400}")
_TONE = re.compile(r"[A-Za-z0-9%(),.;=+*-]{1,200}")
_STREAM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,63}")
MARK = "sb_ask"
"""The file parameter that carries the ask's number, so that a snapshot of the channel shows which ask is running."""


def checked_path(path: str) -> str:
    """An absolute path FreeSWITCH takes as one word. Raises UnsafeTextError.

    Spaces split arguments (mod_dptools.c), `!` joins files, `{` begins parameters and `${` is expanded.
    """
    if not _PATH.fullmatch(path) or ".." in path.split("/"):
        raise UnsafeTextError(f"not a path the switch can be given (absolute, no spaces or signs): {path[:120]!r}")
    return path


def playable(prompt: Prompt, ask: AskId = NO_ASK) -> str:
    """One name for the whole prompt; several items are joined by `file_string://`. Raises UnsafeTextError.

    `ask` is written into the name as a file parameter, which players ignore (switch_core_file.c).
    """
    names = [_item(item) for item in prompt] or ["silence_stream://20"]
    name = names[0] if len(names) == 1 else "file_string://" + "!".join(names)
    return f"{{{MARK}={ask}}}{name}" if ask else name


def _item(item: SoundFile | Speech | Tone | Silence | Music) -> str:
    match item:
        case SoundFile(path=path):
            return checked_path(path)
        case Tone(spec=spec, loops=loops):
            if not _TONE.fullmatch(spec):
                raise UnsafeTextError(f"not a tone: {spec[:80]!r}")
            return f"tone_stream://{spec};loops={loops}" if loops != 1 else f"tone_stream://{spec}"
        case Silence(ms=ms):
            return f"silence_stream://{max(20, ms)}"
        case Music(name=name):
            if not _STREAM.fullmatch(name) or ".." in name:
                raise UnsafeTextError(f"not a music stream: {name[:80]!r}")
            return f"local_stream://{name}"
        case Speech(text=text):
            raise UnsafeTextError(f"speech must be rendered before it is played: {text[:80]!r}")
