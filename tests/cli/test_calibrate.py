"""`josie-bench calibrate` in real processes, and what a comparison does with it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.cli.calling import called

CALL = "import sys; from josie_bench.cli import main; sys.argv = ['josie-bench', *sys.argv[1:]]; main()"
SUITE = """
schema: josie-bench/suite.v1
name: quick
defaults:
  {preset: tiny, window: 100 ms, windows: 8, scenario: compute, backend: "null", warm_up: {windows: 1, duration: 0 ms}}
cases:
  - {name: one}
"""


def call(*words, cwd):
    command = [sys.executable, "-c", CALL, *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=280, check=False)


@pytest.mark.slow  # 26 processes
def test_what_is_kept_gives_a_comparison_of_single_runs_its_margins(store, tmp_path):
    (tmp_path / "quick.yaml").write_text(SUITE)
    done = call("calibrate", "quick.yaml", "--engines", store, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (file,) = (tmp_path / "reports" / "calibration").iterdir()
    kept = json.loads(file.read_text())
    assert (kept["runs"], kept["case"]) == (24, "one/null-fp32/w100")
    floors = {floor["metric"]: floor for floor in kept["metrics"]}
    assert floors["compute_time.p50"]["margin"] >= max(0.01, floors["compute_time.p50"]["floor"])
    runs = [call("run", "quick.yaml", "--quiet", "--engines", store, cwd=tmp_path) for _ in range(2)]
    folders = [run.stdout.strip() for run in runs]
    found = call("compare", *folders, "--gate", "compute_time.p50", "--output", "out", cwd=tmp_path)
    assert "margins from the noise floor of" in found.stdout
    (case,) = json.loads((tmp_path / "out" / "comparison.json").read_text())["cases"]
    (gated,) = [metric for metric in case["metrics"] if metric["is_gated"]]
    assert gated["n"] == 1
    assert gated["interval"]["method"].startswith("spread of runs from the noise floor")
    assert gated["margin"]["source"].startswith("noise floor of")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("quick.yaml", "--runs", "8"), "--runs"),
        (("quick.yaml", "--case", "two"), "unknown case 'two'"),
        (("quick.yaml", "--set", "backend=simulated"), "nothing is measured in virtual time"),
        (("quick.yaml", "--store", "quick.yaml"), "quick.yaml is a file: name the folder"),
        (("quick.yaml", "--store", "quick.yaml/in"), "a part of its path is a file"),
        (("quick.yaml", "--store", "stored"), "is no josie-bench/noise-floor"),
    ],
)
def test_what_cannot_be_calibrated_is_refused_before_anything_runs(tmp_path, words, complaint):
    (tmp_path / "quick.yaml").write_text(SUITE)
    (tmp_path / "stored").mkdir()
    (tmp_path / "stored" / "x.json").write_text("{}")
    done = called("calibrate", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n") == 1 or "--runs" in words) == (2, "", True)
    assert complaint in done.stderr
    assert not (tmp_path / "reports").exists()
