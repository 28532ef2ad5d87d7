"""The trial's process, seen from outside."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from josie_bench.bench import worker
from josie_bench.bench.job import Job, write_job
from josie_bench.bench.recording_file import load_recording
from josie_bench.bench.supervise import run_trial_apart
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.errors import EngineError
from josie_bench.runtime.weighed import Scales
from josie_bench.terms.beside import Beside
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.gpu_reserve import GpuReserve
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.recording import COLD_PHASES, ENGINES, LIBRARIES


@pytest.fixture
def start(make_case, store, tmp_path):
    started = []

    def begin(program=("-m", "josie_bench.bench.worker"), **changes):
        find_or_build(
            store,
            EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="null")),
        )
        file = write_job(Job(case=make_case(**changes), engines=store, folder=tmp_path))
        command = [sys.executable, *program, str(file)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_progress_is_json_and_the_outcome_lies_beside_the_job(start, tmp_path):
    worker = start(windows=10)
    lines = [json.loads(line) for line in worker.stdout]
    assert worker.wait(timeout=30) == 0
    assert all(line["of"] == 10 for line in lines)
    outcome = json.loads((tmp_path / "outcome.json").read_text())
    assert (outcome["status"], outcome["reason"]) == ("OK", None)
    assert load_recording(tmp_path / "recording.npz").measured().sum() == 10


def test_what_an_engine_s_library_takes_is_noted_where_its_component_was_loaded():
    told = SimpleNamespace(signature=None, step=dict, reset=dict, undo=dict, state=dict)
    told.library_bytes = lambda: {"tensorrt_scratch": 64}
    memory = []
    worker._note_loaded(memory, Scales(dict), None, "audio_decoder", told)
    assert {each.phase for each in memory} == {"loaded.audio_decoder"}
    assert {each.name: each.byte_count for each in memory}["tensorrt_scratch"] == 64


def test_the_start_is_told_from_when_the_process_was_asked_for(make_case, store, tmp_path):
    request = EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="null"))
    find_or_build(store, request)
    before = time.monotonic_ns()
    outcome = run_trial_apart(
        Job(case=make_case(windows=2, beside=Beside(cpu=1)), engines=store, folder=tmp_path / "t"), lambda _: 0
    )
    after = time.monotonic_ns()
    phases = outcome.recording.phases
    assert tuple(phase.name for phase in phases) == COLD_PHASES
    edges = [edge for phase in phases for edge in (phase.start_ns, phase.end_ns)]
    assert edges == sorted(edges)
    assert before <= edges[0] < edges[-1] <= after
    assert not any("select.select" in " ".join(child.cmdline()) for child in psutil.Process().children(recursive=True))


def test_reading_the_memory_is_in_no_phase_of_the_start(start, tmp_path):
    """A reading takes milliseconds, because shared pages are counted; here it takes half a second."""
    slow = (
        "import sys, time; from josie_bench.bench import worker; read = worker.memory_readings; "
        "worker.memory_readings = lambda *at: (time.sleep(0.5), read(*at))[1]; sys.exit(worker.main(sys.argv[1:]))"
    )
    assert start(program=("-c", slow), windows=2, scenario="compute").wait(timeout=60) == 0
    took = {phase.name: phase.end_ns - phase.start_ns for phase in load_recording(tmp_path / "recording.npz").phases}
    assert took[LIBRARIES] + took[ENGINES] < 450_000_000


class OutOfMemoryError(RuntimeError):
    """Named as torch's."""


LOADING = EngineError("m.onnx: it cannot be loaded")
LOADING.__cause__ = RuntimeError("Failed to allocate memory for requested buffer of size 400000000000")


@pytest.mark.parametrize(
    ("error", "whose"),
    [
        (MemoryError(), "the host's memory ran out: MemoryError"),
        (RuntimeError("DefaultCPUAllocator: can not allocate memory"), "the host's memory ran out: RuntimeError"),
        (OutOfMemoryError("Tried to allocate 2.00 GiB."), "a device's memory ran out: OutOfMemoryError"),
        (LOADING, "the host's memory ran out: RuntimeError: Failed to allocate memory"),
    ],
)
def test_a_trial_whose_library_runs_out_of_memory_is_oom(make_case, tmp_path, monkeypatch, error, whose):
    def run_out(*_):
        raise error

    monkeypatch.setattr(worker, "run_job", run_out)
    outcome = worker._outcome(Job(case=make_case(), engines=tmp_path, folder=tmp_path), 0)
    assert outcome["status"] == "OOM"
    assert outcome["reason"].startswith(whose)


def test_a_case_with_a_cap_is_held_before_and_watched_while_its_engines_are_loaded(make_case, tmp_path, monkeypatch):
    done = []

    @contextmanager
    def watched(folder):
        done.append("watched")
        yield
        done.append("let go")

    monkeypatch.setattr(worker, "watched", watched)
    monkeypatch.setattr(worker, "hold_to_cap", lambda case: done.append("held"))
    monkeypatch.setattr(worker, "find_or_build", lambda *_: (done.append("engines"), 1 // 0))
    for reserve in (GpuReserve(), GpuReserve(cap=2**30)):
        with pytest.raises(ZeroDivisionError):
            worker.run_job(Job(case=make_case(gpu_memory=reserve), engines=tmp_path, folder=tmp_path), 0)
    assert done == ["held", "engines", "watched", "held", "engines"]


def test_a_bug_in_a_trial_keeps_its_traceback(make_case, tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "run_job", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        worker._outcome(Job(case=make_case(), engines=tmp_path, folder=tmp_path), 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_what_it_measured(start, tmp_path, number):
    worker = start(windows=1000)
    for line in worker.stdout:
        if json.loads(line)["window"] >= 2:
            break
    time.sleep(0.05)
    worker.send_signal(number)
    assert worker.wait(timeout=20) == 0
    assert json.loads((tmp_path / "outcome.json").read_text())["status"] == "INTERRUPTED"
    assert 2 <= load_recording(tmp_path / "recording.npz").measured().sum() < 1000


def test_a_null_trial_never_loads_torch(start, tmp_path):
    """One backend a process: memory and thread pools of another would spoil the numbers."""
    worker = start(windows=30)
    for line in worker.stdout:
        if json.loads(line)["is_warm"]:
            break
    loaded = Path(f"/proc/{worker.pid}/maps").read_text()
    worker.terminate()
    worker.wait(timeout=20)
    assert "libtorch" not in loaded
    assert "onnxruntime" not in loaded
    assert "numpy" in loaded


def test_the_trial_checks_its_engines_itself(make_case, tmp_path):
    """Whoever started it has checked them too, but they may have changed since."""
    request = EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="null"))
    engines, _ = find_or_build(tmp_path / "store", request)
    file = write_job(Job(case=make_case(), engines=tmp_path / "store", folder=tmp_path))
    (engines["audio_encoder"].folder / "plugin.so").write_bytes(b"code")
    command = [sys.executable, "-m", "josie_bench.bench.worker", str(file)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, timeout=60)
    outcome = json.loads((tmp_path / "outcome.json").read_text())
    assert outcome["status"] == "ERROR"
    assert "plugin.so: its manifest names no such file" in outcome["reason"]
