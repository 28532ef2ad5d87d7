"""Cases beside each other, as a result holds them."""

from __future__ import annotations

from dataclasses import asdict

from josie_bench.terms.engine_comparison import EngineComparison, PartRatio, PartTime
from josie_bench.terms.score import Interval, NotAvailable


def test_what_was_not_measured_has_a_reason_in_the_place_of_its_number():
    why = NotAvailable(reason="no_samples", detail="it never ran")
    known = Interval(low=1.5, high=2.5, level=0.95, method="bootstrap")
    held = EngineComparison(
        base="a",
        cases=["b"],
        rounds=3,
        parts=["window"],
        times=[
            PartTime(case="a", part="window", value_ms=4.0, n=3),
            PartTime(case="b", part="window", value_ms=None, n=0, na=why),
        ],
        ratios=[PartRatio(case="b", part="window", value=2.0, n=3, verdict="quicker", ci=known)],
    )
    told = asdict(held)
    assert [time["value_ms"] for time in told["times"]] == [4.0, None]
    assert told["times"][1]["na"]["reason"] == "no_samples"
    assert told["ratios"][0]["ci"]["low"] == 1.5
    assert told["ratios"][0]["na"] is None
