"""Host memory: what the trial's process held in RAM. Definition `host_memory/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing
from josie_bench.terms.timebase import mib_from_bytes

STATISTICS = {
    "peak": "the most the process held resident up to the end of the trial; one reading, no interval",
    "loaded_increment": "what loading the components added to the process; one reading, no interval",
    "steady_increment": "what loading and running added to the process, at the end; one reading, no interval",
}


def _compute(recording: Recording) -> dict[str, Score]:
    byte_counts = {(reading.phase, reading.name): reading.byte_count for reading in recording.memory}
    return {
        "peak": _size(byte_counts.get(("end", "rss_peak")), 0),
        "loaded_increment": _size(byte_counts.get(("loaded", "rss")), byte_counts.get(("imported", "rss"))),
        "steady_increment": _size(byte_counts.get(("end", "rss")), byte_counts.get(("imported", "rss"))),
    }


def _size(byte_count: int | None, before: int | None) -> Score:
    if byte_count is None or before is None:
        return missing("not_measured", "the trial has no reading of the process's memory at that phase")
    return Score(value=mib_from_bytes(byte_count - before), n=1)


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
        "negative: the system may take pages back. Device memory is not part of it."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
