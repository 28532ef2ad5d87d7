"""What becomes of a statement: arithmetic first, then a run at the paper's scale, else what it waits for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from josie_bench.terms.claim import (
    AMBIGUOUS,
    CONFIRMED,
    NOT_TESTABLE,
    PENDING,
    QUALITY,
    REFUTED,
    REFUTED_ARITHMETIC,
    SETTLED,
    Claim,
    Entry,
    Figure,
    Measured,
    Outcome,
    Reading,
    stands,
)
from josie_bench.terms.result import Result


def judge(claim: Claim, *results: Result) -> Entry:
    """Return the statement with its verdict, as far as `results` speak to it."""
    outcomes = tuple(outcome_of(claim, reading, results) for reading in claim.readings)
    return Entry(claim=claim, verdict=verdict_of(claim.kind, [found.verdict for found in outcomes]), outcomes=outcomes)


def verdict_of(kind: str, verdicts: Sequence[str]) -> str:
    """Return the one verdict of all readings; readings that differ, or of what has no one meaning, are ambiguous.

    >>> verdict_of("system", ["pending", "refuted_arithmetic"]), verdict_of("arith", ["confirmed"])
    ('ambiguous', 'confirmed')
    """
    found = set(verdicts)
    if found <= {REFUTED, REFUTED_ARITHMETIC}:
        return REFUTED if REFUTED in found else REFUTED_ARITHMETIC
    if len(found) > 1 or (kind == "undefined" and len(verdicts) > 1 and not found & set(SETTLED)):
        return AMBIGUOUS
    return found.pop()


def outcome_of(claim: Claim, reading: Reading, results: Sequence[Result]) -> Outcome:
    """Return what becomes of one reading; one on quality hears nothing from seeded weights."""
    figure = reading.figure or claim.figure
    recomputed = None if reading.compute is None else float(reading.compute())
    measured = () if reading.measure is None else tuple(one for each in results for one in reading.measure(each))
    is_of_quality = claim.kind == QUALITY or reading.is_of_quality
    seeded = [one.case for one in measured if is_of_quality and not one.is_trained]
    measured = tuple(one for one in measured if one.case not in seeded)
    if seeded:
        reading = replace(reading, waits_for=f"{reading.waits_for}; of {', '.join(seeded)} weights are seeded")
    ordered = tuple(sorted(measured, key=lambda one: _rank(reading, one, figure)))
    verdict, reason = _verdict(claim, reading, recomputed, ordered, figure)
    return Outcome(
        reading=reading,
        verdict=verdict,
        reason=reason,
        recomputed=recomputed,
        measured=ordered,
        here=verdict_by(reading, ordered, figure),
    )


def _verdict(
    claim: Claim, reading: Reading, recomputed: float | None, measured: Sequence[Measured], figure: Figure | None
) -> tuple[str, str]:
    if reading.refuted_by:
        return REFUTED, reading.refuted_by
    if recomputed is not None and figure is not None and reading.relation is not None:
        follows = stands(reading.relation, recomputed, recomputed, figure)
        if not follows:
            return REFUTED_ARITHMETIC, ""
        if not reading.is_limit:
            return CONFIRMED, ""
    at_scale = [one for one in measured if claim.is_of_design or one.scale.is_papers]
    if found := verdict_by(reading, at_scale, figure):
        return found, ""
    return (NOT_TESTABLE, reading.untestable) if reading.untestable else (PENDING, reading.waits_for)


def verdict_by(reading: Reading, measured: Sequence[Measured], figure: Figure | None) -> str | None:
    """Return what numbers say; None where there are none, or they do not decide it."""
    if figure is None or reading.relation is None:
        return None
    found = [_holds(reading.relation, one, figure) for one in measured]
    if reading.is_universal:
        return REFUTED if False in found else CONFIRMED if found and None not in found else None
    return CONFIRMED if True in found else REFUTED if found and None not in found else None


def _holds(relation: str, measured: Measured, figure: Figure) -> bool | None:
    value = measured.value
    low, high = (value, value) if measured.is_exact else (-math.inf, math.inf)
    return stands(
        relation,
        low if measured.low is None else measured.low,
        high if measured.high is None else measured.high,
        figure,
    )


def _rank(reading: Reading, measured: Measured, figure: Figure | None) -> tuple[int, float]:
    holds = None if figure is None or reading.relation is None else _holds(reading.relation, measured, figure)
    order = (False, None, True) if reading.is_universal else (True, None, False)
    return order.index(holds), measured.value
