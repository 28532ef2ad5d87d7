"""MLPerf LoadGen asks, a case's engines answer: its logs are kept, and beside its figures stands our own record.

LoadGen draws which window comes next and when; one session answers them in the order in which they come, its state
going on from one to the next. It knows neither the model nor what an answer says.
"""

from __future__ import annotations

import importlib.util
import json
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from josie_bench.bench.calibration import Noting
from josie_bench.bench.media import load_media
from josie_bench.engines.calibration import Call
from josie_bench.engines.manifest import Manifest
from josie_bench.errors import UnavailableError, UsageError
from josie_bench.model.presets import find_sizes
from josie_bench.probes.latency import now_ns
from josie_bench.runtime.session import open_session
from josie_bench.scenarios import cut_window
from josie_bench.statistics.order_statistics import quantile
from josie_bench.statistics.series import as_ms
from josie_bench.terms.case import Case
from josie_bench.terms.recording import Ints
from josie_bench.terms.timebase import ms_from_ns, ns_from_ms, ns_from_s, s_from_ns

SCENARIOS = {"single-stream": "SingleStream", "offline": "Offline", "server": "Server"}
LIBRARY, WARM_UP = 64, 8  # windows that LoadGen draws from; answered before it begins
PERCENTS = (50.0, 90.0, 95.0, 99.0)
SPEEDS = ("result_completed_samples_per_sec", "result_samples_per_second", "result_qps_with_loadgen_overhead")
DETAIL, MARK = "mlperf_log_detail.txt", ":::MLLOG "
Answer = Callable[[int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What LoadGen is asked to do.

    Attributes:
        scenario: one of `SCENARIOS`.
        queries: how many.
        per_s: how many a second, on average; of `server` alone, and a guess for the others.
        bound_ms: of `server`: what 99 % of the answers must not exceed.
        folder: takes its logs.
    """

    scenario: str
    queries: int
    per_s: float
    bound_ms: float
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query as the answering side saw it, host monotonic nanoseconds.

    Attributes:
        index: of its window in the library.
        issued_ns: when LoadGen handed it over.
        started_ns, finished_ns: of the work on it.
    """

    index: int
    issued_ns: int
    started_ns: int
    finished_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number of LoadGen beside ours; None where it does not tell it."""

    name: str
    unit: str
    theirs: float | None
    ours: float


def unavailable() -> UnavailableError | None:
    """Return why LoadGen cannot be used, or None."""
    if importlib.util.find_spec("mlperf_loadgen") is None:
        return UnavailableError("mlcommons-loadgen is not installed", mend="pip install 'josie-bench[loadgen]'")
    return None


def answering(case: Case, engines: Mapping[str, Manifest], component: str | None) -> Answer:
    """Return what answers the window of an index with all components, or its first call of one with that alone.

    Raises:
        UsageError: no window calls the component.
        EngineError: an engine cannot be loaded.
        MediaError: what is heard or seen cannot be read.
    """
    sizes = find_sizes(case.model)
    media, _ = load_media(case, sizes.audio.sample_rate_hz)
    windows = [cut_window(case, media, slot, sizes.frame_ms) for slot in islice(case.slots(), LIBRARY)]
    loaded: dict[str, Any] = {}
    calls: list[Call] = []

    def wrap(name: str, executable: Any) -> Any:
        loaded[name] = executable
        return Noting(executable, calls) if name == component else executable

    step = open_session(case, sizes, engines, wrap=wrap)
    if component is None:
        return lambda index: step(windows[index])
    for window in windows:
        step(window)
    if len(calls) < LIBRARY:
        raise UsageError(f"--component {component}: it is called in none or few of the case's windows: name another")
    engine = loaded[component]
    names = [spec.name for spec in engine.signature.inputs]
    asked = [{name: call[name] for name in names} for call in calls[:LIBRARY]]
    engine.reset()
    return lambda index: engine.step(asked[index])


def drive(answer: Answer, plan: Plan) -> list[Query]:
    """Let LoadGen ask as it was told, and return every query in the order in which it was answered.

    Raises:
        UnavailableError: LoadGen is not installed.
    """
    if (reason := unavailable()) is not None:
        raise reason
    import mlperf_loadgen as loadgen

    for index in range(WARM_UP):
        answer(index)
    desk = Desk(answer, lambda number: loadgen.QuerySamplesComplete([loadgen.QuerySampleResponse(number, 0, 0)]))
    worker = threading.Thread(target=desk.work, daemon=True)
    worker.start()
    asker = loadgen.ConstructSUT(desk.take, _nothing)
    library = loadgen.ConstructQSL(LIBRARY, LIBRARY, _nothing, _nothing)
    try:
        loadgen.StartTestWithLogSettings(asker, library, _settings(loadgen, plan), _log_settings(loadgen, plan.folder))
    finally:
        desk.close()
        worker.join()
        loadgen.DestroyQSL(library)
        loadgen.DestroySUT(asker)
    if desk.failure is not None:
        raise desk.failure
    return desk.answered


class Desk:
    """Where LoadGen's queries come in from its threads, and are answered one behind the other by ours.

    Args:
        answer: the window of an index.
        tell: LoadGen that the query of a number is answered.
    """

    def __init__(self, answer: Answer, tell: Callable[[int], object]) -> None:
        self.answered: list[Query] = []
        self.failure: Exception | None = None
        self._answer = answer
        self._tell = tell
        self._waiting: queue.SimpleQueue[tuple[int, int, int] | None] = queue.SimpleQueue()

    def take(self, samples: Sequence[Any]) -> None:
        """Let LoadGen's samples wait for their turn."""
        issued_ns = now_ns()
        for sample in samples:
            self._waiting.put((sample.id, sample.index, issued_ns))

    def close(self) -> None:
        """Let `work` end when all that waits is answered."""
        self._waiting.put(None)

    def work(self) -> None:
        """Answer what waits until the desk is closed.

        After a failure nothing is answered any more, but LoadGen is told of each query: it waits for all of them.
        """
        while (asked := self._waiting.get()) is not None:
            number, index, issued_ns = asked
            started_ns = now_ns()
            try:
                if self.failure is None:
                    self._answer(index)
            except Exception as error:  # noqa: BLE001  raised where the worker was started
                self.failure = error
            finished_ns = now_ns()
            self.answered.append(
                Query(index=index, issued_ns=issued_ns, started_ns=started_ns, finished_ns=finished_ns)
            )
            self._tell(number)


def _nothing(*_: object) -> None:
    """Media lie in memory already, and nothing is held back that would have to be flushed."""


def _settings(loadgen: Any, plan: Plan) -> Any:
    settings = loadgen.TestSettings()
    settings.scenario = getattr(loadgen.TestScenario, SCENARIOS[plan.scenario])
    settings.mode = loadgen.TestMode.PerformanceOnly
    settings.min_duration_ms = 0  # the number of queries rules
    settings.min_query_count = settings.max_query_count = plan.queries
    settings.server_target_qps = settings.offline_expected_qps = plan.per_s
    settings.server_target_latency_ns = ns_from_ms(plan.bound_ms)
    settings.single_stream_expected_latency_ns = ns_from_s(1.0 / plan.per_s)
    return settings


def _log_settings(loadgen: Any, folder: Path) -> Any:
    output = loadgen.LogOutputSettings()
    output.outdir = str(folder)
    output.copy_summary_to_stdout = False
    settings = loadgen.LogSettings()
    settings.log_output = output
    settings.enable_trace = False
    return settings


def told(folder: Path) -> dict[str, Any]:
    """Return what LoadGen's detailed log says, by key; of a key that comes twice the later."""
    lines = (folder / DETAIL).read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line.removeprefix(MARK)) for line in lines if line.startswith(MARK)]
    return {entry["key"]: entry["value"] for entry in entries}


