"""The bars a person sees on a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from josie_bench.bench.run import Progress
from josie_bench.cli import progress
from josie_bench.cli.progress import LiveProgress


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


def test_without_a_terminal_a_case_is_a_line(capsys):
    live = LiveProgress(is_shown=True, as_json=False)
    with live:
        live(Progress(case=0, cases=1, id="a" * 90, stage="done", text="OK"))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("OK")
