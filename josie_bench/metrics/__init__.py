"""A metric: one number's name, unit and definition, and how to compute it from a recording.

Every other file here is one metric. Its file name is its id, and it exposes `METRIC`. What each one means is written
out in docs/metrics.md, which is generated from them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from josie_bench.plugins import find_member, member_names
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing
from josie_bench.terms.vram import vrams

UNITS = (
    *("ms", "min", "ratio", "1/s", "1/min", "ms/min", "windows", "tokens", "MiB", "MiB/min", "J", "W", "dB", "MOS"),
    *("points", "nats"),
)
OF_WINDOWS, OF_BLOCKS, OF_DROPOUT, OF_PARITY, OF_GPU = "windows", "blocks", "dropout", "parity", "gpu"
OF_ITEMS, OF_LACKING = "items", "lacking items"
OF_SESSIONS, OF_FAULTS, OF_TURNS = "sessions", "faults", "turns"
DIRECTION_WORDS = {"lower": "lower is better", "higher": "higher is better", "none": "no direction"}
DIRECTIONS = tuple(DIRECTION_WORDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What a member of this family is.

    Attributes:
        title: its name for people.
        unit: one of `UNITS`, that of every statistic.
        direction: `lower`, `higher` or `none`: which way is better.
        definition: id and version of the definition, e.g. `response_latency/1`; a change of meaning raises the version.
        origin: what the number runs from and to, in words.
        description: one paragraph with the formula.
        statistics: the name of every statistic and what it is, in one line.
        compute: returns a score for every one of `statistics`.
        of: what it is computed from: timed `windows`, those that come in `blocks`, those of which some lost something
            (`dropout`), those into which `faults` were injected, those of several `sessions`, those with which typed
            `turns` come that begin at instants of their own, those of engines that compute on a `gpu`, a `parity`
            comparison, judged `items` of a corpus, or such that were done while something was missing (`lacking
            items`).
        tasks: the tasks whose items it is of, any of them; empty where it is of all, or of no items.
        judges: the roles of the judges whose numbers it is made of; what decides these becomes part of the definition
            that its scores have.
    """

    title: str
    unit: str
    direction: str
    definition: str
    origin: str
    description: str
    statistics: dict[str, str]
    compute: Callable[[Recording], dict[str, Score]]
    of: str = OF_WINDOWS
    tasks: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()


def all_metrics() -> dict[str, Metric]:
    """Return every metric by its id, sorted."""
    found: dict[str, Metric] = {name: find_member("metrics", name).METRIC for name in member_names("metrics")}
    return found


def metrics_of(recording: Recording) -> dict[str, Metric]:
    """Return the metrics that a recording can answer, by id."""
    judged = recording.judged
    if judged is not None:
        found = {name: metric for name, metric in all_metrics().items() if is_of_tasks(metric, judged.tasks)}
        return {name: metric for name, metric in found.items() if judged.dropout is not None or metric.of == OF_ITEMS}
    if recording.parity is not None:
        kinds = {OF_PARITY}
    else:
        of_some = {
            OF_BLOCKS: recording.is_cut(),
            OF_DROPOUT: recording.is_patchy(),
            OF_GPU: bool(vrams(recording.memory)),
            OF_SESSIONS: recording.session is not None,
            OF_FAULTS: bool(recording.faults),
            OF_TURNS: recording.turn_ns is not None,
        }
        kinds = {OF_WINDOWS, *(kind for kind, is_asked in of_some.items() if is_asked)}
    return {name: metric for name, metric in all_metrics().items() if metric.of in kinds}


def is_of_tasks(metric: Metric, tasks: Collection[str]) -> bool:
    """Return whether a metric is of the items of some tasks."""
    return metric.of in (OF_ITEMS, OF_LACKING) and (not metric.tasks or not set(metric.tasks).isdisjoint(tasks))


def definition_of(metric: Metric, recording: Recording) -> str:
    """Return the metric's definition, and where judges made its numbers who they were, role by role.

    Another recogniser, normaliser or model of a judge is another definition: scores of both are not compared.
    """
    judged = recording.judged
    found = [] if judged is None else [use for role in metric.judges if (use := judged.judge(role)) is not None]
    return " ".join([metric.definition, *(use.identity for use in found if use.identity)])


def scores(recording: Recording) -> dict[str, Score]:
    """Return what every metric of its kind says of `recording`, by `metric.statistic`."""
    return {
        f"{name}.{statistic}": score
        for name, metric in metrics_of(recording).items()
        for statistic, score in metric.compute(recording).items()
    }


def closed_loop_scores(statistics: dict[str, str]) -> dict[str, Score]:
    """Return, for each of `statistics`, that a closed loop cannot answer it."""
    reason = missing("closed_loop", "closed loop: no queueing, not a real-time claim")
    return dict.fromkeys(statistics, reason)
