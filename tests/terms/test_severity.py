"""What a result holds of how quality falls."""

from __future__ import annotations

from pydantic import TypeAdapter

from josie_bench.terms.severity import SeverityCurve


def test_it_reads_back_from_json_as_it_was():
    curve = SeverityCurve(
        setting="dropout.snr", unit="dB", of=["audio"], task="answer", levels=[20.0, 0.0], cases=["a", "b"],
        left=[1.0, 0.5], cis=[None, None], n=40, area=0.75, bar=0.92,
    )  # fmt: skip
    adapter = TypeAdapter(SeverityCurve)
    assert adapter.validate_json(adapter.dump_json(curve)) == curve
    assert (curve.knee, curve.until, curve.area_ci) == (None, None, None)
