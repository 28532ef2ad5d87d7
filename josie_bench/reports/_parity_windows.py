"""Engines beside the reference at each length of window: engine and precision down, windows across."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from josie_bench.reports._cells import Table, table_of
from josie_bench.reports._words import ABSENT, number
from josie_bench.suites.identity import ID
from josie_bench.terms.quantity import duration_ms
from josie_bench.terms.result import CaseResult, MetricScore

TITLE = "Against the reference, window by window"
WORDS = (
    "Of each engine and precision at each length of window: of the codes that the reference chose clearly, the share "
    "that is equal, of what is heard or of what is seen, whichever is less; and the largest error in units of the "
    "tolerance τ, of the temporal transformer or of the decoder, whichever is more. Up to 1 τ is as right as the "
    "reference itself is at fewer bits."
)
SCENARIO = "parity"
NOT_COMPARED = "not_compared"  # a component that is not there
CLEAR = ("parity_codes.audio_encoder.clear", "parity_codes.vision_encoder.clear")
OVER = ("parity_tolerance.temporal_transformer", "parity_tolerance.audio_decoder")
OF_A_CELL = (
    "name",
    "budgets",
    "timeout",
    "window",
    "hop",
    "deadline",
    "windows",
)  # settings that rows do not differ in


def parity_heads(cases: Sequence[CaseResult]) -> tuple[str, ...]:
    """Return the heads: the engine, and every length of window that was compared, rising."""
    return ("engine and precision", *(f"{length:g} ms" for length in _lengths(_by_engine(cases))))


def parity_rows(cases: Sequence[CaseResult]) -> list[tuple[str, ...]]:
    """Return a row for each engine at each precision; none where no engine was compared at two lengths."""
    engines = _by_engine(cases)
    if all(len(found) < 2 for found in engines.values()):
        return []
    lengths = _lengths(engines)
    return [
        (_engine(next(iter(found.values()))), *(_cell(found.get(length)) for length in lengths))
        for found in engines.values()
    ]


def parity_table(cases: Sequence[CaseResult]) -> Table:
    """Return the table; it has no rows where windows of one length were compared."""
    return table_of(parity_heads(cases), parity_rows(cases))


def _by_engine(cases: Sequence[CaseResult]) -> dict[str, dict[float, CaseResult]]:
    """Return the compared cases by all that they were told but the window, and by that; of two alike the first."""
    engines: dict[str, dict[float, CaseResult]] = {}
    for case in cases:
        window = case.settings.get("window")
        if case.settings.get("scenario") == SCENARIO and isinstance(window, str):
            kept = {key: value for key, value in case.settings.items() if key not in OF_A_CELL}
            key = json.dumps(kept, sort_keys=True, default=str)
            engines.setdefault(key, {}).setdefault(duration_ms(window), case)
    return engines


def _lengths(engines: Mapping[str, Mapping[float, CaseResult]]) -> list[float]:
    return sorted({length for found in engines.values() for length in found})


def _engine(case: CaseResult) -> str:
    """Return what a case's id says without its name and its window: `onnxruntime-int8`, and what else varies."""
    told = ID.fullmatch(case.id)
    if told is None:
        return case.id
    return case.id.removeprefix(f"{told['name']}/").partition("/")[0] + told["varied"]


def _cell(case: CaseResult | None) -> str:
    if case is None:
        return ABSENT
    if case.status != "OK":
        return case.status
    clear, over = _values(case, CLEAR), _values(case, OVER)
    codes = f"{number(100.0 * min(clear))} %" if clear else ABSENT
    if any(score.na is not None and score.na.reason != NOT_COMPARED for score in _scores(case, OVER)):
        return f"{codes}, n/a τ"  # of the one that has none the other's tells nothing
    return f"{codes}, {number(max(over))} τ" if over else codes


def _scores(case: CaseResult, keys: Sequence[str]) -> list[MetricScore]:
    return [score for key in keys if (score := case.metrics.get(key)) is not None]


def _values(case: CaseResult, keys: Sequence[str]) -> list[float]:
    return [score.value for score in _scores(case, keys) if score.value is not None]
