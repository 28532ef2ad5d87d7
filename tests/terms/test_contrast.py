"""What one setting changes is part of a result: it is written whole and read back as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from josie_bench.reports.result import from_json, to_json
from josie_bench.terms.contrast import Contrast, LearningCurve
from josie_bench.terms.score import Interval
from tests.reports.sample_run import result


def test_a_result_keeps_what_a_setting_changes_and_how_models_learnt():
    ci = Interval(level=0.95, low=0.01, high=0.2, method="t over 3 seeds")
    contrast = Contrast(
        setting="ablate", value="rms_norm", base="nothing", figure="wer_text", before=0.5, after=0.6, n=40, seeds=3,
        bases=["a", "b", "c"], cases=["d", "e", "f"], ci=ci, relative=0.2,
    )  # fmt: skip
    curve = LearningCurve(case="a", loss="text", steps=[20, 40], values=[2.0, 1.5])
    whole = replace(result([]), contrasts=[contrast], learning=[curve])
    assert from_json(to_json(whole), Path("result.json")) == whole


def test_a_curve_whose_steps_have_no_loss_is_none():
    with pytest.raises(ValueError, match="each step has a loss"):
        LearningCurve(case="a", loss="text", steps=[20, 40], values=[2.0])
