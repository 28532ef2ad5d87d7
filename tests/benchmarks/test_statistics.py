"""What a case costs to be scored."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.metrics import scores
from josie_bench.statistics.cluster_bootstrap import quantile_bootstrap
from josie_bench.statistics.percentiles import percentile_scores
from josie_bench.statistics.proportion import clopper_pearson
from josie_bench.statistics.series import as_ms, response_ns


@pytest.mark.benchmark(group="statistics")
def test_percentiles_with_their_intervals(benchmark, long_recording):
    response = as_ms(response_ns(long_recording))
    assert benchmark(percentile_scores, response)["p99"].interval is not None


@pytest.mark.benchmark(group="statistics")
def test_the_interval_of_a_ratio(benchmark):
    low, high = benchmark(clopper_pearson, 6, 6_000)
    assert low < 0.001 < high


@pytest.mark.benchmark(group="statistics")
def test_every_metric_of_half_an_hour(benchmark, long_recording):
    assert benchmark(scores, long_recording)["response_latency.p99"].value is not None


@pytest.mark.benchmark(group="statistics")
def test_a_bootstrap_over_thirty_runs(benchmark, long_recording):
    response = as_ms(response_ns(long_recording))
    runs = np.arange(len(response)) * 30 // len(response)
    assert benchmark(quantile_bootstrap, response, 0.99, 0.95, runs) is not None
