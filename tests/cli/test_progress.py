"""The bars and tables a person sees on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from josie_bench.bench.plan import Progress
from josie_bench.cli import progress
from josie_bench.cli.progress import LiveProgress, summary_table
from josie_bench.terms.result import Verdict


def test_each_case_has_one_bar_however_often_it_reports(monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(
        progress, "Console", lambda **_: Console(file=screen, force_terminal=True, width=120, _environ={})
    )
    live = LiveProgress(is_shown=True, as_json=False)
    with live:
        for case in range(2):
            for window in range(0, 30, 10):
                text = "measuring"
                live(Progress(case=case, cases=2, id=f"c{case}", stage="trial", text=text, window=window, windows=20))
    assert [(task.completed, task.total) for task in live._bars.tasks] == [(20, 20), (20, 20)]


@pytest.mark.parametrize(("status", "completed"), [("OK", 20), ("UNSTEADY", 20), ("TIMEOUT", 18)])
def test_a_case_that_has_ended_is_shown_as_ended_and_its_clock_stands(monkeypatch, status, completed):
    screen = io.StringIO()
    monkeypatch.setattr(
        progress, "Console", lambda **_: Console(file=screen, force_terminal=True, width=120, _environ={})
    )
    live = LiveProgress(is_shown=True, as_json=False)
    with live:
        live(Progress(case=0, cases=1, id="c0", stage="trial", text="measuring", window=18, windows=20))
        live(Progress(case=0, cases=1, id="c0", stage="done", text=status))
        (task,) = live._bars.tasks
        assert (task.completed, task.total) == (completed, 20)
        assert task.stop_time is not None


def test_a_long_name_leaves_the_clock_its_room(monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(
        progress, "Console", lambda **_: Console(file=screen, force_terminal=True, width=60, _environ={})
    )
    live = LiveProgress(is_shown=True, as_json=False)
    with live:
        live(Progress(case=0, cases=1, id="c" * 90, stage="trial", text="measuring", window=18, windows=20))
    assert all(part in screen.getvalue() for part in ("18/20", "0:00:00", "-:--:--"))


def test_without_a_terminal_a_case_is_a_line(capsys):
    live = LiveProgress(is_shown=True, as_json=False)
    with live:
        live(Progress(case=0, cases=1, id="a" * 90, stage="done", text="OK"))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("OK")


def test_without_a_terminal_a_round_is_a_line_too(capsys):
    live = LiveProgress(is_shown=True, as_json=False)
    with live:
        for stage in ("trial", "round", "done"):
            live(Progress(case=0, cases=1, id="a", stage=stage, text="round 1 of 6: OK"))
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_the_terminal_s_summary_shows_engines_beside_each_other(sample, capsys):
    summary_table(sample.rounds_run().result)
    shown = capsys.readouterr().out
    assert "Cases beside each other" in shown
    assert "3.00 [2.50, 3.30]" in shown
    assert "Time of the base rounds/eager-fp32/w300 ÷ time of the case" in " ".join(shown.split())


def test_the_terminal_s_summary_never_says_that_nothing_was_missed_without_what_that_shows(sample, capsys):
    case = sample.case_result(sample.OK, sample.recording(sample.services(100.0, 10, 1), warm_up=0))
    summary_table(sample.result([case]))
    shown = capsys.readouterr().out
    assert "0 %, at most 30.9 % †" in shown  # 1 - 0.025^(1/10) = 0.30850
    assert "0 of 10" in shown
    assert "† fewer than 30 samples cannot show" in shown


def test_the_terminal_s_summary_strikes_numbers_of_a_case_that_is_not_ok(sample, monkeypatch):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, _environ={})
    monkeypatch.setattr(progress, "table_console", lambda: console)
    summary_table(sample.audited_run().result)
    struck = "\x1b[9m"
    assert struck in screen.getvalue()


def test_the_terminal_s_summary_says_whether_the_numbers_can_be_trusted(sample, capsys):
    summary_table(sample.audited_run().result)
    shown = " ".join(capsys.readouterr().out.split())
    assert "validity: broken: answers are computed (realtime/onnxruntime-fp32/w300)" in shown
    assert "JB-SHAPE-001: two levels. Next: look." in shown
    assert "INVALID_AUDIT: one did not come again" in shown


def test_a_budget_of_a_case_that_is_not_ok_is_not_said_to_fail(sample, capsys):
    late = Verdict(expr="response_latency.p50 < 1 ms", result="fail", severity="gate", detail="it is 2 ms")
    cases = [sample.case_result(name, status=name, budgets=[late]) for name in ("OK", "UNSTEADY")]
    summary_table(sample.result(cases))
    said = capsys.readouterr().out
    assert "OK: gate response_latency.p50 < 1 ms: fail: it is 2 ms" in said
    assert "UNSTEADY: gate response_latency.p50 < 1 ms: does not count (UNSTEADY): it is 2 ms" in said
