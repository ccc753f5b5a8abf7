"""What can be played: files, tones, silence, music and lists of these, found by the text FreeSWITCH uses for them."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from engine.sim.g711 import FRAME_SAMPLES, SILENCE
from engine.sim.sound_files import sound_of
from engine.sim.tones import tone_audio

_SOFT_MUSIC = "v=-28;%(400,200,440);%(400,200,554);%(400,1400,659)"
_PARAMETERS = re.compile(r"^\s*\{[^}]*\}")


class SoundNotFoundError(Exception):
    """The text names nothing that can be played."""


@dataclass(slots=True)
class Audio:
    """Mu-law bytes played once, several times or for ever, from a sample on."""

    data: bytes
    loops: int = 1
    offset: int = 0
    samples_played: int = 0

    def next_frame(self) -> bytes | None:
        """The next frame, the last one filled up with silence."""
        if self.offset >= len(self.data):
            if self.loops == 1 or not self.data:
                return None
            self.loops -= self.loops > 0
            self.offset = 0
        frame = self.data[self.offset : self.offset + FRAME_SAMPLES]
        self.offset += len(frame)
        if len(frame) < FRAME_SAMPLES and self.loops != 1:
            head = self.data[: FRAME_SAMPLES - len(frame)]
            self.loops -= self.loops > 0
            self.offset = len(head)
            frame += head
        self.samples_played += len(frame)
        return frame if len(frame) == FRAME_SAMPLES else frame + SILENCE[len(frame) :]


@dataclass(slots=True)
class Silence:
    """Silence of some frames; no number means for ever."""

    frames: int | None
    offset: int = 0
    samples_played: int = 0

    def next_frame(self) -> bytes | None:
        """One more frame of silence."""
        if self.frames is not None:
            if self.frames <= 0:
                return None
            self.frames -= 1
        self.offset += FRAME_SAMPLES
        self.samples_played += FRAME_SAMPLES
        return SILENCE


Playable = Audio | Silence


@dataclass(frozen=True, slots=True)
class Found:
    """What a text named: the audio, and for a stream its type."""

    playable: Playable
    path: str
    stream: str | None = None


@dataclass(slots=True)
class SoundLibrary:
    """Finds what a text names, in the folders of one switch."""

    sounds: Path | None = None
    music: Path | None = None
    _music_kept: dict[str, tuple[tuple[str, ...], bytes]] = field(default_factory=dict)

    def find(self, text: str) -> Found:
        """The playable of one path or stream; SoundNotFoundError when there is none."""
        path = _PARAMETERS.sub("", text).strip()
        stream, separator, rest = path.partition("://")
        try:
            if separator and stream in ("tone_stream", "silence_stream", "local_stream", "file_string"):
                return self._stream(stream, rest, path)
            return Found(self._file(path), path)
        except (OSError, ValueError) as error:
            raise SoundNotFoundError(str(error)) from error

    def _stream(self, stream: str, rest: str, path: str) -> Found:
        if stream == "tone_stream":
            audio, loops = tone_audio(_whole_script(rest))
            return Found(Audio(audio, loops), path, stream)
        if stream == "silence_stream":
            milliseconds = rest.split(",")[0].strip()
            length = int(milliseconds)
            return Found(Silence(None if length < 0 else -(-length // 20)), path, stream)
        if stream == "local_stream":
            music = self._music(rest.split("/")[0].strip())
            # Everyone hears the stream where it is now, as with a real music stream.
            at = int(time.time() * 8000) % len(music) // FRAME_SAMPLES * FRAME_SAMPLES
            return Found(Audio(music, -1, at), path, stream)
        parts = [self.find(part).playable for part in rest.split("!") if part]
        if not parts:
            raise ValueError("empty file_string")
        return Found(Audio(b"".join(map(_bytes_of, parts))), path, stream)

    def _file(self, path: str) -> Audio:
        name, _, offset = path.partition("@@")
        file = Path(name)
        if not file.is_absolute() and self.sounds is not None:
            file = self.sounds / file
        return Audio(sound_of(file), 1, int(offset) if offset.isdigit() else 0)

    def _music(self, name: str) -> bytes:
        files: list[Path] = []
        if self.music is not None and name not in ("", ".", ".."):
            folder = self.music / name if (self.music / name).is_dir() else self.music
            files = sorted(folder.glob("*.wav"))
        names = tuple(map(str, files))
        kept = self._music_kept.get(name)
        if kept is None or kept[0] != names:
            audio = bytearray()
            for file in files:
                try:
                    audio += sound_of(file)
                except (OSError, ValueError):
                    continue
            kept = (names, bytes(audio) or tone_audio(_SOFT_MUSIC)[0])
            self._music_kept[name] = kept
        return kept[1]


def _whole_script(rest: str) -> str:
    if not rest.startswith("path="):
        return rest
    path, *more = rest[5:].split(";")
    return ";".join([Path(path).read_text(encoding="utf-8").strip(), *more])


def _bytes_of(playable: Playable) -> bytes:
    if isinstance(playable, Silence):
        return SILENCE * (playable.frames or 0)
    return playable.data[playable.offset :] * max(playable.loops, 1)
