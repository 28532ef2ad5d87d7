"""What missing modalities cost: time, memory and answers of cases that lost some, or never had them, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from josie_bench.reports._cells import Cell, Table, table_of
from josie_bench.reports._words import ratio_words, score_words
from josie_bench.terms.dropout import ABSENT as NEVER
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.result import CaseResult, MetricScore

TITLE = "What missing modalities cost"
WORDS = (
    "Response, memory and answers of each case as a whole, whatever was there. Work is that of windows which lack "
    "something over that of those behind them, a recovery until work is as usual again; nothing is said of them where "
    "nothing came back. Memory is what loading and running added to the process: what the memory model says, what was "
    "resident, and what the C library's allocator gave out."
)
NOTHING = "nothing"
TIMED = "compute_time.p50"  # which every case has that timed windows
RATIOS = {"missed": "deadline_miss_ratio.budget", "invalid answers": "output_validity.invalid"}
COLUMNS = {
    "response p50": "response_latency.p50",
    "missed": RATIOS["missed"],
    "memory predicted": "memory_prediction.predicted",
    "memory measured": "memory_prediction.measured",
    "predicted to be given out": "memory_prediction.given_out",
    "given out": "memory_prediction.allocated",
    "work without ÷ with": "dropout.work.p50",
    "first window back, more": "dropout_recovery.first.p50",
    "longest recovery": "dropout_recovery.max",
    "invalid answers": RATIOS["invalid answers"],
}
UNASKED = ("closed_loop", "not_measured")
Loss = tuple[frozenset[str], str]


def dropout_table(cases: Sequence[CaseResult]) -> Table:
    """Return a row for each case that timed windows; none where no case of the run loses anything on its way."""
    timed = [case for case in cases if TIMED in case.metrics]
    if all(case.settings.get("dropout") is None for case in timed):
        return table_of((), ())
    every = list(dict.fromkeys(name for case in timed for name in modalities_of(case)))
    columns = {head: key for head, key in COLUMNS.items() if any(is_asked(case.metrics.get(key)) for case in timed)}
    rows: list[tuple[str | Cell, ...]] = []
    for case in timed:
        lost, pattern = loss_of(case, every)
        missing = ", ".join(name for name in every if name in lost) or NOTHING
        rows.append((case.id, missing, pattern, *(_cell(case, key) for key in columns.values())))
    return table_of(("case", "missing", "how", *columns), rows)


def loss_of(case: CaseResult, every: Iterable[str]) -> Loss:
    """Return what a case lost, or of `every` modality never had, and how."""
    if (lost := Dropout.from_settings(case.settings)) is not None:
        return frozenset(lost.of), lost.pattern
    never = frozenset(every) - set(modalities_of(case))
    return never, NEVER if never else NOTHING


def modalities_of(case: CaseResult) -> tuple[str, ...]:
    """Return the modalities that a case has, in its order."""
    return names(case.settings.get("modalities"))


def names(value: object) -> tuple[str, ...]:
    """Return the names that a setting lists; none where it is something else."""
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def is_asked(score: MetricScore | None) -> bool:
    """Return whether a case was asked for a number; one in a closed loop is for no response."""
    return score is not None and (score.na is None or score.na.reason not in UNASKED)


def _cell(case: CaseResult, key: str) -> Cell:
    score = case.metrics.get(key)
    is_number = score is not None and score.value is not None
    words = ratio_words(score) if key in RATIOS.values() else score_words(score)
    return Cell(text=words, is_struck=is_number and case.status != "OK", is_missing=not is_number)
