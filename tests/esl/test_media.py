"""Prompts as FreeSWITCH plays them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.errors import UnsafeTextError
from engine.core.ids import AskId
from engine.core.prompts import Music, Prompt, PromptItem, Silence, SoundFile, Speech, Tone
from engine.esl.media import checked_path, playable


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ((SoundFile("/s/a.wav"),), "/s/a.wav"),
        ((SoundFile("/s/a.wav"), Silence(300), SoundFile("/s/b.wav")),
         "file_string:///s/a.wav!silence_stream://300!/s/b.wav"),
        ((Tone("%(200,0,440)"),), "tone_stream://%(200,0,440)"),
        ((Tone("%(2000,4000,440,480)", loops=-1),), "tone_stream://%(2000,4000,440,480);loops=-1"),
        ((Silence(5),), "silence_stream://20"),
        ((Music("jazz"),), "local_stream://jazz"),
        ((), "silence_stream://20"),
    ],
)  # fmt: skip
def test_a_prompt_is_one_name(prompt: Prompt, name: str) -> None:
    assert playable(prompt) == name
    assert playable(prompt, AskId(7)) == "{sb_ask=7}" + name


@pytest.mark.parametrize(
    "path",
    ["", "a.wav", "../a.wav", "/a b.wav", "/a!b.wav", "/${system(id)}.wav", "/{x=1}a.wav", "/a'b", '/a"b', "/a,b",
     "/a;b", "/a/../b.wav", "/..", "/a.wav\n", "/é.wav", "/a|b", "/" + "x" * 401, "http://x/y", "/a\\b", "/a@@9\x00"],
)  # fmt: skip
def test_a_path_the_switch_could_read_as_something_else_is_refused(path: str) -> None:
    with pytest.raises(UnsafeTextError):
        checked_path(path)
    with pytest.raises(UnsafeTextError):
        playable((SoundFile("/fine.wav"), SoundFile(path)))


@pytest.mark.parametrize(
    "item",
    [Tone("%(1,1,1)\n"), Tone("a b"), Tone("${x}"), Tone("a!b"), Tone(""), Music("a b"), Music("../etc"), Music("a\n"),
     Music(""), Music("/abs"), Music("${x}"), Speech("hello", "en")],
)  # fmt: skip
def test_other_items_are_checked_too(item: PromptItem) -> None:
    with pytest.raises(UnsafeTextError):
        playable((item,))


items = st.one_of(
    st.builds(SoundFile, st.text(max_size=12).map("/{}".format) | st.text(max_size=12)),
    st.builds(Tone, st.text(max_size=12), st.integers(-1, 9)),
    st.builds(Silence, st.integers(-5, 10**6)),
    st.builds(Music, st.text(max_size=12)),
)


@given(st.lists(items, max_size=4).map(tuple))
def test_an_accepted_prompt_is_one_word_that_is_never_expanded(prompt: Prompt) -> None:
    try:
        name = playable(prompt, AskId(3))
    except UnsafeTextError:
        return
    assert name.startswith("{sb_ask=3}")
    rest = name.removeprefix("{sb_ask=3}")
    assert not set(rest) & set(" \t\r\n\x00{}$'\"\\|<>`&")
    assert rest.count("!") == max(0, len(prompt) - 1)
