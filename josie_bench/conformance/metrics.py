"""The promises of a metric: it says what it is, answers every recording, and never with a number that is none."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from josie_bench.conformance import BrokenPromiseError, Check, require
from josie_bench.conformance.judged_items import judged_recording, lacking_recording
from josie_bench.conformance.recordings import START_NS, recording
from josie_bench.metrics import (
    DIRECTIONS,
    OF_BLOCKS,
    OF_DROPOUT,
    OF_FAULTS,
    OF_GPU,
    OF_ITEMS,
    OF_LACKING,
    OF_PARITY,
    OF_SESSIONS,
    OF_TURNS,
    OF_WINDOWS,
    UNITS,
    Metric,
)
from josie_bench.statistics.order_statistics import needed_samples
from josie_bench.terms.budget import parse_budget
from josie_bench.terms.fault import FaultNote
from josie_bench.terms.parity import TOKEN_KINDS, Parity
from josie_bench.terms.recording import (
    COLD_PHASES,
    CUDA_ALLOCATED,
    CUDA_RESERVED,
    IDLE,
    LOADED,
    PREDICTED,
    PREDICTED_VRAM,
    VRAM_PROCESS,
    VRAM_USED,
    MemoryReading,
    Phase,
    Recording,
)
from josie_bench.terms.score import Score
from josie_bench.terms.telemetry import (
    ENERGY,
    METER,
    OWN_PROCESSES,
    POWER_INSTANT,
    POWER_LIMIT,
    RAPL,
    Telemetry,
)
from josie_bench.terms.timebase import NS_PER_S

HOURS_OF_WINDOWS = needed_samples(0.9999)
COLD = frozenset({"cold", "cold_first"})  # the statistics that may look at the warm-up


def metric_checks(name: str, metric: Metric) -> Iterator[Check]:
    """Yield every promise of a metric whose id is `name`."""
    for promise, check in PROMISES.items():
        yield Check(name=promise, run=partial(check, name, metric))


def says_what_it_is(name: str, metric: Metric) -> None:
    """Its description is whole, and its definition has its name and a version."""
    require(metric.unit in UNITS, f"unit {metric.unit!r} is none of {', '.join(UNITS)}")
    require(metric.direction in DIRECTIONS, f"direction {metric.direction!r} is none of {', '.join(DIRECTIONS)}")
    require(metric.of in RICH, f"of {metric.of!r} is none of {', '.join(RICH)}")
    require(metric.title and metric.origin, "title or origin is empty")
    require(metric.description.endswith("."), "description is no paragraph: it does not end with a full stop")
    require(metric.statistics and all(metric.statistics.values()), "a statistic is not explained, or there is none")
    identity, _, version = metric.definition.partition("/")
    wanted = identity == name and version.isdecimal() and int(version) >= 1
    require(wanted, f"definition {metric.definition!r} is not {name}/1 or a later version of it")


def can_be_budgeted(name: str, metric: Metric) -> None:
    """A suite can write a bound on every statistic, and on its interval."""
    for statistic in metric.statistics:
        for bound in ("", ".ci.high"):
            try:
                found = parse_budget(f"{name}.{statistic}{bound} < 1")
            except ValueError as error:
                raise BrokenPromiseError(f"no budget can name {statistic!r}: {error}") from error
            require(found.key == f"{name}.{statistic}", f"a budget on {statistic!r} is read as one on {found.key}")


def returns_every_statistic(name: str, metric: Metric) -> None:
    """It returns a score for each statistic that it declares, and no other, whatever the recording holds."""
    trials = (recording([]), recording([50.0], warm_up=1), RICH[metric.of](), recording([None, None]))
    for trial in trials:
        found, declared = list(metric.compute(trial)), list(metric.statistics)
        require(found == declared, f"returned {', '.join(found) or 'nothing'} and declares {', '.join(declared)}")


def answers_a_rich_recording(name: str, metric: Metric) -> None:
    """A recording that is long and rich enough gives every number but those that take hours of windows."""
    missing = [
        f"{statistic} ({score.na.detail})"
        for statistic, score in metric.compute(RICH[metric.of]()).items()
        if score.na is not None and (score.na.needed or 0) < HOURS_OF_WINDOWS
    ]
    require(not missing, f"no number even from a rich recording: {', '.join(missing)}")


def gives_reasons_for_nothing(name: str, metric: Metric) -> None:
    """An empty recording gives reasons and no number, without a warning."""
    for is_open_loop in (True, False):
        for statistic, score in _strictly(metric, recording([], is_open_loop=is_open_loop)).items():
            require(score.value is None, f"{statistic} is {score.value} for an empty recording")
            require(score.na is not None and score.na.detail, f"{statistic} does not say why there is no number")


def is_finite(name: str, metric: Metric) -> None:
    """A trial without any answer gives no infinite number and no sentinel."""
    for statistic, score in _strictly(metric, recording([None] * 400, ended_ms=50_000.0)).items():
        is_fine = score.value is None or 0.0 <= score.value < 1e6
        require(is_fine, f"{statistic} is {score.value} for a trial without any answer")


def looks_at_measured_windows(name: str, metric: Metric) -> None:
    """What the warm-up took changes nothing but the statistics that are called cold."""
    speech = [0] + [100] * 400
    slow, fast = (metric.compute(recording([first, *[20.0] * 400], speech=speech, warm_up=1)) for first in (90.0, 30.0))
    changed = sorted(key for key in slow if slow[key] != fast.get(key))
    require(set(changed) <= COLD, f"the warm-up changes {', '.join(changed)}")


def computes_purely(name: str, metric: Metric) -> None:
    """The same recording gives the same scores, and is not changed."""
    trial, untouched = RICH[metric.of](), RICH[metric.of]()
    require(metric.compute(trial) == metric.compute(trial), "the same recording gives other scores the second time")
    for column in ("scheduled_ns", "started_ns", "finished_ns", "is_warm_up", "audio_samples"):
        is_same = np.array_equal(getattr(trial, column), getattr(untouched, column))
        require(is_same, f"computing changes the recording's {column}")


def _strictly(metric: Metric, trial: Recording) -> Mapping[str, Score]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return metric.compute(trial)


def full_recording() -> Recording:
    """Return a recording that is long and rich enough for every statistic."""
    count = 3_800
    memory = tuple(
        MemoryReading(phase=phase, name=name, byte_count=2**20 * (1 + place))
        for place, phase in enumerate(("imported", LOADED, "end"))
        for name in ("rss", "rss_peak", "rss_file", "heap_used", "heap_free")
    )
    memory += (MemoryReading(phase=PREDICTED, name="weights.audio_encoder", byte_count=2**20),)
    trial = recording(
        [160.0 if k % 100 == 50 else 60.0 + k % 7 for k in range(count)],
        compute_ms=[50.0] * count,
        lateness_ms=[0.1] * count,
        speech=[100 if k % 4 else 0 for k in range(count)],
        memory=memory,
        phases=(
            *(Phase(name=name, start_ns=k * 1000, end_ns=k * 1000 + 900) for k, name in enumerate(COLD_PHASES)),
            Phase(name=IDLE, start_ns=0, end_ns=START_NS),
        ),
    )
    return replace(
        trial,
        vision_tokens=np.full(count, 12, dtype=np.int64),
        text_tokens=np.full(count, 2, dtype=np.int64),
        repeated_tokens=np.arange(count) % 3,
        repeated_samples=trial.audio_samples // 2,
        is_valid=np.ones(count, dtype=np.bool_),
        telemetry=_watched(trial),
    )


def full_gpu() -> Recording:
    """Return a trial that computed on a GPU, with what was predicted and held of it at its edges."""
    terms = {"weights.audio_encoder": 600, "runtime_context": 300}
    sizes = {VRAM_PROCESS: 950, f"{VRAM_USED}.gpu0": 1000, CUDA_RESERVED: 650, CUDA_ALLOCATED: 620}
    edges = {"start": {f"{VRAM_USED}.gpu0": 40}, LOADED: sizes, "warm": sizes, "end": sizes}
    found = {(PREDICTED_VRAM, name): mib for name, mib in terms.items()}
    found |= {(edge, name): mib for edge, read in edges.items() for name, mib in read.items()}
    memory = (MemoryReading(phase=phase, name=name, byte_count=mib * 2**20) for (phase, name), mib in found.items())
    return recording([60.0], memory=tuple(memory))


def _watched(trial: Recording) -> Telemetry:
    """Return readings of the machine, every half second from before the trial to its end."""
    instants = np.arange(0, int(trial.finished_ns.max()), NS_PER_S // 2)
    place = np.arange(len(instants), dtype=np.float64)
    watts = 100.0 + place * 61.0 % 97.0 / 97.0
    series = {
        ("memory", "resident", "MiB"): 100.0 + place % 3,
        ("gpu0", OWN_PROCESSES, "processes"): np.ones(len(place)),
        ("gpu0", POWER_INSTANT, "W"): watts,
        ("gpu0", POWER_LIMIT, "W"): np.full(len(place), 700.0),
        ("gpu0", ENERGY, "J"): np.cumsum(watts) / 2.0,
        (RAPL, ENERGY, "J"): 40.0 * place,
        (f"{METER}plug", ENERGY, "J"): 90.0 * place,
    }
    source, name, unit = (np.repeat(words, len(place)) for words in zip(*series, strict=True))
    return Telemetry(
        instant_ns=np.tile(instants, len(series)),
        source=source,
        name=name,
        value=np.concatenate(list(series.values())),
        unit=unit,
        round=np.zeros(len(source), dtype=np.int64),
        interval_ms={of: 500.0 for of, _, _ in series},
    )


def full_blocks() -> Recording:
    """Return blocks of four windows: two lengths in turn, and of each length every content."""
    count = 4 * 400
    block = [k // 4 for k in range(count)]
    return recording(
        [60.0 + (k % 4 == 0) for k in range(count)],
        compute_ms=[50.0 + 2.0 * (k % 4 == 0) for k in range(count)],
        block=block,
        hops_ms=[(100.0, 200.0)[number % 2] for number in block],
        content=[("unique", "repeated", "silent")[number // 2 % 3] for number in block],
    )


def full_dropout() -> Recording:
    """Return windows that lack their pictures in every other stretch of four."""
    count = 4 * 100
    lacks = [k // 4 % 2 == 0 for k in range(count)]
    trial = recording([60.0] * count, compute_ms=[30.0 if lack else 50.0 + k % 3 for k, lack in enumerate(lacks)])
    return replace(trial, dropped=np.array(["vision" if lack else "" for lack in lacks], dtype=np.str_))


def full_faults() -> Recording:
    """Return windows with a fault in every twentieth, which makes it and the next one late; there are eight."""
    count, every = 160, 20
    trial = recording([400.0 if k % every in (10, 11) else 60.0 + k % 7 for k in range(count)])
    notes = (
        FaultNote(number=number, first=at, ended_ns=int(trial.scheduled_ns[at + 1]), hits=1)
        for number, at in enumerate(range(10, count, every))
    )
    return replace(trial, faults=tuple(notes))


def full_sessions() -> Recording:
    """Return the windows of four sessions in turn, of which one is often late and another was once shed."""
    count = 4 * 100
    session = np.arange(count) % 4
    trial = recording([400.0 if number == 3 and k % 8 < 4 else 60.0 for k, number in enumerate(session.tolist())])
    is_shed = np.arange(count) == 4 * 50 + 2
    return replace(trial, session=session, is_shed=is_shed, is_answered=trial.is_answered & ~is_shed)


def full_turns() -> Recording:
    """Return windows with every fifth of which a turn comes, typed up to a hop before, and is answered."""
    count, every = 3_000, 5
    trial = recording([60.0 + k % 7 for k in range(count)], speech=[100 if k % every < 3 else 0 for k in range(count)])
    typed_ns = trial.scheduled_ns - (37 * np.arange(count) % 100) * NS_PER_S // 1000
    return replace(trial, turn_ns=np.where(np.arange(count) % every == 0, typed_ns, 0))


def full_comparison() -> Recording:
    """Return a comparison with rows of every kind; agreement is whole for ten windows and then gone."""
    rows: list[tuple[int, str, str, float]] = []
    for k in range(400):
        for component in ("audio_encoder", "vision_encoder", "depth_transformer", "step"):
            for kind in ("first", "all", "clear", "text", "semantic", "acoustic"):
                rows += [(k, component, f"{kind}_equal", 6.0 if k < 10 else 0.0), (k, component, f"{kind}_total", 6.0)]
        for kind in TOKEN_KINDS:
            rows += [
                (k, "temporal_transformer", f"{kind}_loss", 0.5),
                (k, "temporal_transformer", f"{kind}_loss_reference", 0.25),
            ]
        for component in ("temporal_transformer", "audio_decoder"):
            for measure in ("error", "largest", "cosine", "spread_fp16"):
                rows += [(k, component, measure, 0.001 * (1 + k % 5))]
    window, component_, measure_, value = (np.array(column) for column in zip(*rows, strict=True))
    parity = Parity(window=window, component=component_, measure=measure_, value=value)
    return replace(recording([], is_open_loop=False), parity=parity)


RICH: dict[str, Callable[[], Recording]] = {
    OF_WINDOWS: full_recording,
    OF_BLOCKS: full_blocks,
    OF_DROPOUT: full_dropout,
    OF_FAULTS: full_faults,
    OF_GPU: full_gpu,
    OF_SESSIONS: full_sessions,
    OF_TURNS: full_turns,
    OF_PARITY: full_comparison,
    OF_ITEMS: judged_recording,
    OF_LACKING: lacking_recording,
}
PROMISES: dict[str, Callable[[str, Metric], None]] = {
    "says what it is": says_what_it_is,
    "every statistic can be budgeted": can_be_budgeted,
    "returns every declared statistic and no other": returns_every_statistic,
    "a rich recording gives every number": answers_a_rich_recording,
    "an empty recording gives only reasons": gives_reasons_for_nothing,
    "a trial without an answer gives no infinite number": is_finite,
    "the warm-up changes only what is called cold": looks_at_measured_windows,
    "the same recording gives the same scores and stays as it is": computes_purely,
}
