"""The OpenMetrics text, read by the parser of the client library."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from josie_bench.exports import find_export, quotable, unquotable
from josie_bench.exports.openmetrics import _metric
from josie_bench.plugins import find_member, member_names
from josie_bench.reports import RunData
from josie_bench.terms.result import MetricScore
from josie_bench.terms.score import Interval


def text_of(data):
    (content,) = find_export("openmetrics").files(data).values()
    return content.decode()


def families(data):
    return {family.name: family for family in text_string_to_metric_families(text_of(data))}


def names_of(metric):
    return [f"josie_bench_{metric}_{unit}" for unit in ("seconds", "bytes", "ratio")]


def value(family, **labels):
    (found,) = (row.value for row in family.samples if labels.items() <= row.labels.items())
    return found


def test_the_parser_takes_it_and_every_number_is_there_in_its_base_unit(run_data):
    found = families(run_data)
    assert text_of(run_data).endswith("# EOF\n")
    factors = {"seconds": 1e-3, "bytes": 2.0**20, "ratio": 1.0}
    count = 0
    for case in quotable(run_data):
        for key, score in case.metrics.items():
            metric, _, statistic = key.partition(".")
            family = next((each for name, each in found.items() if name in names_of(metric)), None)
            if score.value is None:
                rows = family.samples if family else []
                assert not [row for row in rows if row.labels == {"case": case.id, "statistic": statistic}]
                continue
            expected = score.value * factors[family.unit]
            assert value(family, case=case.id, statistic=statistic) == pytest.approx(expected, rel=1e-12)
            count += 1
    assert count > 40


def test_a_number_has_its_unit_its_interval_and_its_samples(sample):
    interval = Interval(level=0.95, low=200.0, high=None, method="m")
    score = MetricScore(
        value=241.7, unit="ms", direction="lower", definition="x/1", origin='from "a"\n→ b\\', n=400, ci=interval,
        n_eff=322.5,
    )  # fmt: skip
    rate = replace(score, value=3.0, unit="1/min", ci=None, n_eff=None)
    case = sample.case_result('odd "case"\\\n', metrics={"latency.p99": score, "underruns.rate": rate})
    found = families(RunData(result=sample.result([case])))
    labels = {"case": case.id, "statistic": "p99"}
    latency = found["josie_bench_latency_seconds"]
    assert (latency.type, latency.unit, latency.documentation) == ("gauge", "seconds", score.origin)
    assert value(latency, **labels) == pytest.approx(0.2417)
    assert [row.labels for row in found["josie_bench_latency_ci_seconds"].samples] == [labels | {"bound": "low"}]
    assert value(found["josie_bench_latency_ci_seconds"], bound="low") == pytest.approx(0.2)
    assert value(found["josie_bench_latency_samples"], **labels) == 400
    assert value(found["josie_bench_latency_effective_samples"], **labels) == 322.5
    assert "josie_bench_underruns_effective_samples" not in found
    assert value(found["josie_bench_underruns_per_minute"]) == 3.0


def test_what_is_late_in_a_minute_is_in_seconds_too(sample):
    score = MetricScore(value=1500.0, unit="ms/min", direction="lower", definition="x/1", origin="o", n=400)
    case = sample.case_result("case", metrics={"tardiness_rate.budget": score})
    found = families(RunData(result=sample.result([case])))
    assert value(found["josie_bench_tardiness_rate_seconds_per_minute"]) == 1.5


def test_every_unit_of_ours_has_a_name_that_the_page_of_exports_tells():
    words = {
        "seconds",
        "per_second",
        "seconds_per_minute",
        "bytes",
        "bytes_per_minute",
        "ratio",
        "per_minute",
        "windows",
        "decibels",
    }
    words |= {"tokens", "mos", "points", "nats", "joules", "watts"}
    page = (Path(__file__).parents[2] / "docs/exports.md").read_text(encoding="utf-8")
    assert all(f"`{word}`" in page for word in words)
    for name in member_names("metrics"):
        unit = find_member("metrics", name).METRIC.unit
        score = MetricScore(value=1.0, unit=unit, direction="lower", definition="x/1", origin="o", n=1)
        assert any(f"josie_bench_{name}_{word}" in "".join(_metric(name, [({}, score)])) for word in words), name


def test_the_run_and_every_case_are_told_with_their_status(run_data):
    found = families(run_data)
    (run,) = found["josie_bench_run"].samples
    assert (run.labels["run"], run.labels["suite"]) == (run_data.result.run.id, run_data.result.run.suite)
    assert {(row.labels["case"], row.labels["status"]) for row in found["josie_bench_case"].samples} == {
        (case.id, case.status) for case in run_data.result.cases
    }


def test_of_a_case_that_is_not_ok_nothing_but_its_status_is_told(run_data):
    quiet = {case.id for case in unquotable(run_data)}
    rows = [(name, row.labels.get("case")) for name, family in families(run_data).items() for row in family.samples]
    assert {name for name, case in rows if case in quiet} == {"josie_bench_case"}
