"""How soon the model answers: the window of 300 ms, and answers below 300 ms."""

from __future__ import annotations

from josie_bench.claims._evidence import tails
from josie_bench.claims._stated import PRECISION, WINDOW_MS, window_of_ours
from josie_bench.terms.accelerator import ACCELERATORS
from josie_bench.terms.claim import BELOW, Claim, Reading, printed
from josie_bench.terms.roofline import floor_of

SMALLEST = ACCELERATORS[0]
RESPONSE = ("response_latency.p99", "response_latency.p95")
COMPUTE = ("compute_time.p99", "compute_time.p95")
RUN = "a run of josie-v4o in real time on a GPU of 8 GB"


def _floor_ms() -> float:
    return floor_of(window_of_ours().demand(PRECISION), SMALLEST).ms


CLAIMS = (
    Claim(
        id="lat.sub300",
        section="8.2",
        statement="inference stays below 300 ms on GPUs with 8 GB or more",
        published="sub-300ms latency on modern GPUs with at least 8GB VRAM",
        kind="system",
        figure=printed("300", "ms"),
        metrics=(*RESPONSE, *COMPUTE),
        readings=(
            Reading(
                name="C",
                formula="a window's work alone, from its begin: at least the roofline's floor on an RTX 4060",
                compute=_floor_ms,
                relation=BELOW,
                is_limit=True,
                measure=lambda result: tails(result, "compute_time", WINDOW_MS),
                waits_for=RUN,
            ),
            Reading(
                name="R",
                formula="from a window's close to its answer: at least the same floor",
                compute=_floor_ms,
                relation=BELOW,
                is_limit=True,
                measure=lambda result: tails(result, "response_latency", WINDOW_MS),
                waits_for=RUN,
            ),
            Reading(
                name="R + H/2",
                formula="what is said anywhere in a hop, on average: half a hop more",
                compute=lambda: _floor_ms() + WINDOW_MS / 2.0,
                relation=BELOW,
                is_limit=True,
                measure=lambda result: tails(result, "response_latency", WINDOW_MS, lambda _, hop_ms: hop_ms / 2.0),
                waits_for=RUN,
            ),
            Reading(
                name="R + W",
                formula="what is said at the window's begin: a window more",
                compute=lambda: _floor_ms() + WINDOW_MS,
                relation=BELOW,
                is_limit=True,
                measure=lambda result: tails(result, "response_latency", WINDOW_MS, lambda window_ms, _: window_ms),
                waits_for=RUN,
            ),
        ),
        note=(
            "Inference time is C; what a person waits is R and more. Of each the farthest percentile counts, p99 or "
            "p95, that the run knows on both sides."
        ),
    ),
    Claim(
        id="lat.window",
        section="abstract",
        statement="the model operates within a window of 300 ms",
        published="operates within a 300-ms processing window",
        kind="system",
        figure=printed("300", "ms"),
        metrics=RESPONSE,
        readings=(
            Reading(
                name="keeps pace (D = H)",
                formula="a window is answered before the next one closes: at least the roofline's floor",
                compute=_floor_ms,
                relation=BELOW,
                is_limit=True,
                measure=lambda result: tails(result, "response_latency", WINDOW_MS, is_hop_equal=True),
                waits_for=RUN,
            ),
            Reading(
                name="from the word to the answer",
                formula="the window has to be collected first, then comes the answer",
                compute=lambda: WINDOW_MS + _floor_ms(),
                relation=BELOW,
                is_limit=True,
                waits_for=RUN,
            ),
        ),
    ),
)
