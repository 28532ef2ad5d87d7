"""What the harness itself costs: benchmarks of its hot paths. Each is called once in a usual run of the tests.

`nox -s benchmarks` measures them; without `--benchmark-enable` pytest-benchmark only calls what it would measure.
"""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.conformance.recordings import recording

WINDOWS = 6_000  # half an hour at a hop of 300 ms


@pytest.fixture(scope="session")
def long_recording():
    """Return half an hour of windows whose times are drawn, some of them unanswered."""
    draw = np.random.default_rng(0)
    response = 180.0 * np.exp(0.08 * draw.standard_normal(WINDOWS))
    answered = [None if k % 1000 == 999 else float(value) for k, value in enumerate(response)]
    speech = [4_800 * (k // 20 % 2) for k in range(WINDOWS)]
    return recording(answered, compute_ms=list(response), speech=speech, hop_ms=300.0, deadline_ms=300.0, warm_up=20)
