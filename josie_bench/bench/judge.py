"""Scores held against budgets, and where a window's time goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from josie_bench.backends import COPIES
from josie_bench.metrics import definition_of, metrics_of
from josie_bench.statistics.order_statistics import quantile
from josie_bench.statistics.percentiles import Floats, percentile_scores
from josie_bench.statistics.series import as_ms, component_ns
from josie_bench.terms.budget import Budget
from josie_bench.terms.quantity import convert
from josie_bench.terms.recording import Ints, Recording
from josie_bench.terms.result import MetricScore, Verdict, WaterfallSpan
from josie_bench.terms.score import RUNS

QUEUE, REST = "queue", "rest of the step"


def metric_scores(recording: Recording) -> dict[str, MetricScore]:
    """Return every metric's statistics by `metric.statistic`.

    Speakers, dialogues and sessions are no runs: how many there were, an interval's method says.
    """
    return {
        f"{name}.{statistic}": MetricScore(
            value=score.value,
            unit=metric.unit,
            direction=metric.direction,
            definition=definition_of(metric, recording),
            origin=metric.origin,
            n=score.n,
            k=score.count,
            ci=score.interval,
            na=score.na,
            n_eff=score.n_eff,
            clusters=score.clusters if score.clusters_are == RUNS else None,
        )
        for name, metric in metrics_of(recording).items()
        for statistic, score in metric.compute(recording).items()
    }


def judge(scores: Mapping[str, MetricScore], budgets: Sequence[Budget]) -> list[Verdict]:
    """Return a verdict for each budget; a score or bound that has no value is `n/a`, never a pass."""
    return [_judge_one(scores, budget) for budget in budgets]


def _judge_one(scores: Mapping[str, MetricScore], budget: Budget) -> Verdict:
    if budget.key not in scores:
        detail = f"the scenario gives no {budget.metric}"
        return Verdict(expr=budget.expression, result="n/a", severity=budget.severity, detail=detail)
    score = scores[budget.key]
    value, detail = _side(score, budget.bound)
    if value is None:
        return Verdict(expr=budget.expression, result="n/a", severity=budget.severity, detail=detail)

    def is_kept(value: float) -> bool:
        return budget.holds(convert(value, score.unit, budget.unit or score.unit))

    return Verdict(
        expr=budget.expression,
        result="pass" if is_kept(value) else "fail",
        severity=budget.severity,
        detail=f"{budget.key} {budget.bound} is {_on_its_side(value, is_kept)} {score.unit}",
    )


def _on_its_side(value: float, is_kept: Callable[[float], bool]) -> str:
    """Return a number in four figures, or in as many as it takes not to be rounded over its limit."""
    texts = (f"{value:.{figures}g}" for figures in range(4, 18))
    return next(text for text in texts if is_kept(float(text)) == is_kept(value))


def _side(score: MetricScore, bound: str) -> tuple[float | None, str]:
    """Return the number that a budget is about, or why there is none."""
    if score.na is not None:
        return None, score.na.detail
    if bound == "value":
        return score.value, ""
    if score.ci is None:
        return None, "this statistic has no interval"
    side = score.ci.low if bound == "low" else score.ci.high
    return side, f"the interval has no finite {bound} bound at n = {score.n}"


def waterfall(recording: Recording, order: Sequence[str]) -> list[WaterfallSpan]:
    """Return where a measured window's time goes: waiting, each component in the order they run, and the rest.

    What was moved to a GPU and back stands by itself where that was told.
    """
    rows = np.flatnonzero(recording.answered())
    if not len(rows):
        return []
    busy = component_ns(recording, ("prepare", *order, COPIES))
    compute = recording.finished_ns[rows] - recording.started_ns[rows]
    parts = {
        QUEUE: recording.started_ns[rows] - recording.scheduled_ns[rows],
        **{name: series for name, series in busy.items() if series.any()},
        REST: compute - sum(busy.values()),
    }
    total = sum(float(series.mean()) for series in parts.values())
    runs, sessions = recording.runs(rows), recording.sessions_of(rows)
    return [
        _span(name, as_ms(series), float(series.mean()) / total if total else 0.0, runs, sessions)
        for name, series in parts.items()
    ]


def _span(name: str, took_ms: Floats, share: float, runs: Ints | None, sessions: Ints | None) -> WaterfallSpan:
    p50, p99 = percentile_scores(took_ms, (50.0, 99.0), runs=runs, sessions=sessions).values()
    return WaterfallSpan(
        span=name,
        p50=quantile(took_ms, 0.5),
        p99=p99.value,
        share=share,
        n=len(took_ms),
        p50_n_eff=p50.n_eff,
        p50_ci=p50.interval,
        p99_n_eff=p99.n_eff,
        p99_ci=p99.interval,
    )
