"""Calibration sets on disk: what was written comes back, spread over the conversation, and what is missing is said."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.engines import calibration
from josie_bench.engines.calibration import MOST_CALLS, calibration_ingredients, read_calls, spread, write_calls
from josie_bench.errors import EngineError


def test_calls_come_back_in_order_with_their_types(tmp_path):
    calls = [{"audio": np.full((1, 800), k, dtype=np.float32), "state.count": np.array([[k]])} for k in range(12)]
    write_calls(tmp_path, "audio_encoder", calls)
    again = list(read_calls(tmp_path, "audio_encoder"))
    assert len(again) == 12
    for call, expected in zip(again, calls, strict=True):
        assert call.keys() == expected.keys()
        assert all(np.array_equal(call[name], expected[name]) for name in call)
        assert all(call[name].dtype == expected[name].dtype for name in call)


def test_a_component_that_was_not_recorded_is_said(tmp_path):
    with pytest.raises(EngineError, match="holds nothing of vision_encoder"):
        list(read_calls(tmp_path, "vision_encoder"))


def test_calls_are_spread_with_first_and_last_among_them():
    calls = [{"k": np.array(k)} for k in range(145)]
    kept = [int(call["k"]) for call in spread(calls)]
    assert len(kept) == MOST_CALLS
    assert (kept[0], kept[-1]) == (0, 144)
    assert kept == sorted(set(kept))
    assert len(spread(calls[:5])) == 5


@pytest.mark.parametrize(
    ("decides", "otherwise"),
    [("WINDOWS", 25), ("MOST_CALLS", 12), ("media_digest", lambda: "0" * 64), ("code_digest", lambda parts: "0" * 64)],
)
def test_a_set_is_made_of_recordings_windows_and_what_records_it(decides, otherwise, monkeypatch):
    before = calibration_ingredients()
    monkeypatch.setattr(calibration, decides, otherwise)
    assert sum(value != before[name] for name, value in calibration_ingredients().items()) == 1