def figures(queries: Sequence[Query], said: Mapping[str, Any]) -> list[Figure]:
    """Return LoadGen's figures beside those of our own record."""
    latency = np.array([query.finished_ns - query.issued_ns for query in queries], dtype=np.int64)
    compute = np.array([query.finished_ns - query.started_ns for query in queries], dtype=np.int64)
    spent_ns = max(query.finished_ns for query in queries) - min(query.issued_ns for query in queries)
    count = said.get("result_query_count")
    return [
        Figure(
            name="windows",
            unit="",
            theirs=None if count is None else count * said.get("generated_samples_per_query", 1),
            ours=len(queries),
        ),
        Figure(
            name="answered",
            unit="/s",
            theirs=next((said[key] for key in SPEEDS if key in said), None),
            ours=len(queries) / s_from_ns(spent_ns),
        ),
        *(_percentile(percent, latency, said) for percent in PERCENTS),
        Figure(name="compute p50", unit="ms", theirs=None, ours=quantile(as_ms(compute), 0.5)),
    ]


def _percentile(percent: float, latency_ns: Ints, said: Mapping[str, Any]) -> Figure:
    theirs = said.get(f"result_{percent:.2f}_percentile_latency_ns")
    return Figure(
        name=f"latency p{percent:g}",
        unit="ms",
        theirs=None if theirs is None else ms_from_ns(theirs),
        ours=quantile(as_ms(latency_ns), percent / 100.0),
    )
