"""A modality that another package brings by entry points: named in a suite, run, recorded, and heard by the model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.calling import PROGRAM, called_apart

GUESTS = Path(__file__).parents[1] / "guests"
ENTRY_POINTS = """
[josie_bench.model.components]
thermal_encoder = thermal_guest.thermal_encoder

[josie_bench.streams]
thermal = thermal_guest.thermal
"""
SUITE = """
schema: josie-bench/suite.v1
name: warm
defaults:
  {preset: tiny, window: 200 ms, windows: 6, warm_up: {windows: 2, duration: 0 s}, scenario: compute, backend: BACKEND}
cases:
  - name: warm
    modalities: [audio, thermal]
    stream: {thermal: heat.npy}
"""


@pytest.fixture
def python(tmp_path):
    """Return a function that runs Python where the guest is installed."""
    metadata = tmp_path / "site" / "thermal_guest-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: thermal-guest\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    paths = [metadata.parent, GUESTS, GUESTS.parents[1], os.environ.get("PYTHONPATH", "")]
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(map(str, paths))}

    def run_python(script, *words):
        command = [sys.executable, "-c", script, *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return run_python


@pytest.fixture
def run(python):
    """Return a function that runs josie-bench where the guest is installed."""
    return lambda *words: python(PROGRAM, *words)


def write_suite(folder, backend):
    np.save(folder / "heat.npy", np.random.default_rng(0).normal(20.0, 5.0, (30, 4, 4)))
    (folder / "warm.yaml").write_text(SUITE.replace("BACKEND", backend))


@pytest.mark.parametrize("backend", ["eager", pytest.param("onnxruntime", marks=pytest.mark.slow)])
def test_a_guest_is_run_recorded_and_heard(run, tmp_path, store, backend):
    if backend == "onnxruntime":
        pytest.importorskip("onnxruntime")
    write_suite(tmp_path, backend)
    done = run("run", "warm.yaml", "--engines", str(store), "--output", "out", "--quiet")
    assert done.returncode == 0, done.stderr
    (result,) = (tmp_path / "out" / "warm").glob("*/result.json")
    data = json.loads(result.read_text())
    (case,) = data["cases"]
    assert case["status"] == "OK"
    assert "thermal_encoder" in {row["span"] for row in case["waterfall"]}
    assert "thermal_encoder" in {engine["component"] for engine in case["engines"]}
    assert "thermal" in {file["modality"] for file in data["datasets"]}


def test_what_the_camera_sees_changes_what_the_model_says(python):
    """Through the same step and the same temporal transformer, told apart by nothing but the heat."""
    script = """
import numpy as np
from josie_bench.model.presets import find_sizes
from josie_bench.plugins import find_member
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.window import Window
from tests.runtime.conversing import make_step, sound

sizes = find_sizes(ModelChoice(preset="tiny", guests=("thermal",)))
prepare = {"thermal": find_member("model.components", "thermal_encoder").prepare}

def say(heat):
    step, parts = make_step(sizes, prepare=prepare)
    guests = {} if heat is None else {"thermal": heat}
    windows = [Window(index=k, frame_count=6, audio=sound(6, k), guests=guests) for k in range(3)]
    codes = np.concatenate([step(window).codes for window in windows], axis=2)
    return codes, parts["thermal_encoder"].calls

cold, warm, again = say(np.zeros((4, 4))), say(np.full((4, 4), 30.0)), say(np.zeros((4, 4)))
print(np.array_equal(cold[0], again[0]), np.array_equal(cold[0], warm[0]), cold[1], say(None)[1])
"""
    done = python(script)
    assert done.stdout.split() == ["True", "False", "3", "0"], done.stderr


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("thermal: heat.npy", "thermal: gone.npy"), "stream.thermal: "),
        (("stream: {thermal: heat.npy}", "stream: {}"), "modality thermal has no source: set stream.thermal"),
        (("thermal: heat.npy", "thermel: heat.npy"), "did you mean 'thermal'"),
        (("[audio, thermal]", "[audio, thermol]"), "did you mean 'thermal'"),
    ],
)
def test_a_wrong_guest_is_one_line(run, tmp_path, change, complaint):
    write_suite(tmp_path, "eager")
    file = tmp_path / "warm.yaml"
    file.write_text(file.read_text().replace(*change))
    done = run("check", "warm.yaml")
    assert done.returncode == 2
    assert complaint in done.stderr
    assert done.stderr.startswith("error: ")
    assert "warm.yaml:" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_without_the_package_the_modality_is_not_known(tmp_path):
    write_suite(tmp_path, "eager")
    done = called_apart("check", "warm.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "unknown" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
