"""One engine of a name in a folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.core.errors import SettingsError
from engine.shell.sole_engine import sole_engine

_HOLDER = """
import sys, time
from pathlib import Path
from engine.shell.sole_engine import sole_engine
with sole_engine(Path(sys.argv[1]), "one"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_one_is_refused_and_told_what_to_do(tmp_path: Path) -> None:
    with (
        sole_engine(tmp_path / "state", "one"),
        pytest.raises(SettingsError, match=r"^name: .*named one is running.*SWITCHBOARD_NAME"),
        sole_engine(tmp_path / "state", "one", patience=0.05),
    ):
        raise AssertionError("two of one name")


def test_others_may_share_the_folder_and_a_name_is_free_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with sole_engine(tmp_path, "one", patience=0.05), sole_engine(tmp_path, "two", patience=0.05):
            assert (tmp_path / "engine-two.lock").exists()


def test_a_killed_one_leaves_its_name_and_a_living_one_is_named(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with (
            pytest.raises(SettingsError, match=rf"process {child.pid}\)"),
            sole_engine(tmp_path, "one", patience=0.05),
        ):
            raise AssertionError("two of one name")
        child.kill()
        with sole_engine(tmp_path, "one"):
            assert child.wait(10) != 0


def test_a_folder_that_cannot_be_used_is_told_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(SettingsError, match=r"^state_dir: .*cannot be used \(Not a directory\).*SWITCHBOARD_STATE_DIR"),
        sole_engine(tmp_path / "file/state", "one"),
    ):
        raise AssertionError("no folder")
