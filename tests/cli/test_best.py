"""`josie-bench best` in real processes: both stages, what lands on disk, and how it is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import jsonschema
import pytest

from josie_bench.reports.result import json_schema
from tests.cli.calling import called_apart as call
from tests.cli.calling import command_of

# Each case is slow at what the other does not compute at all, so the mix of both is surely quicker than either.
SUITE = """
schema: josie-bench/suite.v1
name: choose
defaults:
  {preset: tiny, window: 100 ms, scenario: compute, rounds: 6, windows: 12, warm_up: {windows: 1, duration: 0 ms}}
cases:
  - {name: a, backend: "null", components: {audio_encoder: eager}}
  - {name: b, backend: "null", components: {audio_decoder: eager}}
"""


@pytest.fixture
def suite(tmp_path):
    file = tmp_path / "choose.yaml"
    file.write_text(SUITE)
    return file


@pytest.mark.slow  # 24 processes
def test_the_mix_of_the_quickest_components_is_found_measured_again_and_printed(suite, store, tmp_path):
    done = call("best", suite, "--engines", store, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert 'backend: "null"\nprecision: fp32\n\n' in done.stdout
    assert "→ the mix: its bound is the lesser" in done.stdout
    assert "the mix is quicker" in done.stdout
    assert "warning" not in done.stdout
    folder = tmp_path / done.stdout.strip().splitlines()[-1]
    result = json.loads((folder / "result.json").read_text())
    jsonschema.validate(result, json_schema())
    cases = {case["id"]: case for case in result["cases"]}
    assert len(cases) == 4
    assert "final/null-fp32/w100" in cases
    assert sum(name.startswith("final/null-fp32/w100/components.audio_") for name in cases) == 1
    assert all(case["status"] == "OK" and len(case["rounds"]) == 6 for case in cases.values())
    assert [len(compared["cases"]) for compared in result["comparisons"]] == [1, 1]
    assert (folder / "report.html").is_file()
    assert {path.suffix for path in (folder / "trials").iterdir()} == {".npz"}
    check = call("check", folder / "suite.lock.yaml", cwd=tmp_path)
    assert "ok: 4 cases" in check.stdout
    plan = call("plan", folder / "suite.lock.yaml", "--case", "final/null-fp32/w100", cwd=tmp_path)
    assert "6 × 12" in plan.stdout


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--set", "rounds=5"), "5 rounds cannot tell engines apart: add --set rounds=6"),
        (("--set", "cases.a.threads=2"), "differ in threads"),
        (("--set", "scenario=realtime", "--set", "rounds=1"), "cases of scenario compute: 0"),
        (("--set", "rouns=6"), "did you mean 'rounds'"),
    ],
)
def test_what_cannot_be_chosen_among_is_exit_2_in_one_line(suite, tmp_path, words, complaint):
    done = call("best", suite, *words, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
    assert complaint in done.stderr
    assert not (tmp_path / "reports").exists()


def test_a_mistyped_suite_names_the_near_one(tmp_path):
    done = call("best", "backend", cwd=tmp_path)
    assert done.returncode == 2
    assert "did you mean 'backends'" in done.stderr


def test_where_nothing_can_be_measured_the_exit_is_3_and_the_reason_told(suite, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\nreal = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'onnxruntime' else real(name, *more)\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    words = ("--set", "backend=onnxruntime")
    done = call("best", suite, *words, "--engines", "e", cwd=tmp_path, env=os.environ | {"PYTHONPATH": path})
    assert done.returncode == 3
    assert "SKIPPED: onnxruntime is not installed" in done.stdout
    assert "backend:" not in done.stdout


@pytest.mark.slow  # twelve processes; an interrupt of a run has quicker tests
def test_an_interrupt_writes_what_there_is_and_chooses_nothing(suite, store, tmp_path):
    command = command_of("best", suite, "--engines", store)
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert running.stdout is not None
        for line in running.stderr:
            if "round 2 of 6: OK" in line:
                break
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=60)
        assert running.returncode == 130
    result = json.loads((tmp_path / said.strip().splitlines()[-1] / "result.json").read_text())
    assert result["run"]["status"] == "INTERRUPTED"
    assert {case["status"] for case in result["cases"]} == {"INTERRUPTED"}
    assert min(len(case["rounds"]) for case in result["cases"]) >= 1
    assert "backend:" not in said


@pytest.mark.slow  # 12 processes, 24 where the mix is quicker
def test_a_choice_that_was_cut_off_is_gone_on_with_and_nothing_measured_twice(suite, store, tmp_path):
    command = command_of("best", suite, "--set", "windows=400", "--engines", store)
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if "round 3 of 6: OK" in line:
                break
        running.kill()
    (folder,) = (tmp_path / "reports" / "choose").glob("*")

    def trials():
        records = [json.loads(line)["record"] for line in (folder / "journal.jsonl").read_text().splitlines()]
        return [(record["case"], record["round"], record["started"]) for record in records if record["kind"] == "trial"]

    before = trials()
    assert 5 <= len(before) < 12
    wrong = call("run", "--resume", folder, cwd=tmp_path)
    assert (wrong.returncode, "josie-bench best --resume" in wrong.stderr) == (2, True)
    done = call("best", "--resume", folder, "--engines", store, cwd=tmp_path)
    assert done.returncode == 0, done.stderr + done.stdout
    after = trials()
    assert after[: len(before)] == before
    assert len(after) == len({trial[:2] for trial in after})
    cases = json.loads((folder / "result.json").read_text())["cases"]
    assert [len(case["rounds"]) for case in cases] == [6] * len(cases)
    again = call("best", "--resume", folder, "--engines", store, cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, done.stdout)
    assert trials() == after
