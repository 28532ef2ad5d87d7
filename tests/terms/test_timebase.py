"""Tests of conversions between nanoseconds, milliseconds, samples and frames."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms import timebase

HOUR_NS = 3_600 * 10**9
RATES = st.sampled_from([8_000, 16_000, 22_050, 24_000, 44_100, 48_000])


def test_hand_worked_conversions() -> None:
    assert timebase.ns_from_ms(300.0) == 300_000_000
    assert timebase.ms_from_ns(1_500_000) == 1.5
    assert timebase.us_from_ns(1_500) == 1.5
    assert timebase.ns_from_s(0.25) == 250_000_000
    assert timebase.s_from_ns(2_500_000_000) == 2.5
    assert timebase.s_from_ms(1_500.0) == 1.5
    assert timebase.min_from_ns(90_000_000_000) == 1.5
    assert timebase.ms_from_s(0.3) == 300.0
    assert timebase.mib_from_bytes(3 * 2**20) == 3.0


def test_nanoseconds_are_rounded_and_whole() -> None:
    assert timebase.ns_from_ms(33.3333333) == 33_333_333
    assert timebase.ns_from_ms(-0.0000006) == -1
    assert isinstance(timebase.ns_from_ms(1.5), int)
    assert isinstance(timebase.ns_from_s(1.5), int)


@given(st.integers(-HOUR_NS, HOUR_NS))
def test_nanoseconds_survive_milliseconds_and_seconds(ns: int) -> None:
    assert timebase.ns_from_ms(timebase.ms_from_ns(ns)) == ns
    assert timebase.ns_from_s(timebase.s_from_ns(ns)) == ns


@given(st.integers(0, HOUR_NS))
def test_all_units_tell_the_same_time(ns: int) -> None:
    assert timebase.us_from_ns(ns) == pytest.approx(timebase.ms_from_ns(ns) * 1e3)
    assert timebase.s_from_ms(timebase.ms_from_ns(ns)) == pytest.approx(timebase.s_from_ns(ns))


@pytest.mark.parametrize(
    ("ms", "rate", "samples"),
    [(300.0, 16_000, 4_800), (80.0, 24_000, 1_920), (0.1, 16_000, 1), (0.12, 16_000, 1), (1_000 / 3, 24_000, 8_000)],
)
def test_samples_are_the_whole_ones(ms: float, rate: int, samples: int) -> None:
    assert timebase.samples_in(ms, rate) == samples


@given(ms=st.integers(0, 60_000), rate=RATES)
def test_samples_are_the_floor_of_the_exact_product(ms: int, rate: int) -> None:
    assert timebase.samples_in(float(ms), rate) == Fraction(ms * rate, 1_000) // 1


@given(samples=st.integers(0, 10_000_000), rate=RATES)
def test_samples_survive_milliseconds(samples: int, rate: int) -> None:
    assert timebase.samples_in(timebase.ms_of_samples(samples, rate), rate) == samples


@pytest.mark.parametrize(
    ("ms", "frame_ms", "frames"),
    [
        (320.0, 80.0, 4),
        (300.0, 80.0, None),
        (300.0, 50.0, 6),
        (100.0, 100 / 3, 3),
        (0.0, 80.0, None),
        (30.0, 80.0, None),
    ],
)
def test_frames_fill_the_time_exactly_or_not_at_all(ms: float, frame_ms: float, frames: int | None) -> None:
    assert timebase.whole_frames(ms, frame_ms) == frames


@given(frames=st.integers(1, 1_000), frame_ms=st.sampled_from([12.5, 20.0, 50.0, 80.0]))
def test_whole_frames_are_counted(frames: int, frame_ms: float) -> None:
    assert timebase.whole_frames(frames * frame_ms, frame_ms) == frames
    assert timebase.whole_frames(frames * frame_ms + 1.0, frame_ms) is None
