"""Error against tolerance: in units of what fewer bits do to the reference. Definition `parity_tolerance/3`."""

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
        largest = parity.of(name, "largest")
        kind, spread = parity.spread(name)
        if not len(largest) or not len(spread):
            found[name] = missing("not_compared", f"{name} gave no numbers to compare")
            continue
        if not np.isfinite(largest).all():
            found[name] = missing("not_finite", f"{name} gave what is no number")
            continue
        if not np.isfinite(spread).all():
            found[name] = missing("no_spread", f"{name} at {kind} gives what is no number, which sets no tolerance")
            continue
        tolerance = WIDTH * float(np.quantile(spread, QUANTILE, method="higher"))
        found[name] = (
            Score(value=float(largest.max()) / tolerance, n=len(largest))
            if tolerance
            else missing("no_spread", f"{name} is the same at {kind}, which sets no tolerance")
        )
    return found


METRIC = Metric(
    title="Error against tolerance",
    unit="ratio",
    direction="lower",
    definition="parity_tolerance/3",
    origin="the engine's largest difference against three times that of the reference at fewer bits",
    description=(
        "max |engine − reference| / τ over all calls, τ = 3 × the 99.9th percentile (nearest rank upwards) over calls "
        "of max |eager at fewer bits − eager FP32| on the same inputs. Fewer bits "
        "are FP16 for an engine at FP32, FP16 or BF16. For INT8 and FP8 they are FP32, every product with weights "
        "rounded: weights by output channel, activations as a whole at each call, both symmetric; convolutions, "
        "attention and the search for codes whole. Up to 1 an engine is as right as that is. The case's notes say "
        "which was used for which component; definition 1 took FP16 for all, and 2 the first "
        "twelve windows alone, in which errors that grow with what is looked back on are small."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_PARITY,
)
