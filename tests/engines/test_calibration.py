"""Calibration sets on disk: what was written comes back, spread over the conversation, and what is missing is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.engines import calibration
from josie_bench.engines.calibration import (
    MOST_CALLS,
    calibration_ingredients,
    is_of_today,
    read_calls,
    spread,
    write_calls,
)
from josie_bench.errors import EngineError
from josie_bench.terms.calibration_choice import CalibrationChoice

OWN = CalibrationChoice(speech="/a", video="bundled", windows=64, sha256="1" * 64)


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


def test_a_set_of_one_s_own_is_made_of_its_recordings_and_windows_wherever_they_lie():
    usual, own = calibration_ingredients(), calibration_ingredients(OWN)
    shared = {"calls", "recorder"}
    assert {name: own[name] for name in own.keys() - shared} == {"windows": 64, "recordings": "1" * 64}
    assert {name: own[name] for name in shared} == {name: usual[name] for name in shared}
    assert calibration_ingredients(replace(OWN, speech="/b", video="/c")) == own


@pytest.mark.parametrize(
    ("decides", "otherwise", "of_own"),
    [
        ("WINDOWS", 25, True),
        ("media_digest", lambda: "0" * 64, True),
        ("MOST_CALLS", 12, False),
        ("code_digest", lambda parts: "0" * 64, False),
    ],
)
def test_a_set_of_one_s_own_is_of_today_while_the_same_code_records_it(decides, otherwise, of_own, monkeypatch):
    usual, own = calibration_ingredients(), calibration_ingredients(OWN)
    assert is_of_today(usual)
    assert is_of_today(own)
    monkeypatch.setattr(calibration, decides, otherwise)
    assert not is_of_today(usual)
    assert is_of_today(own) is of_own
