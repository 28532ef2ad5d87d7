"""Real builders side by side, killed in the middle, and out of space: a store is never worse than incomplete."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from josie_bench.engines.inventory import take_inventory
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.engines.sweep import plan_sweep, remove
from josie_bench.errors import EngineError
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice

JOB = {
    "model": {"preset": "tiny"},
    "engines": {"backend": "onnxruntime", "precision": "fp32", "apart": []},
    "components": ["depth_transformer"],
}
# A builder whose backend says that it is at work, and takes its time.
SLOW = """
import pathlib, sys, time
from josie_bench.backends import null
from josie_bench.engines import build
def slow(job):
    (job.folder / "engine.bin").write_bytes(b"half")
    with open(sys.argv[2], "a") as log:
        log.write("built\\n")
    time.sleep(float(sys.argv[3]))
    (job.folder / "engine.bin").write_bytes(b"whole")
null.build = slow
sys.exit(build.main(sys.argv[1:2]))
"""
NULL_JOB = JOB | {"engines": {"backend": "null", "precision": "fp32", "apart": []}}


def slow_builder(root, log, seconds):
    words = [json.dumps(NULL_JOB | {"root": str(root)}), str(log), str(seconds)]
    return subprocess.Popen([sys.executable, "-c", SLOW, *words], stdout=subprocess.PIPE, text=True)


def wait_for(condition):
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, "never happened"
        time.sleep(0.02)


def states(root):
    return [entry.state for entry in take_inventory(root, is_thorough=True).engines]


def test_builders_of_one_engine_do_the_work_once(tmp_path):
    log, root = tmp_path / "log", tmp_path / "store"
    builders = [slow_builder(root, log, 2.0) for _ in range(3)]
    said = [builder.communicate(timeout=120)[0] for builder in builders]
    assert [builder.returncode for builder in builders] == [0, 0, 0]
    assert log.read_text() == "built\n"
    assert sum("waiting for another builder of depth_transformer" in text for text in said) >= 1
    assert states(root) == ["ok"]
    assert sorted(path.name.split("-")[0] for path in root.iterdir()) == ["depth_transformer", "store.key"]


def test_exports_and_engines_side_by_side_are_sound(tmp_path):
    pytest.importorskip("onnxruntime")
    command = [sys.executable, "-m", "josie_bench.engines.build"]
    jobs = [
        JOB | {"root": str(tmp_path), "engines": JOB["engines"] | {"precision": precision}}
        for precision in ("fp32", "int8", "fp32")
    ]
    builders = [subprocess.Popen([*command, json.dumps(job)], stdout=subprocess.DEVNULL) for job in jobs]
    assert [builder.wait(timeout=240) for builder in builders] == [0, 0, 0]
    assert states(tmp_path) == ["ok"] * 3  # two engines and their one graph
    assert len(list(tmp_path.iterdir())) == 4


def test_a_builder_killed_in_the_middle_leaves_no_engine_and_holds_nobody_up(tmp_path):
    log, root = tmp_path / "log", tmp_path / "store"
    with slow_builder(root, log, 60.0) as builder:
        wait_for(log.exists)
        half = next(root.glob(".building-*"))
        later = datetime.now(UTC) + timedelta(hours=2)
        assert plan_sweep(take_inventory(root, is_thorough=True), later) == (), "it is at work"
        builder.kill()
        builder.wait()
    inventory = take_inventory(root, is_thorough=True)
    assert inventory.engines == ()
    assert half in inventory.leftovers
    with slow_builder(root, log, 0.0) as builder:
        assert builder.wait(timeout=60) == 0
    assert states(root) == ["ok"]
    removals = plan_sweep(take_inventory(root, is_thorough=True), later)
    assert [removal.path for removal in removals] == [half]
    remove(removals[0])
    assert states(root) == ["ok"]
    assert len(list(root.iterdir())) == 2


def test_a_builder_asked_to_leave_takes_its_half_with_it(tmp_path):
    log, root = tmp_path / "log", tmp_path / "store"
    with slow_builder(root, log, 60.0) as builder:
        wait_for(log.exists)
        builder.send_signal(signal.SIGTERM)
        assert builder.wait(timeout=30) == 128 + signal.SIGTERM
    assert list(root.iterdir()) == []


def test_a_builder_killed_for_its_memory_is_said_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    (tmp_path / "torch.py").write_text("import os\nos.kill(os.getpid(), 9)\n")
    request = EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="null"))
    with pytest.raises(EngineError, match=r"null fp32 engine not built: .*killed \(signal 9\), perhaps out of memory"):
        find_or_build(tmp_path / "store", request)


def test_a_full_disk_leaves_nothing_and_names_the_place(tmp_path):
    """A limit on the size of files fails in the middle of a write, as a full disk does."""
    pytest.importorskip("onnxruntime")
    command = [sys.executable, "-m", "josie_bench.engines.build", json.dumps(JOB | {"root": str(tmp_path)})]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )
    assert done.returncode == 2, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert str(tmp_path) in last
    assert "cannot write the engine: File too large" in last
    assert list(tmp_path.iterdir()) == []
