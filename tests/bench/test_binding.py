"""What binds a step on a GPU, of windows whose times are given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.bench.binding import COPY, GPU, HOST, gpu_binding


def on_gpu(recording, names=("a", "b", "copies")):
    """Return the recording with the calls of those names told by a GPU."""
    return replace(
        recording, spans=replace(recording.spans, is_on_gpu=np.isin(recording.spans.component, np.array(names)))
    )


@pytest.mark.parametrize(
    ("a", "b", "copies", "code", "shares"),
    [
        (10.0, 20.0, 4.0, GPU, (0.6, 0.08, 0.32)),
        (5.0, 5.0, 21.0, COPY, (0.2, 0.42, 0.38)),
        (1.0, 4.0, 5.0, HOST, (0.1, 0.1, 0.8)),
    ],
)
def test_the_largest_of_work_copies_and_the_rest_binds(make_recording, a, b, copies, code, shares):
    """Of 50 ms each; the first window is warm-up and took another way."""
    calls = [("a", 0.0, a), ("b", a, a + b), ("copies", a + b, a + b + copies)]
    spans = [(0, "a", 0.0, 49.0), *((w, *call) for w in (1, 2, 3) for call in calls)]
    recording = on_gpu(make_recording([51.0] * 4, spans=spans))  # work begins 1 ms behind the close
    (found,) = gpu_binding(replace(recording, is_warm_up=np.arange(4) == 0))
    assert found.code == code
    assert found.evidence == pytest.approx(dict(zip(("gpu_share", "copies_share", "host_share"), shares, strict=True)))
    assert f"{shares[0]:.0%} the GPU's work, {shares[1]:.0%} copies" in found.text


def test_where_no_gpu_told_nothing_is_said(make_recording):
    assert gpu_binding(make_recording([50.0] * 4, spans=[(w, "a", 1.0, 9.0) for w in range(4)])) == []


def test_without_an_answer_nothing_is_said(make_recording):
    recording = on_gpu(make_recording([50.0] * 4, spans=[(w, "a", 1.0, 9.0) for w in range(4)]))
    assert gpu_binding(replace(recording, is_answered=np.zeros(4, dtype=np.bool_))) == []
