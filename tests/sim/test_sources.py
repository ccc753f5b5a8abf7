"""Everything that can be named for playing."""

from pathlib import Path

import pytest

from engine.sim.sources import Audio, Silence, SoundLibrary, SoundNotFoundError
from tests.sim.test_sound_files import write


def frames_of(library: SoundLibrary, text: str) -> int:
    playable = library.find(text).playable
    count = 0
    while playable.next_frame() is not None:
        count += 1
    return count


@pytest.fixture
def library(tmp_path: Path) -> SoundLibrary:
    write(tmp_path / "short.wav", seconds=0.1)
    return SoundLibrary(tmp_path)


def test_files_relative_absolute_with_parameters_and_offset(library: SoundLibrary, tmp_path: Path) -> None:
    assert frames_of(library, "short.wav") == 5
    assert frames_of(library, str(tmp_path / "short.wav")) == 5
    assert frames_of(library, "{loops=2,x=y}short.wav") == 5
    assert frames_of(library, "short.wav@@640") == 1


def test_streams(library: SoundLibrary) -> None:
    assert frames_of(library, "silence_stream://100") == 5
    assert frames_of(library, "silence_stream://110,400") == 6
    assert frames_of(library, "tone_stream://%(100,0,440);loops=3") == 15
    assert frames_of(library, "file_string://short.wav!silence_stream://40!short.wav") == 12


def test_silence_without_end_does_not_end(library: SoundLibrary) -> None:
    playable = library.find("silence_stream://-1").playable
    assert all(playable.next_frame() for _ in range(1000))


def test_music_comes_from_its_folder_and_loops(tmp_path: Path) -> None:
    (tmp_path / "jazz").mkdir()
    write(tmp_path / "jazz" / "a.wav", seconds=0.1)
    write(tmp_path / "b.wav", seconds=0.2)
    library = SoundLibrary(None, tmp_path)
    jazz, other = library.find("local_stream://jazz"), library.find("local_stream://default")
    assert isinstance(jazz.playable, Audio)
    assert isinstance(other.playable, Audio)
    assert (len(jazz.playable.data), len(other.playable.data)) == (800, 1600)
    assert all(jazz.playable.next_frame() for _ in range(50))
    assert jazz.stream == "local_stream"


def test_without_music_there_is_a_soft_tone() -> None:
    playable = SoundLibrary().find("local_stream://moh").playable
    assert isinstance(playable, Audio)
    assert len(playable.data) > 8000
    assert all(len(playable.next_frame() or b"") == 160 for _ in range(500))


@pytest.mark.parametrize(
    "text",
    ["nothing.wav", "", "tone_stream://", "silence_stream://x", "file_string://", "flite://hello", "/etc/passwd"],
)
def test_what_cannot_be_played_is_not_found(library: SoundLibrary, text: str) -> None:
    with pytest.raises(SoundNotFoundError):
        library.find(text)


def test_a_last_part_of_a_frame_is_filled_up() -> None:
    audio = Audio(b"\x01" * 200)
    assert audio.next_frame() == b"\x01" * 160
    assert audio.next_frame() == b"\x01" * 40 + b"\xff" * 120
    assert audio.next_frame() is None
    assert audio.samples_played == 200


def test_a_loop_has_no_gap() -> None:
    audio = Audio(b"\x01" * 100 + b"\x02" * 100, 2)
    played = b""
    while (frame := audio.next_frame()) is not None:
        played += frame
    assert played[:400] == (b"\x01" * 100 + b"\x02" * 100) * 2
    assert Silence(1).next_frame() == b"\xff" * 160
