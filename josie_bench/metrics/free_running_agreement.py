"""Free-running agreement: codes that stay equal when both converse alone. Definition `free_running_agreement/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_PARITY, Metric
from josie_bench.statistics.agreement import parity_of, share_equal
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {
    "text": "text tokens",
    "semantic": "semantic codes of what was said",
    "acoustic": "acoustic codes of what was said",
}


def _compute(recording: Recording) -> dict[str, Score]:
    parity = parity_of(recording)
    return {kind: share_equal(parity, "step", kind) for kind in STATISTICS}


METRIC = Metric(
    title="Free-running agreement",
    unit="ratio",
    direction="higher",
    definition="free_running_agreement/1",
    origin="a conversation of the engines against one of the reference, on the same media",
    description=(
        "Equal tokens / all tokens over all windows, engines and reference each going on from what they said before. "
        "One draw that differs changes all that follows, so this falls where single components agree almost wholly; "
        "on seeded weights it says how sensitive draws are, not how good they are."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_PARITY,
)
