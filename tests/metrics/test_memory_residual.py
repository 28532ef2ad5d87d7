"""What is predicted beside what is measured, worked by hand; of rounds the median."""

from collections.abc import Callable

import pytest

from josie_bench.metrics import scores
from josie_bench.terms.recording import PREDICTED, MemoryReading, Recording

MIB = 2**20


def readings(predicted: int, grown: int, allocated: int, number: int = 0) -> tuple[MemoryReading, ...]:
    sizes = {
        (PREDICTED, "weights.audio_encoder"): predicted,
        ("imported", "rss"): 100,
        ("end", "rss"): 100 + grown,
        ("imported", "heap_used"): 20,
        ("end", "heap_used"): 20 + allocated,
    }
    return tuple(
        MemoryReading(phase=phase, name=name, byte_count=count * MIB, round=number)
        for (phase, name), count in sizes.items()
    )


def test_the_residual_is_the_part_of_what_was_measured_that_was_not_predicted(
    recording: Callable[..., Recording],
) -> None:
    """30 of 40 MiB that the process grew and of 32 that were given out: 10 / 40 and 2 / 32."""
    found = scores(recording([50.0], memory=readings(30, 40, 32)))
    assert found["memory_residual.share"].value == pytest.approx(0.25)
    assert found["memory_residual.allocated"].value == pytest.approx(0.0625)
    assert found["memory_prediction.unexplained"].value == pytest.approx(10.0)
    assert found["memory_prediction.free"].na is not None


def test_too_much_predicted_is_a_residual_too(recording: Callable[..., Recording]) -> None:
    found = scores(recording([50.0], memory=readings(50, 40, 50)))
    assert found["memory_residual.share"].value == pytest.approx(0.25)
    assert found["memory_prediction.unexplained"].value == pytest.approx(-10.0)


def test_of_rounds_the_median_counts(recording: Callable[..., Recording]) -> None:
    memory = tuple(row for k, grown in enumerate((60, 40, 50)) for row in readings(30, grown, 30, k))
    found = scores(recording([50.0], memory=memory))["memory_prediction.measured"]
    assert (found.value, found.n) == (50.0, 3)


def test_a_process_that_did_not_grow_has_no_residual(recording: Callable[..., Recording]) -> None:
    score = scores(recording([50.0], memory=readings(30, 0, 30)))["memory_residual.share"]
    assert score.na is not None
    assert "did not grow" in score.na.detail
