"""The noise floor of a host: how far runs of one and the same build lie apart, and until when that may be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

NOISE_SCHEMA = "josie-bench/noise-floor"
NOISE_VERSION = "1.1.0"
VALID_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFloor:
    """How far one `metric.statistic` moves where nothing changed.

    Attributes:
        scale: `relative` (logarithms of ratios) or `absolute`.
        margin: the larger of the metric's default and `floor`, relative or in the metric's unit.
        floor: 95th percentile of the size of changes between runs of one build.
        spread: standard deviation of single runs, on the scale of the effects (logarithms where relative).
        level: median of the runs, on that scale; of several days, how far these lie apart is how the host drifts.
    """

    metric: str
    scale: str
    margin: float
    floor: float
    spread: float
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseFloor:
    """What `calibrate` found for one case on one host; instants are ISO 8601 in UTC.

    Attributes:
        host: fingerprint of the machine, its GPU's driver included.
        case: id of the one that was run.
        conditions: digest of its settings.
        runs: in how many fresh processes.
        comparisons: how often eight of them were held against eight others.
        scenario, backend: of the case; None in a file of an earlier version, which holds for its case alone.

    Raises:
        ValueError: `created` is no such instant.
    """

    schema: str
    schema_version: str
    host: str
    tool: str
    suite: str
    case: str
    conditions: str
    created: str
    runs: int
    comparisons: int
    metrics: list[MetricFloor]
    scenario: str | None = None
    backend: str | None = None

    def __post_init__(self) -> None:
        try:
            is_known = self.expires().tzinfo is not None
        except (ValueError, OverflowError):
            is_known = False
        if not is_known:
            raise ValueError(f"created {self.created[:40]!r} is no instant of ISO 8601 with its offset from UTC")

    def expires(self) -> datetime:
        """Return from when on it may no longer be used."""
        return datetime.fromisoformat(self.created) + timedelta(days=VALID_DAYS)

    def of(self, metric: str) -> MetricFloor | None:
        """Return what it says of a metric, or None."""
        return next((floor for floor in self.metrics if floor.metric == metric), None)


def fitting(
    floors: Sequence[NoiseFloor],
    *,
    host: str,
    tool: str,
    conditions: Sequence[str],
    kinds: Sequence[tuple[str, str]],
    now: datetime,
) -> tuple[NoiseFloor | None, str | None]:
    """Return the newest noise floor that may be used here, and why a nearer one may not.

    Args:
        floors: all there are, in any order.
        host: fingerprint of both sides' machine.
        tool: version of josie-bench that measured.
        conditions: of the cases that are compared; a floor of one of them is preferred to another case's.
        kinds: scenario and backend of the cases that are compared; another case's floor must be of one of these.
        now: in UTC.
    """
    near = [floor for floor in floors if floor.conditions in conditions or (floor.scenario, floor.backend) in kinds]
    own = sorted((floor for floor in near if floor.host == host), key=lambda floor: floor.created)
    good = [floor for floor in own if floor.tool == tool and floor.expires() > now]
    same = [floor for floor in good if floor.conditions in conditions]
    if same or good:
        return (same or good)[-1], None
    if own:
        last = own[-1]
        why = f"expired on {last.expires():%Y-%m-%d}" if last.tool == tool else f"was made by josie-bench {last.tool}"
        return None, f"the noise floor of {last.created[:10]} {why}: run josie-bench calibrate again"
    return None, "no noise floor of such a case is known on this host: josie-bench calibrate measures it"


def pinning_words(facts: Mapping[str, object]) -> str:
    """Return on how many cores `calibrate` must run for its noise floor to hold; empty where that is on all.

    A process that is pinned, as a fleet's worker is, sees another machine: how many cores it has is in the fingerprint.

    Args:
        facts: of the machine, as whoever measured saw it.
    """
    cores, own = facts.get("cpu_cores"), facts.get("cpu_affinity")
    return f", on {own} of its {cores} cores as here (taskset -c)" if isinstance(own, int) and own != cores else ""


def levels_by_day(floors: Sequence[NoiseFloor], metric: str, scale: str) -> list[float]:
    """Return the level of a metric on each day that it was measured on, the last of that day.

    Args:
        floors: of one case on one host, in any order.
        metric: its key.
        scale: on which it is asked for.
    """
    found: dict[str, float] = {}
    for floor in sorted(floors, key=lambda floor: floor.created):
        some = floor.of(metric)
        if some is not None and some.scale == scale:
            found[floor.created[:10]] = some.level
    return list(found.values())
