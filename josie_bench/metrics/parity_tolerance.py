"""Error against tolerance: in units of what FP16 does to the reference. Definition `parity_tolerance/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_PARITY, Metric
from josie_bench.statistics.agreement import parity_of
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {name: f"{name}: its error over its tolerance" for name in ("temporal_transformer", "audio_decoder")}
WIDTH, QUANTILE = 3.0, 0.999


def _compute(recording: Recording) -> dict[str, Score]:
    parity = parity_of(recording)
    found: dict[str, Score] = {}
    for name in STATISTICS:
        largest, spread = parity.of(name, "largest"), parity.of(name, "spread")
        if not len(largest) or not len(spread) or not np.isfinite(largest).all():
            found[name] = missing("not_compared", f"{name} gave no finite numbers to compare")
            continue
        tolerance = WIDTH * float(np.quantile(spread, QUANTILE, method="higher"))
        found[name] = (
            Score(value=float(largest.max()) / tolerance, n=len(largest))
            if tolerance
            else missing("no_spread", f"{name} is the same at FP16, which sets no tolerance")
        )
    return found


METRIC = Metric(
    title="Error against tolerance",
    unit="ratio",
    direction="lower",
    definition="parity_tolerance/1",
    origin="the engine's largest difference against three times FP16's own",
    description=(
        "max |engine − reference| / τ over all calls, τ = 3 × the 99.9th percentile (nearest rank upwards) over calls "
        "of max |eager FP16 − eager FP32| on the same inputs, taken from the first twelve windows. Up to 1 an engine "
        "is as right as FP16 is. Meant for FP32, FP16 and BF16 engines; INT8 has errors of its own."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_PARITY,
)
