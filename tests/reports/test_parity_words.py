"""Which cases compared, by what they hold."""

from __future__ import annotations

from josie_bench.metrics import all_metrics
from josie_bench.reports._parity_words import COLUMNS, split


def test_every_column_is_a_statistic_of_a_metric():
    metrics = all_metrics()
    for key in COLUMNS.values():
        metric, _, statistic = key.partition(".")
        assert statistic in metrics[metric].statistics


def test_cases_without_metrics_count_as_timed(run_data):
    timed, compared = split(run_data.result.cases)
    assert len(timed) == len(run_data.result.cases)
    assert compared == []
