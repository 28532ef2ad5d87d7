"""The trial's own process: one backend in it, one case, then it is gone.

Runs as `python -m josie_bench.bench.worker JOB.json`. It writes `recording.npz` and `outcome.json` beside the job and
prints a line of JSON now and then between two windows. SIGTERM and SIGINT stop it between windows; what was measured
is written all the same.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from josie_bench.bench.busy import busy_beside
from josie_bench.bench.job import Job, read_job
from josie_bench.bench.media import load_media
from josie_bench.bench.parity import compare, recording_of, windows_run
from josie_bench.bench.recording_file import save_recording
from josie_bench.bench.telemetry import FILE, read_telemetry, watched
from josie_bench.bench.trial import Trial, TrialStopped
from josie_bench.engines.manifest import Manifest
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.errors import JosieBenchError
from josie_bench.model.presets import find_sizes
from josie_bench.model.sizes import ModelSizes
from josie_bench.plugins import find_member
from josie_bench.probes.latency import now_ns
from josie_bench.probes.memory import read_memory
from josie_bench.runtime.session import open_session
from josie_bench.terms.media import Media
from josie_bench.terms.recording import ENGINES, LIBRARIES, MEDIA, PROCESS, MemoryReading, Phase
from josie_bench.terms.timebase import ns_from_s

PROGRESS_NS = ns_from_s(0.5)


class Phases:
    """The stretches of a trial's start, one after the other.

    Args:
        spawned_ns: when the process was asked for; 0 where nobody asked.
        entered_ns: when its first line of work ran.
    """

    def __init__(self, spawned_ns: int, entered_ns: int) -> None:
        self._edge_ns = entered_ns
        self.done = [Phase(name=PROCESS, start_ns=spawned_ns, end_ns=entered_ns)] if spawned_ns else []

    def end(self, name: str) -> None:
        """Note that the phase of this name has just ended."""
        now = now_ns()
        self.done.append(Phase(name=name, start_ns=self._edge_ns, end_ns=now))
        self._edge_ns = now


def run_job(job: Job, entered_ns: int) -> dict[str, object]:
    """Run the job's trial and write its recording; return the outcome.

    Args:
        job: what to run.
        entered_ns: when this process began to work.
    """
    phases = Phases(job.spawned_ns, entered_ns)
    memory = _readings("start")
    case = job.case
    sizes = find_sizes(case.model)
    media, files = load_media(case, sizes.audio.sample_rate_hz)
    phases.end(MEDIA)
    for backend, _ in case.engines.pairs():
        _import_backend(backend)
    memory += _readings("imported")
    phases.end(LIBRARIES)
    engines, _ = find_or_build(job.engines, EngineRequest(model=case.model, engines=case.engines))
    if find_member("scenarios", case.scenario).ARRIVAL == "compared":
        return _compare(job, sizes, media, engines, memory) | {"files": [asdict(file) for file in files]}
    step = open_session(case, sizes, engines)
    memory += _readings("loaded")
    phases.end(ENGINES)
    trial = Trial(
        case=case, sizes=sizes, step=step, media=media, memory=memory, phases=tuple(phases.done),
        on_row=_progress(case.windows),
    )  # fmt: skip
    _stop_between_windows(trial)
    status, reason = "OK", None
    try:
        with busy_beside(case.busy), watched(job.folder):
            trial.run()
        trial.check_answers(step, _left_ns(job, entered_ns))
    except TrialStopped:
        is_whole = trial.measured >= case.windows
        status = "INTERRUPTED"
        reason = f"stopped {'while its answers were checked' if is_whole else 'before all windows were measured'}"
    if status == "OK" and not trial.is_steady:
        cap = case.warm_up.cap_s
        status, reason = "UNSTEADY", f"warm-up reached its cap of {cap:g} s before compute time had settled"
    recording = replace(trial.recording(), telemetry=read_telemetry(job.folder / FILE))
    save_recording(recording, job.folder / "recording.npz")
    return {"status": status, "reason": reason, "files": [asdict(file) for file in files]}


def _left_ns(job: Job, entered_ns: int) -> int:
    """Return how long it is until the trial's timeout."""
    return (job.spawned_ns or entered_ns) + ns_from_s(job.case.timeout_s) - now_ns()


def _compare(
    job: Job, sizes: ModelSizes, media: Media, engines: dict[str, Manifest], memory: list[MemoryReading]
) -> dict[str, object]:
    """Hold the engines against the reference and write what was found; return the outcome."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    told = _telling()
    count, total = 0, windows_run(job.case)

    def on_window(_: int) -> None:
        nonlocal count
        count += 1
        told({"window": count * job.case.windows // total, "of": job.case.windows, "is_warm": True})

    parity = compare(job.case, sizes, media, engines, on_window)
    save_recording(recording_of(job.case, sizes, parity, memory), job.folder / "recording.npz")
    return {"status": "OK", "reason": None}


def _stop(*_: object) -> None:
    raise TrialStopped


def _import_backend(name: str) -> None:
    """Import what the backend computes with, so that `loaded` holds the engines alone."""
    for module in find_member("backends", name).IMPORTS:
        __import__(module)


def _readings(phase: str) -> list[MemoryReading]:
    return [MemoryReading(phase=phase, name=name, byte_count=count) for name, count in read_memory().items()]


def _progress(windows: int) -> Callable[[Trial], None]:
    tell = _telling()
    return lambda trial: tell({"window": trial.measured, "of": windows, "is_warm": trial.is_warm})


def _telling() -> Callable[[dict[str, object]], None]:
    """Return what prints a line for the parent, now and then."""
    last = 0

    def tell(said: dict[str, object]) -> None:
        nonlocal last
        if (now := now_ns()) - last < PROGRESS_NS:
            return
        last = now
        print(json.dumps(said), flush=True)  # noqa: T201  read by the parent

    return tell


def _stop_between_windows(trial: Trial) -> None:
    """Let SIGTERM and SIGINT end the trial: at once while it waits, else after the window in work."""
    inner = trial.on_row
    asked = False

    def ask(*_: object) -> None:
        nonlocal asked
        asked = True
        if not trial.pending:
            raise TrialStopped

    def check(running: Trial) -> None:
        inner(running)
        if asked:
            raise TrialStopped

    trial.on_row = check
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)


def main(words: list[str]) -> int:
    """Run the job file named in `words`; return the exit code."""
    entered_ns = now_ns()
    job = read_job(Path(words[0]))
    try:
        outcome = run_job(job, entered_ns)
    except TrialStopped:
        outcome = {"status": "INTERRUPTED", "reason": "stopped before the first window", "files": []}
    except MemoryError:
        outcome = {"status": "OOM", "reason": "the host's memory was exhausted", "files": []}
    except JosieBenchError as error:
        outcome = {"status": "ERROR", "reason": str(error), "files": []}
    (job.folder / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
