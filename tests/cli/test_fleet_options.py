"""`run --fleet` as a person calls it: what is asked for, what is refused, and going on."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from types import SimpleNamespace

import pytest

from josie_bench.bench.journal import Journal
from josie_bench.bench.plan import Progress
from josie_bench.bench.resume import OpenRun
from josie_bench.bench.run import run_cases
from josie_bench.bench.run_state import new_run
from josie_bench.cli.fleet_options import check_fleet, runner_of, sharing_out
from josie_bench.cli.measuring import Work
from josie_bench.cli.progress import LiveProgress
from josie_bench.errors import UsageError
from josie_bench.fleet import run as run_module
from josie_bench.terms.fleet_order import FleetOrder
from tests.cli.calling import called

SUITE = """\
schema: josie-bench/suite.v1
name: laws
defaults: {preset: tiny, backend: simulated, windows: 60, warm_up: {windows: 1, duration: 0 ms}}
cases:
  - {name: one}
  - {name: two, scenario: compute}
"""


def work_of(tmp_path, fleet=None, asked=()):
    run = OpenRun(state=new_run("s", "0"), path=tmp_path, journal=Journal(), command="run", asked=dict(asked))
    return Work(run=run, suite=SimpleNamespace(fleet=fleet), cases=(), order=None)


def asked_of(work):
    return work.run.asked.get("fleet")


def test_without_a_fleet_this_process_runs_all(tmp_path):
    work = sharing_out(work_of(tmp_path), None, None)
    assert asked_of(work) is None
    assert runner_of(work) is run_cases


def test_the_command_line_wins_over_the_suite_and_keeps_what_it_does_not_say(tmp_path):
    suite = FleetOrder(where="auto", cores=8, attempts=5)
    assert asked_of(sharing_out(work_of(tmp_path, suite), None, None)) == ["auto", "", "8", "5"]
    assert asked_of(sharing_out(work_of(tmp_path, suite), "local:3", None)) == ["local", "3", "8", "5"]
    assert asked_of(sharing_out(work_of(tmp_path, suite), None, 2)) == ["auto", "", "2", "5"]


def test_a_run_goes_on_with_the_fleet_that_it_was_begun_with_unless_another_is_asked_for(tmp_path):
    begun = {"fleet": ["local", "2", "1", "3"]}
    assert asked_of(sharing_out(work_of(tmp_path, asked=begun), None, None)) == begun["fleet"]
    assert asked_of(sharing_out(work_of(tmp_path, asked=begun), "auto", None)) == ["auto", "", "1", "3"]


def test_cores_without_a_fleet_are_refused(tmp_path):
    with pytest.raises(UsageError, match="give --fleet too"):
        sharing_out(work_of(tmp_path), None, 2)


@pytest.mark.parametrize("text", ["", "lokal", "local:0", "ray://nowhere"])
def test_what_is_no_fleet_is_refused_before_anything_is_written(text, tmp_path):
    done = called("run", "smoke", "--fleet", text, cwd=tmp_path)
    assert done.returncode == 2
    assert f"error: --fleet {text!r} is no fleet: write local:2, ray://host:10001 or auto" in done.stderr
    assert list(tmp_path.iterdir()) == []
    check_fleet(None)


def test_a_suite_with_a_fleet_that_is_none_is_refused_with_its_line(tmp_path):
    (tmp_path / "laws.yaml").write_text(SUITE.replace("cases:", "fleet: {where: lokal}\ncases:"), encoding="utf-8")
    done = called("run", "laws.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: laws.yaml:4: ")
    assert "is no fleet" in done.stderr


def test_more_workers_than_cores_skip_every_case_with_the_number_that_fits(tmp_path):
    (tmp_path / "laws.yaml").write_text(SUITE, encoding="utf-8")
    cores = len(os.sched_getaffinity(0))
    done = called("run", "laws.yaml", "--fleet", f"local:{cores + 1}", "--quiet", cwd=tmp_path)
    assert done.returncode == 3
    (file,) = tmp_path.glob("reports/laws/*/result.json")
    reasons = {case["reason"] for case in json.loads(file.read_text(encoding="utf-8"))["cases"]}
    assert reasons == {f"{cores + 1} workers and {cores} cores: --fleet local:{cores}"}


def test_a_run_over_processes_has_each_case_s_worker_and_is_complete(tmp_path):
    (tmp_path / "laws.yaml").write_text(SUITE, encoding="utf-8")
    done = called("run", "laws.yaml", "--fleet", "local:1", "--quiet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (folder,) = tmp_path.glob("reports/laws/*")
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert {(case["status"], case["host"], case["worker"]) for case in result["cases"]} == {("OK", "host1", "worker1")}
    again = called("run", "--resume", folder, cwd=tmp_path)
    assert (again.returncode, "complete" in again.stdout) == (0, True)
    assert called("result", "verify", folder, cwd=tmp_path).returncode == 0
    matrix = called("matrix", folder, folder, "--output", tmp_path / "matrix", cwd=tmp_path)
    assert matrix.returncode == 0
    assert "×1.00" in (tmp_path / "matrix" / "matrix.md").read_text(encoding="utf-8")
    assert called("matrix", folder, cwd=tmp_path).returncode == 2


def test_what_a_scheduler_prints_is_not_among_the_lines_of_the_run(tmp_path, monkeypatch, capsys):
    def chatty(state, cases, plan, fleet_plan):
        print("(raylet) A worker died")  # noqa: T201  as Ray does
        progress(Progress(case=0, cases=1, id="one", stage="done"))

    monkeypatch.setattr(run_module, "run_on_fleet", chatty)
    progress = LiveProgress(is_shown=False, as_json=True)
    work = replace(sharing_out(work_of(tmp_path), "local:1", None), order=SimpleNamespace(output=tmp_path))
    runner_of(work)(None, (), None)
    out, err = capsys.readouterr()
    assert json.loads(out)["id"] == "one"
    assert err == "(raylet) A worker died\n"
