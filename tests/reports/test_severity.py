"""How quality falls, as a table and as curves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.cli.progress import summary_table
from josie_bench.reports import RunData
from josie_bench.reports._severity import HEADS, TITLE, severity_charts, severity_rows, severity_table
from josie_bench.reports.html import to_html
from josie_bench.reports.markdown import to_markdown
from josie_bench.terms.score import Interval
from josie_bench.terms.severity import SeverityCurve
from tests.reports.sample_run import case_result, result


def interval(low, high):
    return Interval(level=0.95, low=low, high=high, method="by hand")


NOISE = SeverityCurve(
    setting="dropout.snr",
    unit="dB",
    of=["audio"],
    task="transcribe",
    levels=[30.0, 20.0, 10.0, 0.0],
    cases=["noise-30", "noise-20", "noise-10", "noise-0"],
    left=[1.0, 0.96, 0.5, 0.1],
    cis=[None, interval(0.9, 1.0), interval(0.4, 0.6), interval(0.05, 0.15)],
    n=40,
    area=0.671,
    area_ci=interval(0.6, 0.7),
    knee=20.0,
    knee_ci=interval(10.0, 20.0),
    bar=0.92,
    until=19.1,
    until_ci=interval(17.0, 21.0),
)
NOWHERE = replace(NOISE, task="answer", left=[0.5, 0.4, 0.3, 0.1], knee=None, knee_ci=None, until=None, until_ci=None)
THROUGHOUT = replace(NOWHERE, setting="dropout.lost", unit="%", left=[1.0] * 4, until_ci=interval(25.0, None))


def test_a_row_has_both_ends_the_mean_and_the_levels_that_matter():
    (row,) = severity_rows([NOISE])
    assert dict(zip(HEADS, row, strict=True)) == {
        "what is wrong": "audio: noise",
        "task": "transcribe",
        "levels": "30 to 0 dB: 4, of 40 items",
        "left at the first": "1",
        "at the last": "0.100 [0.050, 0.150]",
        "mean over them": "0.671 [0.600, 0.700]",
        "enough until": "19.1 [17.0, 21.0] dB",
        "bends at": "20.0 [10.0, 20.0] dB",
    }


@pytest.mark.parametrize(
    ("curve", "words"),
    [(NOWHERE, "nowhere"), (THROUGHOUT, "throughout [25.0, no bound] %")],
    ids=["nowhere", "throughout"],
)
def test_enough_may_be_left_nowhere_or_throughout(curve, words):
    assert severity_rows([curve])[0][-2:] == (words, "—")


def test_a_bend_that_items_do_not_bound_is_not_told():
    assert severity_rows([replace(NOISE, knee_ci=None)])[0][-1] == "—"


def test_there_is_a_chart_for_each_setting_and_a_line_for_each_task():
    noise, lost = severity_charts([NOISE, NOWHERE, THROUGHOUT])
    assert (noise.title, lost.title) == ("noise", "lost at random")
    assert noise.description.startswith("transcribe, audio: 1.00 at 30 dB, 0.96 at 20 dB, 0.50 at 10 dB")
    line, bounds, point = noise.spec["layer"]
    assert line["encoding"]["x"]["scale"]["reverse"]
    assert not lost.spec["layer"][0]["encoding"]["x"]["scale"]["reverse"]
    assert line["encoding"]["color"]["scale"]["domain"] == ["transcribe, audio", "answer, audio"]
    assert (bounds["encoding"]["y"]["field"], bounds["encoding"]["y2"]["field"]) == ("low", "high")
    assert point["mark"]["type"] == "point"


def test_every_report_has_the_table_and_none_without_curves(capsys):
    empty = result([case_result("noise-30")])
    full = replace(empty, severities=[NOISE])
    for write in (to_markdown, to_html):
        assert TITLE in write(RunData(result=full))
        assert TITLE not in write(RunData(result=empty))
    summary_table(full)
    assert "0.671" in capsys.readouterr().out
    assert severity_table([]).rows == ()
