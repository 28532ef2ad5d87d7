"""What an ONNX graph's operators take, as ONNX Runtime's own profile says it: a file of events, in microseconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from josie_bench.terms.timebase import NS_PER_US

RUN, KERNEL = "model_run", "_kernel_time"


def seen_in(events: Iterable[Mapping[str, Any]], skipped: int) -> Iterator[tuple[str, int]]:
    """Yield kind and nanoseconds of each operator's run.

    Args:
        events: of the file.
        skipped: runs of the graph that are left out, the first ones.
    """
    told = list(events)
    runs = sorted(event["ts"] for event in told if event["name"] == RUN)
    for event in told:
        is_kernel = event["cat"] == "Node" and event["name"].endswith(KERNEL)
        if is_kernel and skipped < len(runs) and event["ts"] >= runs[skipped]:
            yield event["args"]["op_name"], event["dur"] * NS_PER_US
