"""Signal to error: how loud an engine's sound is above its error. Definition `parity_snr/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_PARITY, Metric
from josie_bench.statistics.agreement import NOT_FINITE, parity_of
from josie_bench.statistics.percentiles import percentile_scores
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {"p50": "median over windows with sound", "min": "the worst window with sound"}


def _compute(recording: Recording) -> dict[str, Score]:
    errors = parity_of(recording).of("audio_decoder", "error")
    if not np.isfinite(errors).all():
        return dict.fromkeys(STATISTICS, missing("not_finite", NOT_FINITE))
    audible = errors[errors > 0.0]
    if not len(audible):
        reason = missing("not_compared", "no window in which the sound differed")
        return dict.fromkeys(STATISTICS, reason)
    decibels = -20.0 * np.log10(audible)
    median = percentile_scores(decibels, (50.0,))["p50"]
    return {"p50": median, "min": Score(value=float(decibels.min()), n=len(decibels))}


METRIC = Metric(
    title="Signal to error",
    unit="dB",
    direction="higher",
    definition="parity_snr/1",
    origin="the reference decoder's samples against the engine's, from the same codes",
    description=(
        "20 · log10(|reference| / |engine − reference|) of the audio decoder's samples, one value a call. Calls in "
        "which both are equal to the last bit have no finite ratio and are left out. One in which the reference alone "
        "is silent, or in which a sample is no number, makes it n/a (`not_finite`)."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_PARITY,
)
