"""Two results held against each other: matched cases, equal conditions, a verdict for each metric and for the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import josie_bench
from josie_bench.bench.claim_flips import notes_on_claims
from josie_bench.bench.comparability import check_varied, differences, is_varied
from josie_bench.bench.comparison_notes import (
    blocks_for,
    floor_words,
    notes_on_gates,
    notes_on_processes,
    notes_on_stored,
    notes_on_torn,
)
from josie_bench.bench.metric_comparison import Pair, blocks_of, compare_metric
from josie_bench.bench.noise_floor import floor_for, floors_of_days, is_of
from josie_bench.errors import UsageError
from josie_bench.plugins import unknown_name
from josie_bench.statistics.false_discovery import RATE, adjusted
from josie_bench.terms.comparison import (
    ABSOLUTE,
    AMBIGUOUS,
    COMPARISON_SCHEMA,
    COMPARISON_VERSION,
    FASTER,
    INCOMPARABLE,
    INTERLEAVED,
    INVALID,
    SLOWER,
    STORED,
    CaseComparison,
    Comparison,
    MetricComparison,
    Side,
    worst,
)
from josie_bench.terms.noise_floor import NoiseFloor
from josie_bench.terms.result import CaseResult, MetricScore, Result

# Six at most: with 8 blocks a lone regression among seven cannot be told from chance.
GATES = (
    "response_latency.p50",
    "response_latency.p99",
    "compute_time.p50",
    "compute_time.p99",
    "deadline_miss_ratio.budget",
    "host_memory.peak",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How two results are to be compared.

    Attributes:
        gates: keys whose change for the worse is a regression; empty takes `GATES`, as far as both sides have them.
        varied: conditions that may differ.
        pairs: ids of the cases to match; empty matches equal ids, or the only case of each.
        floors: all noise floors there are.
        is_interleaved: whether rounds of both sides were mixed.
        now: in UTC.
    """

    gates: tuple[str, ...] = ()
    varied: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    floors: tuple[NoiseFloor, ...] = ()
    is_interleaved: bool = False
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


def compare_results(a: Result, b: Result, question: Question) -> Comparison:
    """Return the second result held against the first.

    Raises:
        UsageError: no case can be matched, or a gate or condition is not known.
    """
    check_varied(question.varied)
    pairs = question.pairs or tuple(_matched(a, b))
    by_a, by_b = ({case.id: case for case in result.cases} for result in (a, b))
    _check_gates(question.gates, [*by_a.values(), *by_b.values()])
    cases = [_compare_case(a, by_a[one], b, by_b[other], question) for one, other in pairs]
    cases = [_concluded(case) for case in _confirmed(cases)]
    return Comparison(
        schema=COMPARISON_SCHEMA,
        schema_version=COMPARISON_VERSION,
        tool=josie_bench.__version__,
        created=question.now.isoformat(timespec="seconds"),
        design=INTERLEAVED if question.is_interleaved else STORED,
        a=_side(a),
        b=_side(b),
        verdict=worst([case.verdict for case in cases]),
        gates=list(question.gates or GATES),
        cases=cases,
        notes=list(dict.fromkeys(_notes(a, b, pairs, cases, question))),
    )


def _matched(a: Result, b: Result) -> Iterator[tuple[str, str]]:
    """Yield the ids of cases that belong together.

    Raises:
        UsageError: there are none.
    """
    first, second = [case.id for case in a.cases], [case.id for case in b.cases]
    if len(first) == len(second) == 1:
        yield first[0], second[0]
        return
    common = [name for name in first if name in second]
    if not common:
        mend = "compare runs of one suite, or runs of a single case each"
        raise UsageError(f"no case of {a.run.id} is in {b.run.id}: {', '.join(first)}; {', '.join(second)}: {mend}")
    for name in common:
        yield name, name


def _check_gates(gates: Sequence[str], cases: Sequence[CaseResult]) -> None:
    known = {key for case in cases for key, score in case.metrics.items() if score.direction != "none"}
    for gate in gates:
        if known and gate not in known:
            raise UsageError(f"--gate {gate}: {unknown_name('metric', gate, known)}")


def _compare_case(a: Result, case_a: CaseResult, b: Result, case_b: CaseResult, question: Question) -> CaseComparison:
    found = differences(a, case_a, b, case_b)
    blank = CaseComparison(
        a=case_a.id,
        b=case_b.id,
        verdict=AMBIGUOUS,
        reason="",
        incomparable=[some for some in found if not is_varied(some.field, question.varied)],
        varied=[some for some in found if is_varied(some.field, question.varied)],
    )
    sides = (("A", case_a), ("B", case_b))
    bad = [f"{side} is {case.status}: {case.reason}" for side, case in sides if case.status != "OK"]
    if bad:
        return replace(blank, verdict=INVALID, reason="; ".join(bad))
    if blank.incomparable:
        fields = ", ".join(some.field for some in blank.incomparable)
        reason = f"INCOMPARABLE({fields}): --vary says which of them may differ"
        return replace(blank, verdict=INCOMPARABLE, reason=reason)
    floor, _ = floor_for(a, case_a, b, case_b, floors=question.floors, now=question.now)
    is_own = floor is not None and is_of(floor, case_a, case_b)
    days = () if question.is_interleaved else floors_of_days(question.floors, a, case_a, case_b)
    pair = Pair(a=case_a, b=case_b, floor=floor, is_own_floor=is_own, days=days)
    lacking = [gate for gate in question.gates if not _is_on_both(gate, case_a, case_b)]
    if lacking:
        reason = "; ".join(f"{gate}: {_why_missing(gate, case_a, case_b)}" for gate in lacking)
        return replace(blank, verdict=INVALID, reason=f"gated and not measured on both sides: {reason}")
    gates = question.gates or GATES
    on_both = {key for key in case_a.metrics if _is_on_both(key, case_a, case_b)}
    keys = [key for key in on_both if case_a.metrics[key].direction != "none"]
    ordered = sorted(keys, key=lambda key: (key not in gates, key))
    compared = [compare_metric(pair, key, is_gated=key in gates) for key in ordered]
    on_any = {key for key in gates if _has(case_a, key) or _has(case_b, key)}
    lost = [_lost(key, case_a, case_b) for key in gates if key in on_any - on_both]
    return replace(blank, metrics=[*lost, *(metric for metric in compared if metric is not None)])


