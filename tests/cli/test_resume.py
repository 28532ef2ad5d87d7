"""Runs that are killed, stopped or out of space, and gone on with: nothing is lost, nothing is measured twice."""

from __future__ import annotations

import base64
import hashlib
import json
import signal
import subprocess
import sys
from collections import Counter
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from josie_bench.bench.journal import FILE
from tests.cli.cutting_off import ROOT, call, command, limited, records_of, trials_of, wait_for

SUITE = """
schema: josie-bench/suite.v1
name: killed
defaults:
  preset: tiny
  window: 50 ms
  windows: 4
  backend: "null"
  scenario: compute
  modalities: [text]
  stream: {text: some words to type}
  warm_up: {windows: 1, duration: 0 ms, cap: 5 s}
cases:
  - {name: one}
  - {name: a, rounds: 2}
"""
MIXED = SUITE + "  - {name: b, rounds: 2}\n"


@pytest.fixture
def suite(tmp_path):
    def write(text=SUITE):
        (tmp_path / "killed.yaml").write_text(text)
        return tmp_path / "killed.yaml"

    return write


def result_of(folder):
    return json.loads((folder / "result.json").read_text())


def check_whole(folder, names="a"):
    """Check that a run which was gone on with is complete, and that its result is what its journal says."""
    plan = {("one/null-fp32/w50", 0), *((f"{name}/null-fp32/w50", index) for name in names for index in (0, 1))}
    result = result_of(folder)
    assert result["run"]["status"] == "OK"
    assert {(case["id"], index) for case in result["cases"] for index in range(max(len(case["rounds"]), 1))} == plan
    assert Counter((record["case"], record["round"]) for record in trials_of(folder)) == dict.fromkeys(plan, 1)
    finished = {record["case"]: record["result"] for record in records_of(folder) if record["kind"] == "case"}
    windows = pd.read_parquet(folder / "windows.parquet")
    for case in result["cases"]:
        assert hashlib.sha256(json.dumps(case, sort_keys=True).encode()).hexdigest() == finished[case["id"]]
    for record in trials_of(folder):
        case = next(case for case in result["cases"] if case["id"] == record["case"])
        if case["rounds"]:
            assert case["rounds"][record["round"]]["started"] == record["started"]
        rows = windows[(windows["case"] == record["case"]) & (windows["round"] == record["round"])]
        with np.load(folder / "trials" / record["recording"]["file"]) as recording:
            assert rows["started_ns"].tolist() == recording["started_ns"].tolist()
            assert rows["finished_ns"].tolist() == recording["finished_ns"].tolist()
    return result


def begin(suite, store, tmp_path, *more):
    """Begin a run and return its process."""
    words = ("run", suite, "--engines", store, "--output", "out", "--quiet", *more)
    return subprocess.Popen(
        command(*words), cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def begin_again(folder, store, tmp_path):
    """Go on with a run and return its process."""
    words = ("run", "--resume", folder, "--engines", store, "--quiet")
    return subprocess.Popen(command(*words), cwd=tmp_path, stdout=subprocess.DEVNULL)


def folder_with(trials, process, tmp_path):
    """Return the run's folder as soon as so many of its trials have ended."""

    def found():
        folder = next((tmp_path / "out" / "killed").glob("*"), None)
        has_journal = folder is not None and (folder / FILE).is_file()
        return folder if has_journal and len(trials_of(folder)) >= trials else None

    return wait_for(found, process)


def test_a_run_that_is_killed_twice_is_whole_in_the_end(suite, store, tmp_path):
    file = suite()
    running = begin(file, store, tmp_path)
    folder = None
    noted = []
    for count in (1, 3):
        folder = wait_for(lambda: next((tmp_path / "out" / "killed").glob("*"), None), running)
        wait_for(
            lambda folder=folder, count=count: (folder / FILE).is_file() and len(trials_of(folder)) >= count, running
        )
        started = psutil.Process(running.pid).children(recursive=True)
        running.kill()
        running.wait()
        assert psutil.wait_procs(started, timeout=20)[1] == []  # neither trial nor anything else stays
        lines = (folder / FILE).read_bytes()
        noted.append(lines[: lines.rfind(b"\n") + 1])
        with (folder / FILE).open("ab") as journal:
            journal.write(b'{"record": {"kind": "trial", "case": "torn')
        running = begin_again(folder, store, tmp_path)
    assert running.wait(timeout=120) == 0
    for lines in noted:
        assert (folder / FILE).read_bytes().startswith(lines)
    result = check_whole(folder)
    assert result["run"]["id"] == folder.name
    assert len(result["run"]["resumed"]) == 2


JUDGED = """
schema: josie-bench/suite.v1
name: killed
defaults: {preset: tiny, backend: eager, modalities: [audio, vision], turn_taking: model}
cases: [{name: skew, scenario: quality, tasks: [alignment], items: 5}]
"""


def test_no_item_is_answered_twice_where_a_judged_run_is_killed(suite, store, tmp_path):
    file = suite(JUDGED)
    whole = call("run", file, "--engines", store, "--output", "whole", "--quiet", cwd=tmp_path)
    assert whole.returncode == 0, whole.stderr
    running = begin(file, store, tmp_path)
    kept = wait_for(lambda: sorted((tmp_path / "out" / "killed").glob("*/trials/items-*/*.npz"))[1:], running)
    running.kill()
    running.wait()
    folder = kept[0].parents[2]
    written = {path: path.stat().st_ino for path in kept[0].parent.glob("*.npz")}
    assert 2 <= len(written) < 5
    again = begin_again(folder, store, tmp_path)
    wait_for(lambda: len(list(kept[0].parent.glob("*.npz"))) > len(written), again)
    assert {path: path.stat().st_ino for path in written} == written
    assert again.wait(timeout=120) == 0
    assert [path.name for path in (folder / "trials").iterdir()] == ["0000.npz"]
    assert (folder / "items.jsonl").read_text() == (tmp_path / whole.stdout.strip() / "items.jsonl").read_text()
    metrics, same = (result_of(path)["cases"][0]["metrics"] for path in (folder, tmp_path / whole.stdout.strip()))
    assert {key: score for key, score in metrics.items() if key.startswith("alignment")}
    assert metrics.keys() == same.keys()
    assert [key for key in metrics if metrics[key] != same[key] and not key.startswith("memory")] == []


@pytest.mark.slow  # eight runs
def test_a_complete_run_is_left_as_it_is_and_changed_cases_alone_run_anew(suite, store, tmp_path):
    done = call("run", suite(), "--engines", store, "--output", "out", "--quiet", cwd=tmp_path)
    folder = tmp_path / done.stdout.strip().splitlines()[-1]
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = call("run", "--resume", folder, "--engines", store, cwd=tmp_path)
    assert (again.returncode, "complete: there is nothing to go on with" in again.stdout) == (0, True)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    old = result_of(folder)["cases"]
    (folder / "notes.txt").write_text("mine")  # what somebody adds is nothing to do
    assert "complete" in call("run", "--resume", folder, "--engines", store, cwd=tmp_path).stdout
    (folder / "result.json").write_text("{")
    mended = call("run", "--resume", folder, "--engines", store, "--quiet", cwd=tmp_path)
    assert (mended.returncode, result_of(folder)["cases"]) == (0, old), mended.stderr
    budget = "{name: a, rounds: 2, budgets: [{assert: compute_time.p50 < 0.000001 ms, severity: gate}]}"
    text = SUITE.replace("{name: one}", "{name: one, windows: 5}").replace("{name: a, rounds: 2}", budget)
    changed = call("run", suite(text), "--resume", folder, "--engines", store, "--quiet", cwd=tmp_path)
    assert changed.returncode == 1, changed.stderr  # the new gate is broken, by what was measured before
    new = result_of(folder)["cases"]
    assert new[0]["windows_measured"] == 5
    assert (new[1]["metrics"], new[1]["rounds"]) == (old[1]["metrics"], old[1]["rounds"])
    assert [verdict["result"] for verdict in new[1]["budgets"]] == ["fail"]
    assert Counter(record["case"][0] for record in trials_of(folder)) == {"o": 2, "a": 2}


@pytest.mark.slow
def test_only_one_process_is_at_work_in_a_folder(suite, store, tmp_path):
    running = begin(suite(SUITE.replace("windows: 4", "windows: 1000000")), store, tmp_path)
    try:
        folder = folder_with(0, running, tmp_path)
        wait_for((folder / "trials" / "0000" / "job.json").is_file, running)
        done = call("run", "--resume", folder, "--engines", store, cwd=tmp_path)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "another josie-bench is at work in it" in done.stderr
    finally:
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=60) == 130


