"""What compute time goes to where a GPU told when it was at work: its own work, copies, or the host's part."""

from __future__ import annotations

import numpy as np

from josie_bench.backends import COPIES
from josie_bench.statistics.series import component_ns
from josie_bench.terms.recording import Recording
from josie_bench.terms.validity import Diagnosis

GPU, COPY, HOST = "JB-BOUND-001", "JB-BOUND-002", "JB-BOUND-003"
WORDS = {GPU: "the GPU's work", COPY: "copies to it and back", HOST: "the host, which asks and waits"}
NEXT = {
    GPU: "josie-bench profile says how far each component is from its roof; a narrower precision lowers what is read",
    COPY: "look in the trace for what is copied for long: what is seen, or state that is read back",
    HOST: "let the GPU be asked less often: cuda_graph or aotinductor_cuda; look in the trace for what keeps the host",
}


def gpu_binding(recording: Recording) -> list[Diagnosis]:
    """Return what most of the compute time of the measured windows went to; nothing where no GPU told."""
    spans = recording.spans
    rows = recording.answered()
    if not spans.is_on_gpu.any() or not rows.any():
        return []
    names = sorted(set(spans.component[spans.is_on_gpu].tolist()))
    busy = component_ns(recording, names)
    compute_ns = float((recording.finished_ns - recording.started_ns)[rows].sum())
    copies = float(busy.pop(COPIES, np.zeros(1)).sum()) / compute_ns
    work = sum(float(series.sum()) for series in busy.values()) / compute_ns
    shares = {GPU: work, COPY: copies, HOST: 1.0 - work - copies}
    code = max(shares, key=lambda one: shares[one])
    told = ", ".join(f"{share:.0%} {WORDS[one]}" for one, share in shares.items())
    return [
        Diagnosis(
            code=code,
            text=f"compute time is bound by {WORDS[code]}: {told}",
            evidence={"gpu_share": work, "copies_share": copies, "host_share": shares[HOST]},
            next=NEXT[code],
        )
    ]
