"""Candidates made by hand: cases of six rounds with the medians of two components and of the whole window."""

from __future__ import annotations

from josie_bench.bench.best import Candidate, ranked
from josie_bench.terms.case import Case
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.result import CaseResult, MetricScore, RoundResult
from josie_bench.terms.score import Interval

DRIFT = (1.0, 1.1, 0.9, 3.0, 1.0, 1.05)  # round 4 had a loud neighbour


def candidate_result(case: Case, encoder_ms, decoder_ms, bound_ms: float, status: str = "OK") -> CaseResult:
    """Return a case's result; a component's time is one number that drifts with the rounds, or one for each round."""
    encoder, decoder = (
        [ms * by for by in DRIFT] if isinstance(ms, float) else list(ms) for ms in (encoder_ms, decoder_ms)
    )
    rounds = [
        RoundResult(
            index=index,
            status="OK",
            reason=None,
            started="2026-01-01T00:00:00+00:00",
            windows_measured=12,
            compute_p50_ms=first + second,
            component_p50_ms={"audio_encoder": first, "audio_decoder": second},
        )
        for index, (first, second) in enumerate(zip(encoder, decoder, strict=True))
    ]
    score = MetricScore(
        value=bound_ms - 5.0,
        unit="ms",
        direction="lower",
        definition="compute_time/1",
        origin="",
        n=72,
        ci=Interval(level=0.95, low=bound_ms - 9.0, high=bound_ms, method=""),
    )
    return CaseResult(
        id=case.id,
        sha="",
        status=status,
        reason=None if status == "OK" else "it broke",
        settings={},
        reproduce="",
        metrics={"compute_time.p95": score},
        rounds=rounds,
    )


def candidates(make_case, rows) -> list[Candidate]:
    """Return candidates of `(backend, precision, encoder_ms, decoder_ms, bound_ms)`, the best first."""
    cases, results = [], []
    for backend, precision, *times in rows:
        engines = EngineChoice(backend=backend, precision=precision)
        name = f"x/{backend}-{precision}/w300"
        cases.append(make_case(id=name, engines=engines, scenario="compute", rounds=6, windows=12, hop_ms=300.0))
        results.append(candidate_result(cases[-1], *times))
    return ranked(cases, results)
