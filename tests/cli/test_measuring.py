"""Comparisons and calibrations that are cut off and gone on with, as runs are, and what they say of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from josie_bench.bench.journal import FILE
from josie_bench.bench.resume import LOCK, begin_run
from josie_bench.bench.run_state import new_run
from josie_bench.cli.choices import read_cases
from josie_bench.errors import UnavailableError
from josie_bench.evidence.manifest import MANIFEST, differences
from josie_bench.plugins import find_member
from josie_bench.suites.lock_file import lock, write_lock
from tests.cli.calling import called
from tests.cli.cutting_off import ROOT, call, command, limited, records_of, trials_of, wait_for

# In virtual time every trial gives the same numbers whenever it is run.
SUITE = """
schema: josie-bench/suite.v1
name: cut
defaults:
  preset: tiny
  backend: simulated
  window: 300 ms
  windows: 400
  scenario: compute
  warm_up: {windows: 1, duration: 0 ms}
  simulated: {median: 180 ms, sigma: 0.08, run_sigma: 0.01}
cases:
  - {name: one}
"""
REAL = SUITE.replace("simulated", '"null"', 1).replace("windows: 400", "windows: 4").replace("  simulated: {", "  #")
GATE = ("--gate", "compute_time.p50")
SIDES = ("--b", "simulated.sigma=0.3", "--blocks", "2", *GATE)
ONE = "one/simulated-fp32/w300"


@pytest.fixture
def suite(tmp_path):
    (tmp_path / "cut.yaml").write_text(SUITE)
    return "cut.yaml"


@pytest.fixture
def cut_off(suite, tmp_path):
    """Return the folder of a comparison that was ended by a signal while its second trial ran."""

    def cut(number=signal.SIGKILL):
        words = command("compare", "run", suite, *SIDES, "--output", "out")
        with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
            folder = wait_for(lambda: next((tmp_path / "out" / "cut").glob("*"), None), process)
            wait_for((folder / "trials" / "0001").is_dir, process)
            process.send_signal(number)
            _, said = process.communicate(timeout=60)
        return folder, process.returncode, said

    return cut


@pytest.fixture
def begun(tmp_path):
    """Return what leaves the folder of a run that some command began and that measured nothing."""

    def begin(name, cases=()):
        run = begin_run(new_run("cut", "0" * 64), tmp_path, name)
        run.start(cases)
        run.journal.close()
        return tmp_path

    return begin


def comparison_of(folder):
    return json.loads((folder / "comparison.json").read_text())


def measured_in(folder):
    return [(record["case"], record["round"], record["recording"]["sha256"]) for record in trials_of(folder)]


@pytest.mark.slow  # two comparisons of 16 processes
def test_a_comparison_that_was_killed_amid_a_round_comes_out_as_if_it_was_not(cut_off, suite, tmp_path):
    folder, code, _ = cut_off()
    assert (code, (folder / "comparison.json").exists()) == (-signal.SIGKILL, False)
    before = measured_in(folder)
    done = call("compare", "run", "--resume", folder, cwd=tmp_path)
    whole = call("compare", "run", suite, *SIDES, "--output", "whole", cwd=tmp_path)
    assert done.returncode == whole.returncode == 0, done.stderr
    found, expected = (comparison_of(path) for path in (folder, tmp_path / whole.stdout.splitlines()[-1]))
    assert (found["cases"], found["gates"]) == (expected["cases"], expected["gates"])
    assert found["cases"][0]["varied"] == [{"field": "simulated.sigma", "a": "0.08", "b": "0.3"}]
    assert measured_in(folder)[: len(before)] == before
    counted = Counter(trial[:2] for trial in measured_in(folder))
    assert counted == {(f"{side}/{ONE}", index): 1 for side in "AB" for index in (0, 1)}
    (resumed,) = json.loads((folder / "result.json").read_text())["run"]["resumed"]
    assert f"{folder.name} was gone on with at {resumed['started']}" in found["notes"]
    assert any("cut off between its sides in block 1" in note for note in found["notes"])
    assert differences(folder) == []
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = call("compare", "run", "--resume", folder, cwd=tmp_path)
    assert (again.returncode, "complete: there is nothing to go on with" in again.stdout) == (0, True)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == files


@pytest.mark.slow
def test_a_whole_comparison_hears_another_gate_and_another_side_without_measuring_the_rest(cut_off, suite, tmp_path):
    folder, *_ = cut_off()
    call("compare", "run", "--resume", folder, cwd=tmp_path)
    before = measured_in(folder)
    gated = call("compare", "run", "--resume", folder, "--gate", "compute_time.p99", cwd=tmp_path)
    assert gated.returncode in (0, 1), gated.stderr
    assert (measured_in(folder), comparison_of(folder)["gates"]) == (before, ["compute_time.p99"])
    unknown = call("compare", "run", "--resume", folder, "--gate", "compute_time.p98", cwd=tmp_path)
    assert (unknown.returncode, "did you mean 'compute_time.p9" in unknown.stderr) == (2, True)
    assert f"then go on with: josie-bench compare run --resume {folder}" in unknown.stderr
    sides = ("--b", "simulated.sigma=0.2", "--blocks", "2", *GATE)
    changed = call("compare", "run", suite, *sides, "--resume", folder, cwd=tmp_path)
    assert changed.returncode in (0, 1), changed.stderr
    assert Counter(trial[0] for trial in measured_in(folder)) == {f"A/{ONE}": 2, f"B/{ONE}": 4}
    comparison = comparison_of(folder)
    assert comparison["design"] == "stored"
    assert comparison["notes"][0].startswith("the runs were not interleaved")


def test_a_comparison_whose_reports_are_whole_and_whose_folder_is_not_sealed_is_sealed(cut_off, tmp_path):
    folder, *_ = cut_off()
    call("compare", "run", "--resume", folder, cwd=tmp_path)
    before = measured_in(folder)
    (folder / MANIFEST).unlink()
    assert call("compare", "run", "--resume", folder, cwd=tmp_path).returncode == 0
    assert (measured_in(folder), differences(folder)) == (before, [])


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_a_stopped_comparison_decides_nothing_and_says_how_to_go_on(cut_off, number):
    folder, code, said = cut_off(number)
    assert code == {signal.SIGINT: 130, signal.SIGTERM: 143}[number]
    assert said.splitlines()[-1] == f"go on with: josie-bench compare run --resume out/cut/{folder.name}"
    assert json.loads((folder / "result.json").read_text())["run"]["status"] == "INTERRUPTED"
    assert not (folder / "comparison.json").exists()


@pytest.mark.slow
def test_a_full_disk_says_how_to_go_on_with_a_comparison(cut_off, tmp_path):
    folder, *_ = cut_off()
    full = call("compare", "run", "--resume", folder, cwd=tmp_path, env=limited(tmp_path, "--resume"))
    assert (full.returncode, full.stderr.count("error:")) == (2, 1)
    assert f"then go on with: josie-bench compare run --resume {folder}" in full.stderr
    done = call("compare", "run", "--resume", folder, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("compare", "run"), "Missing argument 'SUITE'"),
        (("calibrate",), "Missing argument 'SUITE'"),
        (("compare", "run", "--resume", "nowhere"), "nowhere: no journal.jsonl in it"),
        (("calibrate", "--resume", "nowhere"), "nowhere: no journal.jsonl in it"),
        (
            ("compare", "run", "--resume", "nowhere", "--blocks", "8"),
            "--a, --b, --blocks, --set and --case choose from a SUITE",
        ),
        (("calibrate", "--resume", "nowhere", "--runs", "24"), "--set, --case and --runs choose from a SUITE"),
    ],
)
def test_what_cannot_be_gone_on_with_is_exit_2(tmp_path, words, complaint):
    done = called(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr


@pytest.mark.parametrize("name", ["run", "compare run", "calibrate"])
def test_the_folder_of_another_command_says_which_to_take(begun, tmp_path, name):
    folder = begun(name)
    for other in {"run", "compare run", "calibrate"} - {name}:
        done = called(*other.split(), "--resume", folder, cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert f"go on with it by: josie-bench {name} --resume {folder}" in done.stderr


def test_a_lock_that_lacks_what_the_run_began_with_is_refused(begun, tmp_path, suite):
    loaded, (case,) = read_cases(str(tmp_path / suite), ())
    folder = begun("calibrate", [case, replace(case, id=f"other/{case.id}")])
    write_lock(lock(loaded, (case,), folder), folder / LOCK)
    done = called("calibrate", "--resume", folder, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "suite.lock.yaml lacks cases that the run was begun with: give the SUITE too" in done.stderr


@pytest.mark.slow  # some hundred forked trials each
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("words", "kills", "trials"),
    [(("compare run", "--blocks", "2", "--b", "temperature=0.5"), 20, 4), (("calibrate",), 8, 24)],
    ids=["compare run", "calibrate"],
)
def test_kills_at_random_points_lose_nothing(tmp_path, words, kills, trials):
    file = tmp_path / "cut.yaml"
    file.write_text(REAL)
    more = map(str, (file, tmp_path / "engines", tmp_path / "out", kills, 7, *words))
    program = [sys.executable, "-m", "tests.cli.killing", *more]
    path = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(program, cwd=tmp_path, env=path, capture_output=True, text=True, check=False, timeout=880)
    assert done.returncode == 0, done.stderr
    noted = json.loads((tmp_path / "out" / "noted.json").read_text())
    began = [note for note in noted if note.get("journal")]
    assert began
    for folder in {Path(note["folder"]) for note in began}:
        counted = Counter((record["case"], record["round"]) for record in trials_of(folder))
        assert (len(counted), set(counted.values())) == (trials, {1})
        assert records_of(folder)[-1]["kind"] == "ended"
        assert differences(folder) == []
        assert (folder / "comparison.json").is_file() is words[0].startswith("compare")
    for note in began:
        assert (Path(note["folder"]) / FILE).read_text().startswith(note["journal"])


@pytest.mark.parametrize(
    ("stream", "words", "code"),
    [("stdout", ("--json-lines",), 0), ("stderr", (), 0), ("stdout", (), 141)],
    ids=["lines", "progress", "table"],
)
def test_a_reader_that_has_gone_ends_no_run(suite, tmp_path, stream, words, code):
    """What is measured is in files; where nothing but the table is lost its exit code says so."""
    reading, writing = os.pipe()
    os.close(reading)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | {stream: writing}
    words = command("run", suite, "--output", "out", *words)
    done = subprocess.run(words, cwd=tmp_path, text=True, timeout=120, check=False, **streams)
    os.close(writing)
    (folder,) = (tmp_path / "out" / "cut").iterdir()
    assert done.returncode == code, done.stderr
    assert (records_of(folder)[-1]["kind"], differences(folder)) == ("ended", [])
    assert json.loads((folder / "result.json").read_text())["cases"][0]["windows_measured"] == 400


def test_a_search_on_a_gpu_that_is_not_here_is_skipped_in_a_line_and_not_measured(tmp_path, monkeypatch):
    lacks = UnavailableError("no NVIDIA GPU here", mend="take another backend")
    monkeypatch.setattr(find_member("backends", "eager_cuda"), "unavailable", lambda: lacks)
    body = REAL.replace('"null"', "eager_cuda").replace("compute", "capacity").replace("windows: 4", "windows: 600")
    (tmp_path / "cut.yaml").write_text(body)
    done = called("run", "cut.yaml", cwd=tmp_path)
    said = [line for line in done.stdout.splitlines() if line.startswith("one/eager_cuda-fp32/w300: ")]
    assert (done.returncode, said) == (3, [f"one/eager_cuda-fp32/w300: SKIPPED: {lacks}"])
    assert "Traceback" not in done.stdout + done.stderr
