"""Looks between the rounds of a case: whether its gates are settled, so that it need not go on."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.bench.rounds import Round, pooled
from josie_bench.statistics.looks import BROKEN, LEVEL, LOOK_LEVEL, MET, OPEN, look_sizes
from josie_bench.statistics.share_gate import Standing, share_gate, standing
from josie_bench.terms.case import Case
from josie_bench.terms.recording import Recording
from josie_bench.terms.result import Look


def is_due(case: Case, rounds: int) -> bool:
    """Return whether to look after so many rounds: the schedule is fixed beforehand."""
    return case.early_stop and rounds in look_sizes(case.rounds)


def look(case: Case, rounds: Sequence[Round]) -> Look:
    """Return how the gates stand after these rounds: one that is broken decides, else all must be met.

    The last look, after all rounds, is as sure as the verdict; those before must be surer.
    """
    level = LEVEL if len(rounds) == case.rounds else LOOK_LEVEL
    recording = pooled({round_.index: round_.recording for round_ in rounds if round_.recording is not None})
    stands = {} if recording is None else _standings(case, recording, level)
    decisions = {found.decision for found in stands.values()}
    needed = [found.needed for found in stands.values()]
    broken = next((expression for expression, found in stands.items() if found.decision == BROKEN), None)
    return Look(
        rounds=len(rounds),
        windows=0 if recording is None else int(recording.measured().sum()),
        level=level,
        decision=BROKEN if broken else (MET if decisions == {MET} else OPEN),
        broken=broken,
        needed_windows=None if None in needed else max((count for count in needed if count is not None), default=None),
    )


def _standings(case: Case, recording: Recording, level: float) -> dict[str, Standing]:
    """Return how each gate stands, by its expression."""
    gates = {budget.expression: share_gate(budget, case.deadline_ms) for budget in case.budgets if budget.is_gate}
    return {
        expression: Standing(decision=OPEN, needed=None) if gate is None else standing(gate, recording, level)
        for expression, gate in gates.items()
    }


def stop_reason(case: Case, looks: Sequence[Look]) -> str | None:
    """Return why a case that may stop early ended where it did; None where it may not."""
    if not case.early_stop or not looks:
        return None
    last, of = looks[-1], f"of {case.rounds} rounds"
    if last.rounds == case.rounds:
        return f"all {case.rounds} rounds were run"
    if last.decision == MET:
        return f"settled after {last.rounds} {of}: every gate is met"
    if last.decision == BROKEN:
        return f"futile after {last.rounds} {of}: {last.broken} is broken, and no further round would mend that"
    return None
