"""The page's section: what the run speaks to, with counts of all, on the page and in Markdown."""

from __future__ import annotations

from josie_bench.reports import RunData
from josie_bench.reports._claim_section import claim_section
from josie_bench.reports._claim_words import HEADS, TITLE
from josie_bench.reports.html import to_html
from josie_bench.reports.markdown import to_markdown
from tests.claims.paper_runs import case, run, tail

RESULT = run(case(metrics=tail(80.0, 90.5, 100.0)))


def test_only_what_the_run_speaks_to_stands_in_the_table():
    table = claim_section(RESULT)["claims"]
    assert table.heads == HEADS
    assert [cells[0].text for cells in table.rows] == ["lat.window", "lat.sub300"]
    assert table.rows[1][-1].text.endswith("; on this scale R, R + H/2: confirmed; R + W: refuted")
    assert table.rows[1][-1].tone == "unsure"


def test_a_run_that_speaks_to_nothing_says_so_and_where_all_are():
    section = claim_section(run(case(backend="null")))
    assert section["claims"].rows == ()
    assert section["claims_words"].startswith("This run speaks to none of them.")
    assert "josie-bench claims RUN_FOLDER" in section["claims_words"]


def test_both_reports_have_it():
    html, text = to_html(RunData(result=RESULT)), to_markdown(RunData(result=RESULT))
    assert f"<h2>{TITLE}</h2>" in html
    assert "R: 90.5 [80.0, 100.0] ms (response_latency.p99, pace)" in html
    assert f"### {TITLE}\n\n| id | section |" in text
    assert "Measured on nano, onnxruntime-fp32, a processor." in text
    empty = to_markdown(RunData(result=run(case(backend="null"))))
    assert f"### {TITLE}\n\nThis run speaks to none of them." in empty
