"""The trial's own process: one backend in it, one case, then it is gone.

Runs as `python -m josie_bench.bench.worker JOB.json`. It writes `recording.npz` and `outcome.json` beside the job and
prints a line of JSON now and then between two windows. SIGTERM and SIGINT stop it between windows; what was measured
is written all the same, also of a trial that is stuck in a window, if a line on stdin asks for it. SIGUSR1 lets it
write where its threads stand, and it ends with the process that asked for it.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from josie_bench.backends import Executable
from josie_bench.bench.cold_caches import emptying_of
from josie_bench.bench.ending import SAVE, STACKS
from josie_bench.bench.exhaustion import exhaustion_of
from josie_bench.bench.gpu_cap import hold_to_cap, whose_ran_out
from josie_bench.bench.injection import Injection, injection_of
from josie_bench.bench.job import Job, read_job
from josie_bench.bench.media import load_media
from josie_bench.bench.memory_forecast import predicted_readings
from josie_bench.bench.memory_places import placed_readings
from josie_bench.bench.memory_readings import as_readings, grown_readings, library_sizes, memory_readings
from josie_bench.bench.neighbours import neighbours
from josie_bench.bench.parity import compare, windows_run
from josie_bench.bench.recording_file import save_recording
from josie_bench.bench.simulation import WaitingBatch, WaitingStep, service_times, simulate
from josie_bench.bench.telemetry import FILE, read_telemetry, watched
from josie_bench.bench.trial import Trial, TrialStopped
from josie_bench.bench.vram_forecast import vram_readings
from josie_bench.engines.manifest import Manifest
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.errors import JosieBenchError, OutputError
from josie_bench.model.presets import find_sizes
from josie_bench.model.sizes import ModelSizes
from josie_bench.plugins import find_member
from josie_bench.probes.latency import now_ns
from josie_bench.probes.memory import read_growing, read_heap, read_resident
from josie_bench.probes.parent import end_with_parent
from josie_bench.probes.vram import read_vram
from josie_bench.runtime.batch import Batch
from josie_bench.runtime.session import open_session
from josie_bench.runtime.step import Step
from josie_bench.runtime.weighed import Scales
from josie_bench.terms.media import Media
from josie_bench.terms.recording import ENGINES, LIBRARIES, LOADED, MEDIA, PROCESS, MemoryReading, Phase, untimed
from josie_bench.terms.timebase import ns_from_ms, ns_from_s
from josie_bench.writing import write_whole

PROGRESS_NS = ns_from_s(0.5)


class Phases:
    """The stretches of a trial's start, one after the other.

    Args:
        spawned_ns: when the process was asked for; 0 where nobody asked.
        entered_ns: when its first line of work ran.
    """

    def __init__(self, spawned_ns: int, entered_ns: int) -> None:
        self._edge_ns = self.entered_ns = entered_ns
        self.done = [Phase(name=PROCESS, start_ns=spawned_ns, end_ns=entered_ns)] if spawned_ns else []

    def end(self, name: str) -> None:
        """Note that the phase of this name has just ended, and that the next one begins."""
        now = now_ns()
        self.done.append(Phase(name=name, start_ns=self._edge_ns, end_ns=now))
        self._edge_ns = now

    def begin(self) -> None:
        """Note that the next phase begins only now: what was done since the last one belongs to none."""
        self._edge_ns = now_ns()


def run_job(job: Job, entered_ns: int) -> dict[str, object]:
    """Run the job's trial and write its recording; return the outcome.

    Args:
        job: what to run.
        entered_ns: when this process began to work.
    """
    phases = Phases(job.spawned_ns, entered_ns)
    memory = memory_readings("start")
    case = job.case
    sizes = find_sizes(case.model)
    if case.is_virtual:
        save_recording(simulate(case, sizes.audio.sample_rate_hz, job.trial), job.folder / "recording.npz")
        return {"status": "OK", "reason": None, "files": []}
    if case.judged is not None:
        return _judge(job, sizes, memory)
    media, files = load_media(case, sizes.audio.sample_rate_hz)
    phases.end(MEDIA)
    for backend, _ in case.engines.pairs():
        _import_backend(backend)
    phases.end(LIBRARIES)
    between_blocks = emptying_of(case)  # its buffer lies there when growth begins to be measured
    memory += memory_readings("imported")
    outcome_files = [asdict(file) for file in files]
    with _watched(job, is_loading=True):
        return _load_and_run(job, media, outcome_files, phases, memory, between_blocks=between_blocks)


def _load_and_run(
    job: Job,
    media: Media,
    files: list[dict[str, str]],
    phases: Phases,
    memory: list[MemoryReading],
    *,
    between_blocks: Callable[[], None],
) -> dict[str, object]:
    """Load the engines, let windows come and write the recording; return the outcome.

    Args:
        job: what to run.
        media: that the windows are of.
        files: that it comes from.
        phases: of its start so far.
        memory: readings so far.
        between_blocks: what is done before a block begins.
    """
    case = job.case
    sizes = find_sizes(case.model)
    phases.begin()
    hold_to_cap(case)
    engines, _ = find_or_build(job.engines, EngineRequest.of(case))
    memory += predicted_readings(case, engines) + vram_readings(case)
    if find_member("scenarios", case.scenario).ARRIVAL == "compared":
        return _compare(job, sizes, media, engines, memory) | {"files": files}
    injection = injection_of(case, sizes, media) if case.faults else None
    memory += placed_readings(case, engines)
    scales = Scales(read_growing)
    opened = open_session(case, sizes, engines, partial(_note_loaded, memory, scales, injection))
    sessions = [opened, *(opened.beside() for _ in range(case.sessions.seats - 1))]
    steps, batch = _served(job, sessions)
    phases.end(ENGINES)
    executables = list(opened.executables.values())
    memory += memory_readings(LOADED, executables)
    trial = Trial(
        case=case, sizes=sizes, steps=steps, media=media, memory=memory, trial=job.trial, batch=batch,
        phases=tuple(phases.done), injection=injection, on_row=_progress(case.total_windows),
        between_blocks=between_blocks, executables=executables,
        gpu_spans=lambda place: sessions[place].gpu_spans(),
    )  # fmt: skip
    _weigh_warm_up(trial, scales)
    _stop_between_windows(trial)
    _save_when_told(job, trial, files)
    status, reason = "OK", None
    try:
        with neighbours(case.beside, job.engines), _watched(job, is_loading=False):
            trial.wait_idle()
            trial.run()
        trial.check_answers(sessions, _left_ns(job, phases.entered_ns))
    except TrialStopped:
        is_whole = trial.measured >= case.total_windows
        status = "INTERRUPTED"
        reason = f"stopped {'while its answers were checked' if is_whole else 'before all windows were measured'}"
    if status == "OK" and not trial.is_steady:
        cap = case.warm_up.cap_s
        status, reason = "UNSTEADY", f"warm-up reached its cap of {cap:g} s before compute time had settled"
    _save(job, trial)
    return {"status": status, "reason": reason, "files": files}


def _watched(job: Job, *, is_loading: bool) -> AbstractContextManager[object]:
    """Watch the machine while windows come; of a case with a cap from before loading on, for what that takes counts."""
    is_now = is_loading == (job.case.gpu_memory.cap is not None)
    return watched(job.folder) if is_now else nullcontext()


def _served(job: Job, sessions: list[Step]) -> tuple[list[Step | WaitingStep], Batch | WaitingBatch | None]:
    """Return what answers the windows of each session, and of several together where the case wants that."""
    case, law = job.case, job.case.simulated
    batch = Batch(sessions) if case.sessions.is_batched else None
    if law is None:
        return list(sessions), batch
    times = service_times(law, case_seed=case.seed, trial=job.trial)
    waiting = None if batch is None else WaitingBatch(batch, times, ns_from_ms(law.further_ms))
    return [WaitingStep(step, times) for step in sessions], waiting


def _save(job: Job, trial: Trial) -> None:
    """Write what was recorded so far."""
    recording = replace(trial.recording(), telemetry=read_telemetry(job.folder / FILE))
    save_recording(recording, job.folder / "recording.npz")


def _save_when_told(job: Job, trial: Trial, files: list[dict[str, str]]) -> None:
    """Let the supervisor have what was measured of a trial that is stuck in a window, and end it.

    No signal can do that: Python hears them between two of its own steps, and native code may take none. The thread
    waits in a read until then, so it disturbs nothing.
    """

    def wait() -> None:
        if os.read(sys.stdin.fileno(), len(SAVE)) == SAVE:
            _save(job, trial)
            _tell(job, {"status": "INTERRUPTED", "reason": "ended amid a window", "files": files})
            os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def _tell(job: Job, outcome: dict[str, object]) -> None:
    write_whole(job.folder / "outcome.json", json.dumps(outcome).encode())


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
    _save_untimed(job, sizes, memory, parity=parity)
    return {"status": "OK", "reason": None}


def _judge(job: Job, sizes: ModelSizes, memory: list[MemoryReading]) -> dict[str, object]:
    """Run the engines over items, have them judged and write what was found; return the outcome."""
    from josie_bench.bench.kept_items import KeptItems
    from josie_bench.bench.quality import choose, files_of, judge_case  # a cold start of others is timed

    case = job.case
    assert case.judged is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    chosen, told = choose(case.judged), _telling()
    engines, _ = find_or_build(job.engines, EngineRequest.of(case))
    judged = judge_case(
        case,
        sizes,
        engines,
        chosen,
        lambda done, of: told({"window": done, "of": of, "is_warm": True}),
        kept=KeptItems(job.items),
    )
    _save_untimed(job, sizes, memory, judged=judged)
    return {"status": "OK", "reason": None, "files": [asdict(file) for file in files_of(chosen)]}


def _save_untimed(job: Job, sizes: ModelSizes, memory: list[MemoryReading], **found: Any) -> None:
    recording = untimed(sample_rate_hz=sizes.audio.sample_rate_hz, window_ms=job.case.window_ms, memory=memory, **found)
    save_recording(recording, job.folder / "recording.npz")


def _stop(*_: object) -> None:
    raise TrialStopped


def _import_backend(name: str) -> None:
    """Import what the backend computes with, so that `loaded` holds the engines alone."""
    for module in find_member("backends", name).IMPORTS:
        __import__(module)


def _note_loaded(
    memory: list[MemoryReading], scales: Scales, injection: Injection | None, component: str, executable: Executable
) -> Executable:
    """Note what is held when a component has been loaded; it is read while the start is timed, so little is."""
    sizes = read_resident() | read_heap() | read_vram()
    memory += as_readings(f"{LOADED}.{component}", sizes | library_sizes([executable]))
    weighed = scales.around(component, executable)
    return weighed if injection is None else injection.around(component, weighed)


def _weigh_warm_up(trial: Trial, scales: Scales) -> None:
    """Let the components be weighed until the trial is warm."""
    inner = trial.on_row

    def note(running: Trial) -> None:
        inner(running)
        if running.is_warm and not scales.is_off:
            scales.is_off = True
            running.memory.extend(grown_readings(scales.grown()))

    trial.on_row = note


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


def _be_watched(job: Job) -> None:
    """End with whoever asked for the trial, and on SIGUSR1 write where every thread stands, even amid native code."""
    if job.supervisor is not None:
        end_with_parent(job.supervisor)
    file = job.folder / f"{STACKS}.part"
    faulthandler.register(signal.SIGUSR1, file=file.open("w", encoding="utf-8"), all_threads=True)
    file.rename(job.folder / STACKS)  # whoever sees it may send the signal


def main(words: list[str]) -> int:
    """Run the job file named in `words`; return the exit code."""
    entered_ns = now_ns()
    job = read_job(Path(words[0]))
    try:
        _be_watched(job)
        outcome = _outcome(job, entered_ns)
        _tell(job, outcome)
    except OutputError as error:
        print(json.dumps({"unwritable": str(error)}), flush=True)  # noqa: T201  read by the parent
        return error.exit_code
    return 0


def _outcome(job: Job, entered_ns: int) -> dict[str, object]:
    """Run the trial and return how it ended.

    Raises:
        OutputError: what was measured cannot be written.
    """
    try:
        return run_job(job, entered_ns)
    except TrialStopped:
        what = "the first window" if job.case.judged is None else "all items were judged"
        return {"status": "INTERRUPTED", "reason": f"stopped before {what}", "files": []}
    except OutputError:
        raise
    except Exception as error:
        # Libraries that run out of memory share no base class but Exception.
        if (exhaustion := exhaustion_of(error)) is not None:
            return {"status": "OOM", "reason": whose_ran_out(job.case, exhaustion), "files": []}
        if isinstance(error, JosieBenchError):
            return {"status": "ERROR", "reason": str(error), "files": []}
        raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
