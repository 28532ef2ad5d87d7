"""What one setting changes, as a table and as curves."""

from __future__ import annotations

from dataclasses import replace

from josie_bench.reports import RunData
from josie_bench.reports._contrasts import HEADS, TITLE, contrast_rows, contrast_table, learning_charts
from josie_bench.reports.html import to_html
from josie_bench.reports.markdown import to_markdown
from josie_bench.terms.contrast import Contrast, LearningCurve
from josie_bench.terms.score import Interval
from tests.reports.sample_run import case_result, result


def interval(low, high):
    return Interval(level=0.95, low=low, high=high, method="by hand")


RATE = Contrast(
    setting="ablate",
    value="rms_norm",
    base="nothing",
    figure="wer_text",
    before=0.5,
    after=0.75,
    n=40,
    seeds=3,
    bases=["full-0", "full-1", "full-2"],
    cases=["plain-0", "plain-1", "plain-2"],
    ci=interval(0.125, 0.375),
    relative=0.5,
    relative_ci=interval(0.25, 0.75),
)
STEPS = replace(
    RATE, figure="steps_to_text_loss", before=100.0, after=125.0, n=3, ci=None, relative=0.25, relative_ci=None
)
SAME = replace(RATE, setting="window", base="300 ms", value="400 ms", after=0.5, ci=None, relative=None)


def run():
    """Return a run with a whole model and one without a part."""
    cases = [
        case_result("full-0", settings={"ablate": [], "quantizer": None}),
        case_result("plain-0", settings={"ablate": ["rms_norm"], "quantizer": None}),
    ]
    curves = [
        LearningCurve(case="full-0", loss="text", steps=[20, 40], values=[2.0, 1.0]),
        LearningCurve(case="plain-0", loss="text", steps=[20, 40], values=[3.0, 1.5]),
    ]
    return replace(result(cases), contrasts=[RATE, STEPS, SAME], learning=curves)


def test_a_row_has_both_figures_the_change_and_what_the_paper_says():
    rows = contrast_rows(run().contrasts)
    assert all(len(row) == len(HEADS) for row in rows)
    assert rows[0] == (
        *("ablate: nothing → rms_norm", "wer_text", "0.500", "0.750"),
        *("+0.250 [0.125, 0.375]", "+50.0 [25.0, 75.0]", "+16.7", "40 items, 3 seeds"),
    )
    assert rows[1][4:] == ("+25", "+25", "+15.0", "3 seeds")
    assert rows[2][4:] == ("0", "—", "—", "40 items, 3 seeds")


def test_what_the_paper_does_not_speak_of_is_left_open():
    assert contrast_rows([replace(RATE, value="temporal+rms_norm")])[0][6] == "—"
    assert contrast_rows([replace(RATE, setting="window", value="200 ms")])[0][6] == "+22.0"


def test_reports_have_the_table_and_the_curves_and_others_neither():
    data = RunData(result=run(), recordings={})
    page, text = to_html(data), to_markdown(data)
    assert TITLE in page
    assert '"learning"' in page
    assert f"### {TITLE}" in text
    assert "| ablate: nothing → rms_norm | wer_text | 0.500 | 0.750 |" in text
    without = RunData(result=replace(run(), contrasts=[], learning=[]), recordings={})
    assert TITLE not in to_html(without) + to_markdown(without)
    assert contrast_table([]).rows == ()


def test_a_curve_is_drawn_for_each_case_in_the_colour_of_what_it_is_without():
    (chart,) = learning_charts(run())
    assert chart.spec["encoding"]["color"]["scale"]["domain"] == ["whole", "without rms_norm"]
    assert chart.spec["encoding"]["detail"]["field"] == "case"
    assert "without rms_norm,plain-0,40,1.5" in chart.spec["data"]["values"]
    assert "plain-0 ends at 1.50" in chart.description
