"""Overlaps and responses by foreign thresholds, worked by hand."""

from __future__ import annotations

import pytest

from josie_bench.statistics.full_duplex_bench_v1_5 import merged, response_latencies_ms, stop_latencies_ms
from josie_bench.terms.timeline import Span, Timeline


def spans(*edges: tuple[float, float]) -> tuple[Span, ...]:
    return tuple(Span(start_ms=start, end_ms=end) for start, end in edges)


def held(user: tuple[Span, ...], played: tuple[Span, ...]) -> Timeline:
    return Timeline(dialogue="d", end_ms=30_000.0, events=(), user=user, played=played)


def test_what_is_no_further_apart_than_the_gap_is_one() -> None:
    assert merged(spans((0, 100), (700, 900), (1_501, 2_000)), 600.0) == spans((0, 900), (1_501, 2_000))
    assert merged((), 600.0) == ()


@pytest.mark.parametrize(
    ("user", "played", "stops"),
    [
        (spans((5_000, 8_000)), spans((2_000, 5_400)), (400.0,)),  # it stops for the user
        (spans((5_000, 6_000)), spans((2_000, 9_000)), (1_000.0,)),  # it goes on, and the user stops
        (spans((5_000, 8_000)), spans((7_500, 9_000)), (500.0,)),  # it begins amid the user's voice
        (spans((5_000, 6_000)), spans((6_000, 9_000)), ()),
        (spans((5_000, 8_000)), spans((2_000, 5_200), (5_700, 6_000)), (1_000.0,)),  # 500 ms apart is one
        (spans((5_000, 8_000)), spans((2_000, 5_200), (5_701, 6_000)), (200.0, 299.0)),
        (spans((1_000, 2_000), (2_600, 3_000)), spans((1_500, 4_000)), (1_500.0,)),  # of the user 600 ms
        (spans((1_000, 2_000), (2_601, 3_000)), spans((1_500, 4_000)), (500.0, 399.0)),
    ],
)
def test_an_overlap_lasts_until_either_stops(user, played, stops) -> None:
    assert stop_latencies_ms(held(user, played)) == stops


@pytest.mark.parametrize(
    ("user", "played", "responses"),
    [
        (spans((1_000, 2_000)), spans((2_400, 5_000)), (400.0,)),
        (spans((1_000, 2_000)), spans((1_900, 5_000)), ()),  # before the end: none ever comes behind it
        (spans((1_000, 2_000)), spans((1_900, 2_500), (3_500, 4_000)), (1_500.0,)),
        (spans((1_000, 2_000), (4_000, 5_000)), spans((5_700, 6_000)), (700.0,)),  # the last end counts
        (spans((1_000, 2_000), (4_000, 5_000)), spans((2_300, 3_000), (5_200, 6_000)), (300.0, 200.0)),
        (spans((1_000, 2_000)), (), ()),
    ],
)
def test_a_response_is_the_next_onset_behind_an_end(user, played, responses) -> None:
    assert response_latencies_ms(held(user, played)) == responses