def _has(case: CaseResult, key: str) -> bool:
    return key in case.metrics and bool(blocks_of(case, key))


def _is_on_both(key: str, case_a: CaseResult, case_b: CaseResult) -> bool:
    """Return whether both sides have a number of a metric in the same block."""
    is_scored = _has(case_a, key) and _has(case_b, key)
    return is_scored and not blocks_of(case_a, key).keys().isdisjoint(blocks_of(case_b, key))


def _lost(key: str, case_a: CaseResult, case_b: CaseResult) -> MetricComparison:
    """Return the comparison of a gated metric that only one side has: it is not settled by leaving it out."""
    score = case_a.metrics.get(key) or case_b.metrics[key]
    return MetricComparison(
        metric=key,
        unit=score.unit,
        direction=score.direction,
        scale=ABSOLUTE,
        is_gated=True,
        verdict=AMBIGUOUS,
        reason=f"only one side has it: {_why_missing(key, case_a, case_b)}",
    )


def _why_missing(key: str, case_a: CaseResult, case_b: CaseResult) -> str:
    for case in (case_a, case_b):
        score: MetricScore | None = case.metrics.get(key)
        if score is None:
            return "the scenario gives none"
        if score.na is not None:
            return score.na.detail
    return "no round has windows enough for it by itself"


def _confirmed(cases: Sequence[CaseComparison]) -> list[CaseComparison]:
    """Return the cases with their gated verdicts held against Benjamini and Hochberg over all of them."""
    gated = [metric for case in cases for metric in case.metrics if metric.is_gated]
    p_by = {id(metric): metric.p for metric in gated if metric.p is not None}
    adjusted_by = dict(zip(p_by, adjusted(list(p_by.values())), strict=True))

    def confirm(metric: MetricComparison) -> MetricComparison:
        q = adjusted_by.get(id(metric))
        if q is None or q <= RATE or metric.verdict not in (SLOWER, FASTER):
            return replace(metric, q=q)
        reason = f"{metric.reason}, but among {len(p_by)} gated metrics that is no discovery (q = {q:.2g} > {RATE:g})"
        asked = max(0, blocks_for(len(p_by)) - metric.n) or None
        return replace(metric, q=q, verdict=AMBIGUOUS, reason=reason, more_blocks=asked, is_lower_bound=True)

    return [replace(case, metrics=[confirm(metric) for metric in case.metrics]) for case in cases]


def _concluded(case: CaseComparison) -> CaseComparison:
    """Return the case with the worst of its gated verdicts."""
    if case.verdict in (INVALID, INCOMPARABLE):
        return case
    gated = [metric for metric in case.metrics if metric.is_gated]
    if not gated:
        return replace(case, verdict=INVALID, reason="no gated metric has a number on both sides")
    verdict = worst([metric.verdict for metric in gated])
    named = ", ".join(metric.metric for metric in gated if metric.verdict == verdict)
    return replace(case, verdict=verdict, reason=named)


def _side(result: Result) -> Side:
    git = result.host.get("git")
    commit = f"{git.get('commit')}{'+' if git.get('dirty') else ''}" if isinstance(git, Mapping) else None
    return Side(
        run=result.run.id,
        suite=result.run.suite,
        tool=result.run.tool,
        started=result.run.started,
        host=str(result.host.get("fingerprint")),
        commit=commit,
    )


def _notes(
    a: Result, b: Result, pairs: Sequence[tuple[str, str]], cases: Sequence[CaseComparison], question: Question
) -> Iterator[str]:
    yield from notes_on_torn(a, pairs) if question.is_interleaved else notes_on_stored(a, b, pairs)
    for result in (a, b):
        yield from notes_on_processes(result)
    by_a, by_b = ({case.id: case for case in result.cases} for result in (a, b))
    for one, other in pairs:
        floor, why = floor_for(a, by_a[one], b, by_b[other], floors=question.floors, now=question.now)
        yield floor_words(floor) if floor is not None else str(why)
        sides = by_a[one], by_b[other]
        if ungated := [key for key in question.gates or GATES if not any(_has(side, key) for side in sides)]:
            yield f"{one}: neither side has {', '.join(ungated)}: not gated"
    yield from notes_on_gates(cases)
    yield from notes_on_claims(a, b)
