"""Host memory: what the trial's process held in RAM. Definition `host_memory/1`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from josie_bench.metrics import Metric
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing
from josie_bench.terms.timebase import mib_from_bytes

STATISTICS = {
    "peak": "the most the process held resident up to the end of the trial; one reading a round, no interval",
    "loaded_increment": "what loading the components added to the process; one reading a round, no interval",
    "steady_increment": "what loading and running added to the process, at the end; one reading a round, no interval",
}


def _compute(recording: Recording) -> dict[str, Score]:
    rounds: dict[int, dict[tuple[str, str], int]] = {}
    for reading in recording.memory:
        rounds.setdefault(reading.round, {})[reading.phase, reading.name] = reading.byte_count
    return {
        "peak": _score([sizes.get(("end", "rss_peak")) for sizes in rounds.values()], 1.0),
        "loaded_increment": _score([_grown(sizes, "loaded") for sizes in rounds.values()], 0.5),
        "steady_increment": _score([_grown(sizes, "end") for sizes in rounds.values()], 0.5),
    }


def _grown(sizes: Mapping[tuple[str, str], int], phase: str) -> int | None:
    """Return what one round's process has at a phase more than it had when the libraries were imported."""
    size, before = sizes.get((phase, "rss")), sizes.get(("imported", "rss"))
    return None if size is None or before is None else size - before


def _score(byte_counts: Sequence[int | None], share: float) -> Score:
    """Return the nearest-rank quantile over rounds; 1 is the largest."""
    known = sorted(count for count in byte_counts if count is not None)
    if not known:
        return missing("not_measured", "the trial has no reading of the process's memory at that phase")
    return Score(value=mib_from_bytes(known[math.ceil(share * len(known)) - 1]), n=len(known))


METRIC = Metric(
    title="Host memory",
    unit="MiB",
    direction="lower",
    definition="host_memory/1",
    origin="the trial's process, at its phase edges",
    description=(
        "Resident set size (RSS) of the trial's own process in MiB of 2**20 bytes. `peak` is the operating system's "
        "high-water mark at the end; `loaded_increment` = rss(loaded) − rss(imported); `steady_increment` = rss(end) − "
        "rss(imported). Increments leave out the libraries, which cost the same whatever the model is. They can be "
        "negative: the system may take pages back. Over several rounds, each a process of its own, `peak` is the "
        "largest and an increment the median. Device memory is not part of it."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
