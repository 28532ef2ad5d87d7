"""history.html: a chart for each series, its steps in words too."""

from __future__ import annotations

import json
from dataclasses import replace

from josie_bench.reports._history_page import series_chart, to_html
from josie_bench.reports._history_steps import levels
from josie_bench.terms.history import Basis
from josie_bench.terms.score import Interval
from tests.reports.pasts import series_of

UP = series_of([100.0, 100.2, 99.9, 100.1, 110.0, 110.2, 109.9, 110.1], facts={4: {"torch": "2.12 <b>"}})


def test_points_levels_and_steps_are_drawn():
    chart = series_chart(UP, 3, levels(UP))
    assert chart.id == "series-3"
    assert chart.spec["data"]["values"].splitlines()[1] == "1,100,2026-01-01T00:00:00+00:00,run-0,,100"
    lines, _, rule = chart.spec["layer"]
    assert lines["data"]["values"].splitlines() == [
        "piece,run,value",
        "0,1,100.05",
        "0,4,100.05",
        "1,5,110.05",
        "1,8,110.05",
    ]
    assert rule["data"]["values"].splitlines()[1].startswith("5,")
    assert "over 8 runs. Steps: 2026-01-05" in chart.description
    json.dumps(chart.spec, allow_nan=False)


def test_a_value_has_its_interval_and_what_it_rests_on():
    basis = Basis(n=400, n_eff=322.0, interval=Interval(level=0.95, low=0.9, high=1.125, method="m"))
    open_ended = replace(basis, interval=Interval(level=0.95, low=0.9, high=None, method="m"))
    some = replace(series_of([1.0] * 3), bases=[None, basis, open_ended])
    chart = series_chart(some, 0, levels(some))
    bounds = chart.spec["layer"][-1]
    assert (bounds["encoding"]["y"]["field"], bounds["encoding"]["y2"]["field"]) == ("low", "high")
    assert bounds["data"]["values"].splitlines()[1:] == ["2,0.9,1.125"]
    assert '"1.00 [0.90, 1.13] of 400, worth 322"' in chart.spec["data"]["values"]


def test_a_level_series_has_no_rule():
    level = series_of([1.0] * 5)
    assert len(series_chart(level, 0, levels(level)).spec["layer"]) == 2


def test_the_page_groups_by_case_and_machine_and_text_stays_text():
    page = to_html([UP, series_of([1.0] * 3, metric="compute_time.p50")], runs=8, tool="0.1.0")
    text = page.partition("<script")[0]
    assert text.count("<h2>c ") == 1
    assert "torch 2.11 → 2.12 &lt;b&gt;" in text
    assert "8 runs." in text
    assert "default-src 'none'" in text


def test_one_run_is_one_run_and_its_mark_has_its_figures():
    page = to_html([series_of([2.76])], runs=1, tool="0.1.0")
    assert "1 run. A point" in page
    one = series_of([2.76])
    point = series_chart(one, 0, levels(one)).spec["layer"][-1]
    assert point["encoding"]["y"]["axis"]["format"] == ",.4~r"


def test_a_history_without_such_numbers_draws_nothing():
    page = to_html([], runs=0, tool="0.1.0")
    assert "Nothing is drawn" in page
    assert len(page) < 20_000
