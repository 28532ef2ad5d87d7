"""One modality is enough: that the model runs with it, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import mean

from josie_bench.claims._evidence import FAILED, RAN, cases_of, scale_of
from josie_bench.claims._stated import FULL, NO_PICTURES, TRAINED, percent
from josie_bench.terms.claim import AT_LEAST, Claim, Figure, Measured, Reading, printed
from josie_bench.terms.result import CaseResult, Result
from josie_bench.terms.window import MODALITIES

SUBSETS = [frozenset(some) for size in range(1, len(MODALITIES) + 1) for some in combinations(MODALITIES, size)]
SPOKEN = "output_length.spoken_windows"
WER_RISE, FID_RISE, BLEU_FALL = 1.2, 3.4, 4.1  # the paper's list, audio, vision and text alone


def _answered(result: Result) -> Sequence[Measured]:
    """Return in how many subsets of the modalities each backend answered; one that failed cannot be made up for."""
    cases: dict[str, list[CaseResult]] = {}
    for case in cases_of(result, mode="realtime"):
        cases.setdefault(f"{case.settings.get('preset')} {case.settings.get('backend')}", []).append(case)
    return [found for some in cases.values() if (found := _counted(result, some)).n]


def _counted(result: Result, cases: Sequence[CaseResult]) -> Measured:
    spoke = {_subset(case) for case in cases if _has_spoken(case)} & set(SUBSETS)
    failed = {_subset(case) for case in cases if case.status in FAILED} & set(SUBSETS) - spoke
    return Measured(
        case=f"{len(spoke | failed)} subsets",
        statistic=SPOKEN,
        value=float(len(spoke)),
        unit="of 7 subsets",
        scale=scale_of(result, cases[0]),
        n=len(spoke | failed),
        low=float(len(spoke)),
        high=float(len(SUBSETS) - len(failed)),
    )


def _subset(case: CaseResult) -> frozenset[str]:
    named = case.settings.get("modalities")
    return frozenset(map(str, named)) if isinstance(named, list | tuple) else frozenset()


def _has_spoken(case: CaseResult) -> bool:
    score = case.metrics.get(SPOKEN)
    return case.status in RAN and score is not None and bool(score.value)


def _left(*losses: float) -> list[float]:
    return [100.0 - loss for loss in losses]


def _relative() -> list[float]:
    return _left(WER_RISE, FID_RISE, BLEU_FALL)


def _points() -> list[float]:
    return _left(percent(WER_RISE, FULL.wer), percent(FID_RISE, FULL.fid), percent(BLEU_FALL, FULL.bleu))


def _change(
    name: str, statement: str, *, published: str, change: float, full: float, unit: str, sign: int, untestable: str = ""
) -> Claim:
    """Return the statement that one modality alone changes a score of the full model by so many per cent."""
    how = "+" if sign > 0 else "−"
    waits_for = "" if untestable else TRAINED

    def reading(way: str, formula: str, value: float) -> Reading:
        return Reading(
            name=way,
            formula=formula,
            compute=lambda: value,
            unit=unit,
            relation=None,
            waits_for=waits_for,
            untestable=untestable,
        )

    return Claim(
        id=f"drop.{name}",
        section="9.2",
        statement=statement,
        published=published,
        kind="quality",
        figure=printed(f"{change:g}", "%"),
        readings=(
            reading("relative", f"{full:g} · (1 {how} {change:g} %)", full * (1.0 + sign * change / 100.0)),
            reading("points", f"{full:g} {how} {change:g}", full + sign * change),
        ),
    )


CLAIMS = (
    Claim(
        id="mod.any",
        section="abstract",
        statement="any one modality is enough for the model to work effectively",
        published="requiring only one modality for effective functionality",
        kind="system",
        figure=Figure(value=float(len(SUBSETS)), unit="of 7 subsets", slack=0.0),
        metrics=(SPOKEN,),
        is_of_design=True,
        readings=(
            Reading(
                name="it runs",
                formula="subsets of audio, vision and text in which windows are answered and something is said",
                relation=AT_LEAST,
                measure=_answered,
                waits_for="a run with a case for each of the seven subsets: josie-bench run claims",
            ),
            Reading(name="it works effectively", waits_for=TRAINED),
        ),
    ),
    Claim(
        id="drop.92",
        section="9.2",
        statement="with a single modality 92 % of the performance are left",
        published="maintains 92% performance with single modality",
        kind="undefined",
        figure=printed("92", "%"),
        readings=(
            Reading(
                name="mean of the three changes listed below it",
                formula="100 − (1.2 + 3.4 + 4.1) ÷ 3",
                compute=lambda: mean(_relative()),
            ),
            Reading(name="the worst of them", formula="100 − 4.1", compute=lambda: min(_relative())),
            Reading(
                name="mean of them as points",
                formula="100 − the mean of 1.2 of 4.2, 3.4 of 18.7 and 4.1 of 42.3",
                compute=lambda: mean(_points()),
            ),
            Reading(name="a measure of its own", untestable="of which performance 92 % are left is not said"),
        ),
        note="The three numbers below it only come near if all three losses are suffered at once.",
    ),
    _change(
        "audio",
        "audio alone: WER rises by 1.2 %",
        published="WER increases by 1.2%",
        change=WER_RISE,
        full=FULL.wer,
        unit="WER",
        sign=1,
    ),
    _change(
        "vision",
        "vision alone: FID rises by 3.4 %",
        published="FID increases by 3.4%",
        change=FID_RISE,
        full=FULL.fid,
        unit="FID",
        sign=1,
        untestable=NO_PICTURES,
    ),
    _change(
        "text",
        "text alone: BLEU falls by 4.1 %",
        published="BLEU decreases by 4.1%",
        change=BLEU_FALL,
        full=FULL.bleu,
        unit="BLEU",
        sign=-1,
    ),
)
