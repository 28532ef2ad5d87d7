"""`josie-bench history` and `baseline` as a person calls them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.reports.result import to_json
from tests.bench.comparing import P50, P99, case_of, result_of
from tests.cli.calling import called


@pytest.fixture
def folders(tmp_path):
    """Return eight run folders of which the last four are 10 % slower, with a new torch."""
    found = []
    for day in range(1, 9):
        p50 = 100.0 if day < 5 else 110.0
        packages = {"torch": "2.11" if day < 5 else "2.12"}
        noise = [p50 * (1 + 0.0005 * (index % 3)) for index in range(8)]
        result = result_of(case_of({P50: noise}), run=f"run-{day}", host={"packages": packages})
        result = replace(result, run=replace(result.run, started=f"2026-01-0{day}T00:00:00+00:00"))
        folder = tmp_path / f"run-{day}"
        folder.mkdir()
        (folder / "result.json").write_text(to_json(result))
        found.append(folder)
    return found


def test_runs_are_added_listed_shown_and_drawn(folders, tmp_path):
    done = called("history", "add", *folders, cwd=tmp_path)
    assert (done.returncode, done.stdout.count("added")) == (0, 8), done.stderr
    for same in (folders[0], folders[0] / "result.json"):
        assert called("history", "add", same, cwd=tmp_path).stdout.rstrip().endswith("was there")
    assert called("history", "list", cwd=tmp_path).stdout.count("run-") == 16  # the run and its folder
    shown = called("history", "show", P50, cwd=tmp_path)
    assert "value [95 %] (ms)" in shown.stdout
    assert "step at 2026-01-05T00:00:00+00:00: 100 → 110 ms (+10.0 %), worse; with torch 2.11 → 2.12" in shown.stdout
    page = called("history", "page", "--output", "page.html", cwd=tmp_path)
    assert page.stdout.strip() == "page.html"
    assert "torch 2.11 → 2.12" in (tmp_path / "page.html").read_text()


def test_brackets_are_no_style(folders, tmp_path):
    moved = folders[0].rename(tmp_path / "[bold]run")
    assert called("baseline", "set", "[red]", moved, cwd=tmp_path).returncode == 0
    assert "[bold]run" in called("history", "list", cwd=tmp_path).stdout
    assert "[red]" in called("baseline", "list", cwd=tmp_path).stdout


def test_a_run_is_held_against_the_one_that_a_name_stands_for(folders, tmp_path):
    assert called("baseline", "set", "main", folders[0], cwd=tmp_path).returncode == 0
    assert "run-1" in called("baseline", "list", cwd=tmp_path).stdout
    slower = called("compare", folders[7], "--baseline", "main", cwd=tmp_path)
    assert slower.returncode == 1, slower.stderr
    assert "torch: 2.11 in A, 2.12 in B" in slower.stdout
    assert called("compare", folders[1], "--baseline", "main", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("history", "list"), "there is no history"),
        (("history", "show", P50, "--history", "damaged"), "is no history of josie-bench, or it is damaged"),
        (("history", "add", "nowhere"), "nowhere is no run folder"),
        (("history", "show", "response_latency.p51", "--history", "good"), "did you mean 'response_latency.p50'"),
        (("history", "show", "headroom.p50", "--history", "good"), "no run in the history has a number of headroom"),
        (("history", "page", "--metric", P99, "--history", "good"), "no run in the history has a number of response"),
        (("history", "show", P50, "--case", "x", "--history", "good"), "--case x: no run in good has"),
        (("history", "page", "--metric", "p50", "--history", "good"), "unknown metric 'p50'"),
        (("compare", "run-1"), "give two runs, or one run and --baseline NAME"),
        (("compare", "run-1", "run-2", "--baseline", "main"), "give two runs, or one run and --baseline NAME"),
        (("compare", "run-1", "--baseline", "main", "--history", "good"), "--baseline main: set one with"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_2(folders, tmp_path, words, complaint):
    (tmp_path / "damaged").write_bytes(b"SQLite format 3\0" + b"x" * 500)
    assert called("history", "add", folders[0], "--history", "good", cwd=tmp_path).returncode == 0
    done = called(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert complaint in done.stderr
