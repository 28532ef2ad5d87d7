"""Steps of a history, and what is said to have changed with them."""

from __future__ import annotations

import pytest

from josie_bench.reports._history_steps import LONGEST, levels, step_words, steps, value_words
from josie_bench.terms.history import Basis
from josie_bench.terms.score import Interval
from tests.reports.pasts import series_of

UP = [100.0, 100.2, 99.9, 100.1, 110.0, 110.2, 109.9, 110.1]


def test_a_step_has_both_levels_and_what_changed_at_it():
    series = series_of(UP, facts={4: {"torch": "2.12", "driver": "550"}})
    (step,) = steps(series, levels(series))
    assert (step.at, step.before, step.after) == (4, pytest.approx(100.05), pytest.approx(110.05))
    assert step.expected == ["torch 2.11 → 2.12", "driver none → 550"]
    assert step_words(series, step) == (
        "2026-01-05T00:00:00+00:00: 100 → 110 ms (+10.0 %), worse; with torch 2.11 → 2.12, driver none → 550"
    )


def test_a_step_without_a_known_cause_says_so_and_down_is_better():
    series = series_of(UP[::-1])
    (step,) = steps(series, levels(series))
    assert step_words(series, step).endswith("better; nothing that is known changed with it")
    higher = series_of(UP, metric="parity_snr.p50", unit="dB", direction="higher")
    (rise,) = steps(higher, levels(higher))
    assert "100 → 110 dB, better" in step_words(higher, rise)


def test_what_stays_within_the_default_margin_is_one_level():
    assert len(levels(series_of([100.0] * 6 + [100.9] * 6))) == 1
    assert len(levels(series_of([100.0] * 6 + [101.1] * 6))) == 2
    assert len(levels(series_of([100.0] * 6 + [101.1] * 6, metric="response_latency.p99"))) == 1


def test_a_share_of_real_time_steps_by_a_factor_as_a_comparison_takes_it():
    slower = series_of([0.200] * 6 + [0.204] * 6, metric="compute_rtf.mean", unit="ratio")
    (step,) = steps(slower, levels(slower))
    assert "(+2.0 %)" in step_words(slower, step)


def test_only_the_last_runs_of_a_long_series_are_looked_through():
    series = series_of([1.0] * 20 + [5.0] * 10)
    object.__setattr__(series, "values", [9.0] * LONGEST + series.values)
    assert levels(series)[0].start == 30
    assert levels(series)[-1].stop == LONGEST + 30


def test_a_value_is_told_with_what_is_known_of_it():
    few = Basis(n=29, n_eff=29.0, interval=Interval(level=0.95, low=0.9, high=1.1, method="m"))
    assert value_words(1.0, None) == ("1", "")
    assert value_words(1.0, few) == ("1.00 [0.90, 1.10] †", "29")
    assert value_words(1.0, Basis(n=1, n_eff=None, interval=None)) == ("1", "1")
