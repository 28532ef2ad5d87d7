"""Options of TensorRT's engines."""

from __future__ import annotations

from josie_bench.terms.plan_options import USUAL, PlanOptions


def test_what_was_said_is_told_and_nothing_else():
    assert USUAL.told() == {}
    assert PlanOptions(refit=True, typing="weak").told() == {"refit": True, "typing": "weak"}
    assert PlanOptions(typing="strong", timing_cache=False).told() == {}
