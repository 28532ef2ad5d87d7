"""The charts: they compile, hold every miss, and call a closed loop and an invalid case by their names."""

import csv
import io
import json
import math
import warnings
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
import vl_convert

from josie_bench.reports import RunData
from josie_bench.reports._charts import (
    Chart,
    Drawn,
    _columns,
    drawn_cases,
    latency_charts,
    timeline_charts,
    waterfall_chart,
)
from josie_bench.reports._words import number
from josie_bench.terms.result import WaterfallSpan
from josie_bench.terms.score import Interval


@pytest.fixture(scope="session")
def cases(run_data: RunData) -> list[Drawn]:
    return drawn_cases(run_data)


def rows(layer_or_spec: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(layer_or_spec["data"]["values"])))


def layer(chart: Chart, style: str) -> dict[str, Any]:
    found: dict[str, Any]
    [found] = [layer for layer in chart.spec["layer"] if layer["mark"].get("style") == style]
    return found


def many(sample: ModuleType, count: int) -> list[Drawn]:
    series = sample.recording([100.0] * 6)
    results = [sample.case_result(f"case-{place}", series) for place in range(count)]
    return drawn_cases(RunData(result=sample.result(results), recordings={case.id: series for case in results}))


def test_only_cases_with_measured_windows_are_drawn(cases: list[Drawn], sample: ModuleType) -> None:
    assert [case.case.id for case in cases] == [sample.OK, sample.BROKEN, sample.CLOSED, sample.INVALID]


def test_a_label_says_what_keeps_numbers_from_being_a_claim(cases: list[Drawn], sample: ModuleType) -> None:
    assert [case.label for case in cases] == [
        sample.OK,
        sample.BROKEN,
        f"closed loop: {sample.CLOSED}",
        f"INVALID_HARNESS: {sample.INVALID}",
    ]


def test_every_chart_is_a_vega_lite_chart_that_compiles(cases: list[Drawn]) -> None:
    charts = [*latency_charts(cases), *timeline_charts(cases), *waterfall_chart(cases)]
    assert len(charts) == 1 + 4 + 1
    assert len({chart.id for chart in charts}) == len(charts)
    for chart in charts:
        json.dumps(chart.spec, allow_nan=False)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = vl_convert.vegalite_to_vega(chart.spec)
        assert compiled["marks"]
        assert chart.description


def test_every_missed_window_is_a_point_of_its_own(cases: list[Drawn]) -> None:
    broken = timeline_charts(cases)[1]
    missed = rows(layer(broken, "missed"))
    line = cases[1].line
    assert [int(row["window"]) for row in missed] == line.window[line.is_missed].tolist()
    assert [float(row["ms"]) for row in missed] == pytest.approx(line.value_ms[line.is_missed].tolist(), rel=1e-6)
    [lost] = rows(layer(broken, "lost"))
    assert lost["window"] == "202"
    assert broken.description == "Windows over time: 200 windows, 45 answered late, 1 never answered"


def test_a_chart_without_misses_has_no_layer_for_them(cases: list[Drawn]) -> None:
    styles = [layer["mark"].get("style") for layer in timeline_charts(cases)[2].spec["layer"]]
    assert styles == ["band", "highest", "median"]


def test_no_line_is_drawn_from_one_round_to_the_next(cases: list[Drawn]) -> None:
    [chart] = timeline_charts(cases[2:3])
    assert all(part["encoding"]["detail"]["field"] == "round" for part in chart.spec["layer"])


def test_a_closed_loop_has_no_deadline_in_any_chart(cases: list[Drawn], sample: ModuleType) -> None:
    closed = timeline_charts(cases)[2]
    assert "not a real-time claim" in closed.description
    assert closed.spec["layer"][0]["encoding"]["y"]["title"] == "compute time (ms)"
    [waterfall] = waterfall_chart(cases)
    assert [row["case"] for row in rows(layer(waterfall, "due"))] == [cases[0].label, cases[1].label, cases[3].label]
    assert [part["mark"]["type"] for part in latency_charts(cases[2:3])[0].spec["layer"]] == ["area", "line", "point"]


def test_the_latency_chart_has_a_rule_at_each_deadline(cases: list[Drawn]) -> None:
    rules = [layer for layer in latency_charts(cases)[0].spec["layer"] if layer["mark"]["type"] == "rule"]
    assert [rule["encoding"]["x"]["datum"] for rule in rules] == [300.0]


def test_names_of_deadlines_that_lie_near_each_other_stand_below_each_other(sample: ModuleType) -> None:
    series = {
        name: replace(sample.recording([100.0] * 6), deadline_ms=due) for name, due in (("a", 220.0), ("b", 300.0))
    }
    results = [sample.case_result(name, recording) for name, recording in series.items()]
    [chart] = latency_charts(drawn_cases(RunData(result=sample.result(results), recordings=series)))
    names = [part["mark"] for part in chart.spec["layer"] if part["mark"]["type"] == "text"]
    assert names[1]["dy"] - names[0]["dy"] >= 14