@pytest.mark.parametrize(
    ("where", "lost", "kept"),
    [
        ("josie_bench.bench.worker", "0000/recording.npz", 0),
        pytest.param("--resume", FILE, 1, marks=pytest.mark.slow),
    ],
    ids=["in a trial", "in the journal"],
)
def test_a_full_disk_is_one_line_and_the_run_goes_on_once_there_is_space(suite, store, tmp_path, where, lost, kept):
    file = suite()
    if kept:
        running = begin(file, store, tmp_path)
        folder = folder_with(kept, running, tmp_path)
        running.kill()
        running.wait()
        words = ("run", "--resume", folder)
    else:
        words = ("run", file, "--output", "out")
    full = call(*words, "--engines", store, cwd=tmp_path, env=limited(tmp_path, where))
    (folder,) = (tmp_path / "out" / "killed").glob("*")
    assert (full.returncode, full.stderr.count("error:")) == (2, 1)
    last = full.stderr.strip().splitlines()[-1]
    assert last.startswith("error: cannot write ")
    assert lost in last
    assert "a file may not become so large here" in last
    assert "then go on with: josie-bench run --resume" in last
    assert len(trials_of(folder)) >= kept
    done = call("run", "--resume", folder, "--engines", store, "--quiet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    check_whole(folder)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "Missing argument 'SUITE'"),
        (("--resume", "nowhere"), "nowhere: no journal.jsonl in it"),
        (("--resume", "nowhere", "--case", "one"), "--set and --case choose from a SUITE"),
    ],
)
def test_what_cannot_be_gone_on_with_is_exit_2(tmp_path, words, complaint):
    done = call("run", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow  # fifty runs
@pytest.mark.timeout(900)
def test_fifty_kills_at_random_points_lose_nothing(suite, tmp_path):
    words = (suite(MIXED), tmp_path / "engines", tmp_path / "out", 50, 20261125, "run")
    program = [sys.executable, "-m", "tests.cli.killing", *map(str, words)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False, timeout=880)
    assert done.returncode == 0, done.stderr
    noted = json.loads((tmp_path / "out" / "noted.json").read_text())
    assert len(noted) == 50
    assert {note["torn"] > 0 for note in noted if "torn" in note} == {True, False}
    began = [note for note in noted if note.get("journal")]
    assert sum(bool(note["recordings"]) for note in began) >= 15
    for folder in {Path(note["folder"]) for note in began}:
        check_whole(folder, "ab")
    for note in began:
        folder = Path(note["folder"])
        assert (folder / FILE).read_text().startswith(note["journal"])
        for file, content in note["recordings"].items():
            assert (folder / "trials" / file).read_bytes() == base64.b64decode(content)
            np.load(BytesIO(base64.b64decode(content))).close()
