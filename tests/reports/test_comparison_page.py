"""comparison.html: self-contained, escaped, every change drawn."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

from josie_bench.reports._comparison_page import FAR, effect_chart, metric_table, side_table, to_html
from tests.reports.comparisons import OPEN, REFUSED, SAMPLE, SLOWER, WHOLE, comparison_of, metric_of

PAGE = to_html(SAMPLE)


def rows_of(chart):
    return list(csv.DictReader(io.StringIO(chart.spec["data"]["values"])))


def test_the_page_needs_nothing_from_elsewhere():
    head = PAGE.partition("<script")[0]
    assert "default-src 'none'" in head
    assert not re.search(r"(src|href)=", head)
    assert len(PAGE) < 1_200_000


def test_verdict_reason_conditions_and_notes_are_on_it():
    text = PAGE.partition("<script")[0]
    for words in (
        '<span class="badge bad">SLOWER</span> B is worse in a gated metric.',
        "A/x → B/x",
        "backend: eager → onnx|runtime (varied)",
        "INCOMPARABLE(window)",
        "a note &lt;b&gt;",
        '<span class="badge unsure">AMBIGUOUS: 3 more blocks would settle it</span>',
        "run-a",
    ):
        assert words in text, words


def test_gated_and_changed_times_are_drawn_with_interval_margin_and_blocks():
    (chart,) = effect_chart(WHOLE, 0)
    rows = rows_of(chart)
    assert [row["metric"] for row in rows] == ["response_latency.p50", "compute_time.p50", "compute_time.p95"]
    first = {name: float(value) for name, value in rows[0].items() if name not in ("metric", "verdict")}
    assert (first["change"], first["low"], first["high"]) == (5.06, 3.91, 6.1)
    assert first["margin_high"] == 1.0
    assert round(first["margin_low"], 4) == -0.9901  # as large a factor the other way
    edge = chart.spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert float(rows[1]["low"]) == edge[0] == -edge[1]  # without a bound it reaches to the edge
    assert "response_latency.p50 +5.06 %" in chart.description
    json.dumps(chart.spec, allow_nan=False)


def test_what_lies_far_out_does_not_hide_the_others():
    far = replace(WHOLE, metrics=[SLOWER, metric_of("compute_time.p50", "SLOWER", 40.0, 30.0, 50.0)])
    (chart,) = effect_chart(far, 0)
    assert chart.spec["layer"][0]["encoding"]["x"]["scale"] == {"domain": [-100.0, FAR], "clamp": True, "nice": False}


def test_where_there_is_nothing_to_draw_the_library_is_left_out():
    assert effect_chart(REFUSED, 1) == []
    assert len(to_html(comparison_of(REFUSED, verdict="INCOMPARABLE"))) < 30_000


def test_tables_have_a_cell_for_every_head():
    for table in (metric_table([SLOWER, OPEN]), side_table(SAMPLE)):
        assert {len(row) for row in table.rows} == {len(table.heads)}
