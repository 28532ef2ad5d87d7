"""comparison.md: fit to be pasted into a pull request."""

from __future__ import annotations

from josie_bench.reports._comparison_markdown import to_markdown
from tests.reports.comparisons import SAMPLE, comparison_of

TEXT = to_markdown(SAMPLE)


def test_the_verdict_comes_first_and_a_mark_lets_a_bot_find_its_comment():
    lines = TEXT.splitlines()
    assert lines[0] == "<!-- josie-bench comparison realtime -->"
    assert lines[1] == "## josie-bench: SLOWER"
    assert "run `run-a` of realtime" in TEXT
    assert "commit 0123456789ab\n" in TEXT


def test_gated_metrics_stand_in_a_table_and_others_are_folded_away():
    gated, _, folded = TEXT.partition("<details><summary>Not gated</summary>")
    assert "| response_latency.p50 (gate) | 100 ms | 105 ms | +5.06 % [+3.91 %, +6.10 %] | ±1 %, default |" in gated
    assert "🔴 SLOWER |" in gated
    assert "cold_start.total" not in gated
    assert "cold_start.total" in folded
    rows = [line for line in TEXT.splitlines() if line.startswith("| ")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {9}


def test_what_is_not_decided_says_why():
    assert "\n- compute_time.p50: because\n" in TEXT


def test_what_was_varied_and_what_must_not_differ_are_told_and_text_stays_text():
    assert "- backend: eager → onnx\\|runtime (varied)" in TEXT
    assert "- window: 200 ms → 300 ms (must not differ)" in TEXT
    assert "- a note &lt;b>" in TEXT


def test_without_cases_and_notes_there_is_a_head_alone():
    assert "###" not in to_markdown(comparison_of(verdict="SAME", notes=[]))
