"""`metrics list` and `metrics explain`: what a number means, from the metrics themselves."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from josie_bench.cli.metrics import command
from josie_bench.errors import UsageError
from josie_bench.metrics import all_metrics
from josie_bench.terms.budget import parse_budget


def say(*words):
    done = CliRunner().invoke(command, words, catch_exceptions=False, standalone_mode=False)
    assert done.exit_code == 0
    return done.output


@pytest.mark.parametrize(("name", "metric"), all_metrics().items(), ids=list(all_metrics()))
def test_explain_tells_all_that_a_metric_says_of_itself(name, metric):
    told = say("explain", name)
    for words in (metric.title, metric.definition, metric.origin, *metric.statistics.values()):
        assert words in told
    assert metric.description in " ".join(told.split("\n"))
    assert f"unit:        {metric.unit}\n" in told
    example = told.rpartition("in a budget: ")[2].replace("LIMIT", "1")
    assert parse_budget(example).metric == name


def test_a_statistic_is_explained_alone():
    told = say("explain", "response_latency.p99.9")
    assert "response_latency.p99.9: 999 of 1,000 windows were answered within this time" in told
    assert "response_latency.p50" not in told
    assert "R_k = e_k − a_k" in told


def test_list_names_every_metric_with_its_definition_and_statistics():
    told = say("list")
    for name, metric in all_metrics().items():
        assert f"{name} ({metric.definition})" in told
        assert ", ".join(metric.statistics) in told


@pytest.mark.parametrize(
    ("key", "complaint"),
    [
        ("response_latancy", "unknown metric 'response_latancy': did you mean 'response_latency'?"),
        ("response_latency.p98", "unknown statistic of response_latency 'p98': did you mean 'p9"),
        ("zzz", "unknown metric 'zzz': known are "),
    ],
)
def test_an_unknown_key_names_the_near_one_and_is_wrong_usage(key, complaint):
    with pytest.raises(UsageError, match=complaint.replace("?", r"\?")) as refused:
        CliRunner().invoke(command, ["explain", key], catch_exceptions=False, standalone_mode=False)
    assert refused.value.exit_code == 2
