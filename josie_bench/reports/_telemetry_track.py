"""What was read of the machine as counters of a timeline: values as they were, of what counts up the rise a second."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from josie_bench.terms.telemetry import COUNTER, Telemetry


def counters(told: Telemetry | None) -> Iterator[tuple[str, int, float]]:
    """Yield the name with its unit, the instant and the value of everything that can be drawn."""
    if told is None:
        return
    units = dict(zip(zip(told.source.tolist(), told.name.tolist(), strict=True), told.unit.tolist(), strict=True))
    for source, name in told.names():
        is_counter = name.endswith(COUNTER)
        instants, values = told.rate(source, name) if is_counter else told.series(source, name)
        unit = f"{units[source, name]}/s" if is_counter else units[source, name]
        label = f"{source} {name.removesuffix(COUNTER).replace('_', ' ')} ({unit})"
        is_known = ~np.isnan(values)
        for instant, value in zip(instants[is_known].tolist(), values[is_known].tolist(), strict=True):
            yield label, instant, value
