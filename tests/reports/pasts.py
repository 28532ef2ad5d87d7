"""Series of a history made by hand."""

from __future__ import annotations

from josie_bench.terms.history import PastRun, Series


def past(index, **facts):
    return PastRun(
        sha256=f"{index:064d}",
        run=f"run-{index}",
        suite="realtime",
        started=f"2026-01-{index + 1:02d}T00:00:00+00:00",
        machine="m" * 64,
        facts={"josie-bench": "0.1.0", "torch": "2.11"} | facts,
        place=f"run-{index}",
    )


def series_of(values, facts=(), **more):
    """Return a series; `facts` maps the index of a run to those that it and later runs have."""
    runs, now = [], {}
    for index in range(len(values)):
        now |= dict(facts).get(index, {})
        runs.append(past(index, **now))
    fields = {"case": "c", "machine": "m" * 64, "metric": "response_latency.p50", "unit": "ms", "direction": "lower"}
    fields["bases"] = [None] * len(values)
    return Series(runs=runs, values=list(values), **(fields | more))
