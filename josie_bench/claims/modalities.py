"""One modality is enough: that the model runs with it, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from statistics import mean

from josie_bench.claims._evidence import FAILED, RAN, cases_of, measured, scale_of
from josie_bench.claims._stated import FULL, NO_PICTURES, TRAINED, percent
from josie_bench.terms.claim import AT_LEAST, AT_MOST, Claim, Figure, Measured, Reading, printed
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.result import CaseResult, Result
from josie_bench.terms.window import MODALITIES

SUBSETS = [frozenset(some) for size in range(1, len(MODALITIES) + 1) for some in combinations(MODALITIES, size)]
SPOKEN = "output_length.spoken_windows"
ALONE = "a run of a trained checkpoint in which a modality is alone: josie-bench run retention"
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
        case="1 subset" if len(spoke | failed) == 1 else f"{len(spoke | failed)} subsets",
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


def _kept(result: Result, *, reading: str) -> Sequence[Measured]:
    """Return what is left, in per cent, in each case in which a single modality ever arrives."""
    return [
        _changed(found, lambda value: 100.0 * value, f"{found.statistic}, {alone} alone")
        for alone, found in _alone(result, f"retention.{reading}")
    ]


def _word_errors_more(result: Result, *, statistic: str, change: Callable[[float], float]) -> Sequence[Measured]:
    """Return by how many per cent word errors rise where audio alone arrives."""
    found = [_changed(kept, change, kept.statistic) for alone, kept in _alone(result, statistic) if alone == "audio"]
    return [rise for rise in found if math.isfinite(rise.value)]


def _risen(kept: float) -> float:
    """Return by how many per cent errors rise of which so much is kept; without end where there were none before."""
    return 100.0 / kept - 100.0 if kept else math.inf


def _alone(result: Result, key: str) -> Iterator[tuple[str, Measured]]:
    """Yield the one modality that arrives in a case, and the case's score."""
    for case in cases_of(result, scenario="quality"):
        lost, score = Dropout.from_settings(case.settings), case.metrics.get(key)
        if lost is None or not lost.is_total:  # what is late, in noise or gone at times is not missing
            continue
        left = _subset(case) - set(lost.of)
        if len(left) == 1 and case.status in RAN and score is not None and score.value is not None:
            yield min(left), measured(result, case, key, score)


def _changed(found: Measured, change: Callable[[float], float], statistic: str) -> Measured:
    """Return a number and its bounds put through a function that rises or falls throughout."""
    changed = [math.inf if side is None else change(side) for side in (found.low, found.high)]
    sides = [side if math.isfinite(side) else None for side in changed]
    low, high = sides if change(1.0) > change(0.5) else reversed(sides)
    return replace(found, value=change(found.value), low=low, high=high, unit="%", statistic=statistic)


def _reading_of_runs(name: str, reading: str, formula: str) -> Reading:
    return Reading(
        name=name,
        formula=formula,
        relation=AT_LEAST,
        is_universal=True,
        is_of_quality=True,
        measure=partial(_kept, reading=reading),
        waits_for=ALONE,
    )


def _left(*losses: float) -> list[float]:
    return [100.0 - loss for loss in losses]


def _relative() -> list[float]:
    return _left(WER_RISE, FID_RISE, BLEU_FALL)


def _points() -> list[float]:
    return _left(percent(WER_RISE, FULL.wer), percent(FID_RISE, FULL.fid), percent(BLEU_FALL, FULL.bleu))


def _change(
    name: str,
    statement: str,
    *,
    published: str,
    change: float,
    full: float,
    unit: str,
    sign: int,
    untestable: str = "",
    more: Sequence[Reading] = (),
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
            *more,
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
            _reading_of_runs("mean over tasks", "macro", "of errors full ÷ lacking; their mean over tasks"),
            _reading_of_runs("the task that suffers most", "worst", "likewise; of the task that keeps least"),
            _reading_of_runs("points over tasks", "points", "points from 0 to 100, lacking ÷ full"),
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
        more=(
            Reading(
                name="relative, on a run",
                formula="WER with audio alone ÷ WER with everything − 1",
                relation=AT_MOST,
                is_universal=True,
                measure=partial(_word_errors_more, statistic="retention.transcribe", change=_risen),
                waits_for=ALONE,
            ),
            Reading(
                name="points, on a run",
                formula="WER with audio alone − WER with everything",
                relation=AT_MOST,
                is_universal=True,
                measure=partial(
                    _word_errors_more, statistic="retention.transcribe.difference", change=lambda points: -100 * points
                ),
                waits_for=ALONE,
            ),
        ),
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
