"""Memory of GPUs as a metric, on readings made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.conformance.recordings import recording
from josie_bench.metrics import scores
from josie_bench.terms.recording import PREDICTED_VRAM, MemoryReading
from tests.terms.test_telemetry import table

MIB = 2**20


def trial(*rounds):
    """Return a trial of rounds, each a mapping of (phase, name) to MiB."""
    return recording(
        [50.0],
        memory=tuple(
            MemoryReading(phase=phase, name=name, byte_count=mib * MIB, round=number)
            for number, sizes in enumerate(rounds)
            for (phase, name), mib in sizes.items()
        ),
    )


def held(end, warm=500, context=True, process=True):
    """Return a round whose process holds so much, of which 400 MiB are predicted, with a context of 100."""
    sizes = {(PREDICTED_VRAM, "weights.audio_encoder"): 300, ("start", "vram_used.gpu0"): 50}
    sizes |= {(PREDICTED_VRAM, "runtime_context"): 100} if context else {}
    sizes |= {("end", "vram_used.gpu0"): end + 90}
    return sizes | ({("warm", "vram_process.gpu0"): warm, ("end", "vram_process.gpu0"): end} if process else {})


def test_each_edge_is_told_and_the_peak_is_the_most_of_them():
    found = scores(trial(held(450)))
    assert found["process_vram.warm"].value == 500.0
    assert found["process_vram.end"].value == 450.0
    assert found["process_vram.peak"].value == 500.0
    assert found["process_vram.device_growth"].value == 490.0
    assert found["process_vram.loaded"].na is not None


def test_the_peak_between_edges_counts_where_one_gpu_computes():
    readings = [(k, "gpu0", "own_memory", mib) for k, mib in enumerate((10.0, 800.0, np.nan, 20.0))]
    one = replace(trial(held(450)), telemetry=table(readings))
    assert scores(one)["process_vram.peak"].value == 800.0
    two = replace(one, telemetry=table([*readings, (0, "gpu1", "own_memory", 9.0)]))
    assert scores(two)["process_vram.peak"].value == 500.0


def test_of_rounds_the_peak_is_the_largest_and_the_end_the_median():
    found = scores(trial(held(450), held(650), held(500)))
    assert (found["process_vram.peak"].value, found["process_vram.end"].value) == (650.0, 500.0)
    assert found["process_vram.end"].n == 3


def test_the_residual_is_what_was_not_predicted_over_what_was_held():
    """(500 − 400) / 500 of the process, and of the device (540 − 400) / 540."""
    found = scores(trial(held(500)))
    assert found["vram_residual.process"].value == pytest.approx(0.2)
    assert found["vram_residual.device"].value == pytest.approx(140 / 540)
    assert found["process_vram.predicted"].value == 400.0
    assert found["process_vram.unexplained"].value == 100.0
    assert found["memory_residual.share"].na.reason == "not_measured"


def test_a_process_that_nvml_hides_leaves_the_device_and_a_reason():
    found = scores(trial(held(500, process=False)))
    assert found["vram_residual.process"].na.reason == "not_supported"
    assert "container" in found["process_vram.peak"].na.detail
    assert found["vram_residual.device"].value == pytest.approx(140 / 540)
    assert found["process_vram.device_growth"].value == 540.0


def test_without_a_fitted_context_there_is_no_residual_and_what_it_would_be_fitted_from():
    found = scores(trial(held(500, context=False)))
    assert found["vram_residual.process"].na.reason == "not_fitted"
    assert found["vram_residual.device"].na.reason == "not_fitted"
    assert found["process_vram.unexplained"].value == 200.0


def test_a_case_on_a_cpu_is_not_asked():
    found = scores(trial({("end", "vram_used.gpu0"): 900, ("start", "vram_used.gpu0"): 50, ("end", "rss"): 9}))
    assert not [key for key in found if "vram" in key]


def test_a_gpu_s_case_on_another_backend_than_pytorch_has_no_fragments():
    found = scores(trial(held(450)))
    assert "PyTorch" in found["process_vram.fragmentation"].na.detail
