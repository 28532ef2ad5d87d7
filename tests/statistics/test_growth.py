"""Exponents that are known, found in cases made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.statistics.growth import (
    CONTEXT,
    DEPTH_LAYERS,
    HOST_MEMORY,
    LENGTH,
    MEMORY,
    TOKENS,
    WINDOW,
    all_growth,
    exponents,
    memory_key,
)
from josie_bench.terms.result import CaseResult, MetricScore, RoundResult
from josie_bench.terms.score import NotAvailable

DRIFT = (1.0, 1.1, 0.9, 3.0, 1.0, 1.05)  # strikes a round as a whole


def round_of(index, encoder_ms, held, status="OK"):
    return RoundResult(
        index=index,
        status=status,
        reason=None,
        started="2026-01-01T00:00:00+00:00",
        windows_measured=12,
        compute_p50_ms=2.0 * encoder_ms,
        component_p50_ms={"audio_encoder": encoder_ms},
        values={HOST_MEMORY: held},
    )


def case(name, ms, *, held=50.0, rounds=6, status="OK", metrics=None, **settings):
    """Return a case whose encoder takes so many milliseconds, times what a round drifted by."""
    return CaseResult(
        id=name,
        sha="",
        status=status,
        reason=None,
        settings={"name": name, "preset": "nano", "window": "300.0 ms", "budgets": [], **settings},
        reproduce="",
        metrics=metrics or {},
        rounds=[round_of(index, ms * DRIFT[index], held) for index in range(rounds)],
    )


def found(cases, axis, part):
    growths = [growth for growth in all_growth(cases, (axis,)) if growth.part == part]
    return growths[0] if growths else None


def quadratic(**more):
    return [case(f"w{w}", w**2 / 1e4, window=f"{w}.0 ms", hop=f"{w}.0 ms", **more) for w in (100, 200, 400)]


@given(
    b=st.floats(-1.0, 3.0),
    scale=st.floats(1e-3, 1e3),
    sizes=st.lists(st.integers(1, 10**6), min_size=2, max_size=6, unique=True),
)
def test_the_exponent_of_a_power_is_its_own(b, scale, sizes):
    values = [[scale * size**b, 2.0 * size**b] for size in sizes]
    assert exponents(sizes, values) == pytest.approx([b, b], abs=1e-6)


def test_least_squares_by_hand():
    """ln 1, ln 2, ln 4 are 0, 1, 2 of ln 2; values 1, 2, 2 are 0, 1, 1: slope ((-1)(-2/3) + (1)(1/3)) / 2 = 1/2."""
    assert exponents([1, 2, 4], [[1.0], [2.0], [2.0]]) == pytest.approx([0.5])


def test_drift_that_strikes_a_round_as_a_whole_moves_nothing():
    growth = found(quadratic(), LENGTH, "audio_encoder")
    assert growth.sizes == (100.0, 200.0, 400.0)
    assert growth.cases == ("w100", "w200", "w400")
    assert growth.score.value == pytest.approx(2.0)
    assert (growth.score.interval.low, growth.score.interval.high) == pytest.approx((2.0, 2.0))
    assert found(quadratic(), LENGTH, WINDOW).score.value == pytest.approx(2.0)


def test_memory_that_stays_grows_by_nothing():
    assert found(quadratic(), LENGTH, MEMORY).score.value == pytest.approx(0.0, abs=1e-12)


def vram_score(value):
    na = NotAvailable(reason="not_supported", detail="hidden") if value is None else None
    return MetricScore(value=value, unit="MiB", direction="lower", definition="x/1", origin="x", n=6, na=na)


@pytest.mark.parametrize(
    ("end", "growth", "key"),
    [(7.0, 9.0, "process_vram.end"), (None, 9.0, "process_vram.device_growth"), (None, None, None)],
)
def test_of_a_case_on_a_gpu_its_memory_there_grows_and_never_the_host_s(end, growth, key):
    """A window twice as long holds twice as much of the GPU, and as much as before of the host."""
    metrics = {"process_vram.end": vram_score(end), "process_vram.device_growth": vram_score(growth)}
    cases = [
        replace(
            one,
            metrics=metrics,
            rounds=[replace(each, values=each.values | {str(key): 2.0**place}) for each in one.rounds],
        )
        for place, one in enumerate(quadratic())
    ]
    assert {memory_key(one) for one in cases} == {key}
    assert found(cases, LENGTH, MEMORY).score.value == (None if key is None else pytest.approx(1.0))
    assert memory_key(quadratic()[0]) == HOST_MEMORY


def test_cases_that_differ_in_something_else_are_not_compared():
    assert found([*quadratic(threads=1)[:2], *quadratic(threads=2)[2:]], LENGTH, WINDOW) is None
    both = [*quadratic(threads=1), *quadratic(threads=2)]
    assert sum(growth.part == WINDOW for growth in all_growth(both, (LENGTH,))) == 2


@pytest.mark.parametrize("broken", [{"status": "ERROR"}, {"rounds": 0}])
def test_a_case_without_numbers_leaves_too_few_sizes(broken):
    assert found([*quadratic()[:2], case("w400", 16.0, window="400.0 ms", **broken)], LENGTH, WINDOW) is None


def test_too_few_rounds_are_said():
    score = found(quadratic(rounds=5), LENGTH, WINDOW).score
    assert score.value is None
    assert (score.na.reason, score.n) == ("insufficient_samples", 5)


def test_a_round_that_one_case_lost_is_left_out_of_all():
    cases = quadratic()
    cases[1].rounds[3] = round_of(3, 77.0, 50.0, status="ERROR")
    assert found(cases, LENGTH, WINDOW).score.n == 5


@pytest.mark.parametrize(
    ("axis", "settings"),
    [
        (CONTEXT, [{"context": count} for count in (10, 20, 40)]),
        (DEPTH_LAYERS, [{"layers": {"depth_transformer": count}} for count in (1, 2, 4)]),
    ],
)
def test_sizes_are_read_from_settings(axis, settings):
    cases = [case(f"c{index}", 2.0**index, **own) for index, own in enumerate(settings)]
    assert found(cases, axis, "audio_encoder").score.value == pytest.approx(1.0)
    assert found([case("a", 1.0), case("b", 2.0), case("c", 3.0)], axis, WINDOW) is None


def test_tokens_are_those_that_were_seen_and_not_the_budget():
    def seen(budget, tokens):
        score = MetricScore(
            value=tokens, unit="tokens", direction="none", definition="vision_tokens/1", origin="", n=12
        )
        return case(f"b{budget}", tokens, token_budget=budget, metrics={"vision_tokens.mean": score})

    growth = found([seen(16, 15.0), seen(32, 28.0), seen(64, 60.0)], TOKENS, "audio_encoder")
    assert growth.sizes == (15.0, 28.0, 60.0)
    assert growth.score.value == pytest.approx(1.0)


def test_a_part_that_takes_no_time_has_no_exponent():
    cases = [case(f"w{w}", 0.0, window=f"{w}.0 ms") for w in (100, 200, 400)]
    assert found(cases, LENGTH, "audio_encoder").score.value is None
    assert np.isfinite(found(cases, LENGTH, MEMORY).score.value)
