"""What joins the modalities in time: alignment, coherence, when to speak, and by which tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from josie_bench.claims._evidence import RAN, cases_of, measured
from josie_bench.claims._stated import TRAINED, WINDOW_MS
from josie_bench.terms.claim import AT_LEAST, AT_MOST, Claim, Figure, Measured, Reading, printed
from josie_bench.terms.result import Result

TOKENS = "turn_tokens.windows"
TIMING = "response_timing.right"
TURNS = "turns with a known end, and a tolerance (josie-bench run conversation)"
BESIDE = "events at a known common instant, heard and seen, of which the model is asked when they were"


def _mean_error_ms(hop_ms: float) -> float:
    """Return how far, on average, an instant lies from the middle of the hop that it is told to within."""
    return hop_ms / 4.0


def _turn_tokens(result: Result) -> Sequence[Measured]:
    """Return in how many windows of each conversation a token came out that begins or ends a turn."""
    found = ((case, case.metrics.get(TOKENS)) for case in cases_of(result, mode="realtime") if case.status in RAN)
    return [
        replace(measured(result, case, TOKENS, score), value=float(score.k), unit="windows", is_exact=True)
        for case, score in found
        if score is not None and score.k is not None
    ]


def _timing(result: Result) -> Sequence[Measured]:
    """Return what share of events was right, in per cent, in each case that held conversations."""
    found = ((case, case.metrics.get(TIMING)) for case in cases_of(result, scenario="quality") if case.status in RAN)
    return [
        _in_per_cent(measured(result, case, TIMING, score))
        for case, score in found
        if score is not None and score.value is not None
    ]


def _in_per_cent(share: Measured) -> Measured:
    low, high = (None if side is None else 100.0 * side for side in (share.low, share.high))
    return replace(share, value=100.0 * share.value, low=low, high=high, unit="%")


CLAIMS = (
    Claim(
        id="rt.no_turn_tokens",
        section="abstract",
        statement="in real time no token begins or ends a turn",
        published="without traditional start-of-sequence (SOS) and end-of-sequence (EOS) tokens",
        kind="system",
        figure=Figure(value=0.0, unit="windows", slack=0.0),
        metrics=(TOKENS,),
        is_of_design=True,
        readings=(
            Reading(
                formula="windows of a conversation in real time in which such a token came out",
                relation=AT_MOST,
                is_universal=True,
                measure=_turn_tokens,
                waits_for="a run in real time: josie-bench run claims",
            ),
        ),
        note=(
            "Such tokens cannot be drawn in real time here, so a number above 0 would be an engine's fault. Whether "
            "the model knows when to speak is timing.89."
        ),
    ),
    Claim(
        id="align.42ms",
        section="9.4",
        statement="modalities are aligned to ±42 ms on average",
        published="±42ms average deviation",
        kind="quality",
        figure=printed("42", "ms"),
        readings=(
            Reading(
                name="one patch of video a window",
                formula="an instant known to within T is off by T ÷ 4 on average; T = 300 ms",
                compute=lambda: _mean_error_ms(WINDOW_MS),
                relation=AT_MOST,
                is_limit=True,
                waits_for=f"{TRAINED}: {BESIDE}",
            ),
            Reading(
                name="two patches a window",
                formula="the same with T = 150 ms (temporal_patches: 2)",
                compute=lambda: _mean_error_ms(WINDOW_MS / 2.0),
                relation=AT_MOST,
                is_limit=True,
                waits_for=f"{TRAINED}: {BESIDE}",
            ),
        ),
        note=(
            "A mean of 42 ms needs a patch at least every 168 ms. Deviation of what from what is not said. Suite "
            "`conversation` tells from which frame on tokens depend on either sense, not when a model says that it "
            "was: that settles nothing here."
        ),
    ),
    Claim(
        id="coherence.human",
        section="9.4",
        statement="people rate the content's coherence 4.7 of 5",
        published="4.7/5.0 human evaluation",
        kind="human",
        readings=(
            Reading(untestable="it takes people who judge; a model that judges instead would be another measure"),
        ),
    ),
    Claim(
        id="timing.89",
        section="9.4",
        statement="the timing of responses is predicted with 89 % accuracy",
        published="89% accuracy",
        kind="quality",
        figure=printed("89", "%"),
        metrics=(TIMING,),
        readings=(Reading(relation=AT_LEAST, measure=_timing, waits_for=f"{TRAINED}: {TURNS}"),),
        note=(
            "A model that never speaks is right in most windows; neither events nor tolerance are given. Suite "
            "`conversation` takes [−200, +700] ms and says beside it what three rules without a model get."
        ),
    ),
)
