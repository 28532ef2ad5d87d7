"""Agreement half-life: how long it takes until half of the agreement is lost. Definition `agreement_half_life/2`."""

from __future__ import annotations

from josie_bench.metrics import OF_PARITY, Metric
from josie_bench.statistics.agreement import parity_of
from josie_bench.terms.parity import Floats, half_life
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

BLOCK = 10
STATISTICS = {"text": "of text tokens", "semantic": "of semantic codes"}


def _compute(recording: Recording) -> dict[str, Score]:
    parity = parity_of(recording)
    return {kind: _of(parity.of("step", f"{kind}_equal"), parity.of("step", f"{kind}_total")) for kind in STATISTICS}


def _of(equal: Floats, total: Floats) -> Score:
    if len(equal) < BLOCK:
        return missing("insufficient_samples", f"{BLOCK} windows are needed", n=len(equal), needed=BLOCK)
    reached = half_life(equal / total, BLOCK)
    if reached is None:
        detail = f"agreement did not fall to half within {len(equal)} windows"
        return missing("not_reached", detail, n=len(equal))
    return Score(value=float(reached), n=len(equal))


METRIC = Metric(
    title="Agreement half-life",
    unit="windows",
    direction="higher",
    definition="agreement_half_life/2",
    origin="a conversation of the engines against one of the reference, on the same media",
    description=(
        "The first window with at most half of its tokens equal, in the first ten windows that together have at most "
        "half. Both conversations begin in one state with one input, so that agreement is 1 before the first draw; 0 "
        "windows means that half is lost at once. One token drawn otherwise changes what all later ones are drawn "
        "from, so this measures how long no draw is close enough to tip. Where it never happens it is n/a, "
        "not_reached, with the windows looked at: good news, not a number."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_PARITY,
)
