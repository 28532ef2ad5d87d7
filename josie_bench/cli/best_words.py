"""Why `josie-bench best` chose as it did, in words with figures and intervals, and the choice as YAML."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from josie_bench.bench.best import Candidate, PartChoice, Rank, due_ms, window_ratio
from josie_bench.reports._words import number, with_interval
from josie_bench.statistics.paired_ratio import ratio_verdict
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.score import Score


def candidate_lines(candidates: Sequence[Candidate]) -> Iterator[str]:
    """Yield how the candidates did as a whole, the best first."""
    first = candidates[0].case
    due = due_ms(first)
    yield (
        f"Candidates as they are, {first.rounds} mixed rounds of {first.windows} windows, closed loop (no queueing): "
        f"upper 95 % bound of the p95 of compute time, due in {due:g} ms"
    )
    for candidate in candidates:
        yield f"  {candidate.case.id}  {_bound_words(candidate)}"


def part_lines(choices: Sequence[PartChoice]) -> Iterator[str]:
    """Yield each component's ranking and what follows from it."""
    yield "Time of each component in a window, median over rounds, and the best candidate's time ÷ it"
    for choice in choices:
        yield f"  {choice.component}"
        for rank in choice.ranking:
            yield f"    {_engine(rank.engine):24} {_rank_words(rank)}"
        yield f"    → {_because(choice)}"


def _rank_words(rank: Rank) -> str:
    time = "n/a" if rank.time.value_ms is None else with_interval(rank.time.value_ms, rank.time.ci, "ms")
    if rank.ratio is None:
        return f"{time}  (the best candidate's)"
    return f"{time}  {_ratio_words(rank.ratio)}"


def _because(choice: PartChoice) -> str:
    own = next(rank for rank in choice.ranking if rank.verdict == "same")
    if choice.engine != own.engine:
        found = next(rank for rank in choice.ranking if rank.engine == choice.engine)
        assert found.ratio is not None, "only another engine is chosen over the best candidate's"
        return f"{_engine(choice.engine)}: quicker than {_engine(own.engine)}, {_ratio_words(found.ratio)}"
    others = [rank for rank in choice.ranking if rank is not own]
    if not others:
        return f"{_engine(own.engine)}: the only engine among the candidates"
    tied = _with_verdict(others, "undecided", is_known=True)
    if tied:
        return f"{_engine(own.engine)} stays: a toss-up with {', '.join(tied)}, and a change must earn its place"
    unknown = _with_verdict(others, "undecided", is_known=False)
    if unknown:
        return f"{_engine(own.engine)} stays: nothing can be told of {', '.join(unknown)}"
    return f"{_engine(own.engine)}: the others are slower"


def _with_verdict(ranks: Sequence[Rank], verdict: str, *, is_known: bool) -> list[str]:
    """Return the engines of this verdict whose ratio has a value, or has none."""
    return [
        _engine(rank.engine)
        for rank in ranks
        if rank.verdict == verdict and (rank.ratio is not None and rank.ratio.value is not None) is is_known
    ]


def final_lines(best: Candidate, mix: Candidate) -> Iterator[str]:
    """Yield how the mix did beside the best candidate when both were measured again."""
    yield "The mix beside the best candidate, both measured again in mixed rounds"
    for candidate in (mix, best):
        yield f"  {candidate.case.id}  {_bound_words(candidate)}"
    ratio = window_ratio(best.result, mix.result)
    verdict = ratio_verdict(ratio)
    told = {"quicker": "the mix is quicker", "slower": "the mix is slower"}.get(verdict, "not told apart")
    yield f"  whole window, best candidate's time ÷ the mix's: {_ratio_words(ratio)}: {told}"
    chosen = "the mix" if mix.bound_ms < best.bound_ms else "the best candidate as it is"
    yield f"  → {chosen}: its bound is the lesser"


def yaml_lines(engines: EngineChoice) -> Iterator[str]:
    """Yield the choice as settings of a suite."""
    name = '"null"' if engines.backend == "null" else engines.backend  # unquoted it would be YAML's own null
    yield f"backend: {name}"
    yield f"precision: {engines.precision}"
    if engines.apart:
        yield "components:"
        yield from (f"  {name}: {backend}-{precision}" for name, backend, precision in engines.apart)
    if options := engines.options.told():
        yield "tensorrt:"
        yield from (f"  {name}: {json.dumps(value)}" for name, value in options.items())
    if (calibration := engines.calibration) is not None:
        yield "calibration:"
        yield from (f"  {name}: {json.dumps(value)}" for name, value in asdict(calibration).items())


def choice_lines(engines: EngineChoice) -> Iterator[str]:
    """Yield the choice as settings of a suite, and what must be known of it."""
    yield from ("", *yaml_lines(engines), "", *precision_lines(engines))


def precision_lines(engines: EngineChoice) -> Iterator[str]:
    """Yield the warning that engines below fp32 change numbers, if there are any."""
    below = sorted({precision for _, precision in engines.pairs()} - {"fp32"})
    if below:
        yield f"warning: {', '.join(below)} changes what the model computes: see how much with josie-bench run parity"


def deadline_words(chosen: Candidate) -> str:
    """Return whether the choice holds its deadline, as far as a closed loop can tell."""
    due = due_ms(chosen.case)
    words = _bound_words(chosen)
    if chosen.bound_ms > due:
        return f"{chosen.case.id} does not hold {due:g} ms: {words}"
    return f"{chosen.case.id}: {words} of the {due:g} ms it has"


def _bound_words(candidate: Candidate) -> str:
    score = candidate.result.metrics["compute_time.p95"]
    words = f"slowest answer {number(candidate.bound_ms)} ms, windows too alike to bound a p95"
    if score.value is not None:
        words = f"p95 {with_interval(score.value, score.ci, 'ms')}"
    is_late = candidate.bound_ms > due_ms(candidate.case)
    return f"{words}{': late' if is_late else ''}"


def _ratio_words(score: Score) -> str:
    return "n/a" if score.value is None else with_interval(score.value, score.interval)


def _engine(engine: tuple[str, str]) -> str:
    return "-".join(engine)
