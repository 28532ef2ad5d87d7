"""What a result holds of how quality falls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from josie_bench.errors import UsageError
from josie_bench.reports.result import from_json, to_json
from josie_bench.terms.score import Interval
from josie_bench.terms.severity import SeverityCurve
from tests.reports.sample_run import case_result, result

CURVE = SeverityCurve(
    setting="dropout.snr", unit="dB", of=["audio"], task="answer", levels=[20.0, 0.0], cases=["a", "b"],
    left=[1.0, 0.5], cis=[None, Interval(level=0.95, low=0.4, high=0.6, method="by hand")], n=40, area=0.75, bar=0.92,
)  # fmt: skip


def test_a_result_keeps_it_as_it_was():
    whole = replace(result([case_result("a")]), severities=[CURVE])
    assert from_json(to_json(whole), Path("result.json")).severities == [CURVE]


@pytest.mark.parametrize("broken", ['"left": []', '"left": [1.0]'])
def test_a_curve_that_lacks_numbers_is_a_broken_result(broken):
    text = to_json(replace(result([case_result("a")]), severities=[CURVE]))
    start = text.index('"left"')
    torn = text[:start] + broken + text[text.index("]", start) + 1 :]
    with pytest.raises(UsageError, match="each level has a case"):
        from_json(torn, Path("result.json"))