def test_the_latency_chart_has_a_band_about_each_curve(cases: list[Drawn]) -> None:
    [chart] = latency_charts(cases[:1])
    bounds = layer(chart, "around")["encoding"]
    assert (bounds["y"]["field"], bounds["y2"]["field"]) == ("low", "high")
    drawn = [[float(row[name]) for name in ("low", "share", "high")] for row in rows(chart.spec)]
    assert drawn and all(low <= share <= high for low, share, high in drawn)
    # the largest of 400 windows: at least 1 - 0.975^(1/400) = 0.0063 %, which lies below the axis; at most 1.39 %
    low, share, high = drawn[-1]
    assert (low, share) == (1 / 400, 1 / 400)
    assert high == pytest.approx(0.01385, abs=0.0002)


def test_the_curve_ends_above_what_never_was_answered(cases: list[Drawn]) -> None:
    shares = [float(row["share"]) for row in rows(latency_charts(cases)[0].spec) if row["case"] == cases[1].label]
    assert min(shares) == 2 / 200  # rank 1 of 200 is the window without an answer and has no point
    assert max(shares) == 1.0


def test_the_waterfall_holds_each_part_in_the_order_they_run(cases: list[Drawn], sample: ModuleType) -> None:
    [chart] = waterfall_chart(cases)
    parts = [row for row in rows(layer(chart, "piece")) if row["case"] == sample.OK]
    assert [row["span"] for row in parts] == [*sample.SPANS, "rest of the step"]
    assert [float(row["ms"]) for row in parts] == pytest.approx(
        [span.p50 for span in cases[0].case.waterfall], rel=1e-6
    )
    assert chart.spec["height"] == 4 * 54
    assert parts[0]["p50"] == number(cases[0].case.waterfall[0].p50)  # a result before 1.3 says no more


def test_the_waterfall_s_medians_say_what_they_rest_on(sample: ModuleType) -> None:
    series = sample.recording([100.0] * 6)
    interval = Interval(level=0.95, low=0.4, high=0.6, method="order statistic on n_eff")
    span = WaterfallSpan(span="queue", p50=0.5, p99=None, share=1.0, n=400, p50_n_eff=322.0, p50_ci=interval)
    case = sample.case_result("a", series, waterfall=[span])
    [chart] = waterfall_chart(drawn_cases(RunData(result=sample.result([case]), recordings={"a": series})))
    assert rows(layer(chart, "piece"))[0]["p50"] == "0.500 [0.400, 0.600] of 400, worth 322"


def test_many_cases_are_spread_over_charts_of_one_range(sample: ModuleType) -> None:
    charts = latency_charts(many(sample, 8))
    assert [chart.title for chart in charts] == ["part 1 of 2", "part 2 of 2"]
    names = [{row["case"] for row in rows(chart.spec)} for chart in charts]
    assert [len(found) for found in names] == [6, 2]
    ranges = [chart.spec["layer"][-1]["encoding"]["x"]["scale"]["domain"] for chart in charts]
    assert ranges[0] == ranges[1]


def test_a_range_with_far_outliers_is_logarithmic(sample: ModuleType) -> None:
    series = sample.recording([2.0] * 20 + [900.0], hop_ms=1000.0)
    case = sample.case_result("a", series)
    [drawn] = drawn_cases(RunData(result=sample.result([case]), recordings={"a": series}))
    scale = latency_charts([drawn])[0].spec["layer"][-1]["encoding"]["x"]["scale"]
    assert scale["type"] == "log"
    assert scale["domain"][0] > 0
    assert latency_charts(many(sample, 1))[0].spec["layer"][-1]["encoding"]["x"]["scale"]["domain"][0] == 0


def test_a_case_that_answered_nothing_is_drawn_without_a_curve(sample: ModuleType) -> None:
    series = sample.recording([100.0] * 5, unanswered=5)
    case = sample.case_result("a", series)
    drawn = drawn_cases(RunData(result=sample.result([case]), recordings={"a": series}))
    assert latency_charts(drawn) == []
    [chart] = timeline_charts(drawn)
    assert len(rows(layer(chart, "lost"))) == 2
    assert vl_convert.vegalite_to_vega(chart.spec)["marks"]


@pytest.mark.parametrize(("letters", "columns"), [(10, 9), (40, 3), (52, 2), (100, 1), (200, 1)])
def test_a_legend_has_as_many_columns_as_its_longest_name_leaves_room_for(letters: int, columns: int) -> None:
    """Of 1,000 px a name takes 6.5 a letter and 40: 105, 300, 378, 690, and 1,340, which no page has."""
    expression = _columns(["x", "x" * letters])["expr"]
    assert eval(expression, {"max": max, "floor": math.floor, "width": 1000}) == columns
