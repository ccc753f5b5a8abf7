"""No engine runs: callers hear the switch's treatment, not silence, and are taken once one starts."""

from pathlib import Path

from tests.acceptance.audio import sweep, write_wav
from tests.acceptance.caller import calling
from tests.acceptance.engine_process import EngineProcess
from tests.acceptance.ledger import whole_story


def test_a_caller_in_the_treatment_is_taken_by_an_engine_that_starts(engine: EngineProcess, tmp_path: Path) -> None:
    treatment = sweep(2600, 3000, 1.0)
    file = engine.switch.sounds_dir / "treatment.wav"
    write_wav(file, treatment)
    engine.stop()
    try:
        with calling(engine, "+442079460001", tmp_path) as caller:
            caller.hears_sound(treatment, "the treatment", timeout=engine.switch.treatment_after + 5)
            engine.start()
            caller.hears("announcement")
            ended = caller.ends()
    finally:
        file.unlink()
    assert ended["ended_by"] == "engine"
    assert ended["tags"] == {"wrapped": "yes"}
    began = whole_story(engine, caller.call)[0]["data"]
    assert (began["called"], began["flow"]) == ("+442079460001", "play")
