"""The columns in which engines are held against the reference, wherever they are shown."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.terms.result import CaseResult

# What is shown of a comparison: head → metric and statistic.
COLUMNS = {
    "audio codes": "parity_codes.audio_encoder.first",
    "vision codes": "parity_codes.vision_encoder.first",
    "text": "parity_codes.depth_transformer.first",
    "temporal ÷ τ": "parity_tolerance.temporal_transformer",
    "decoder ÷ τ": "parity_tolerance.audio_decoder",
    "sound dB": "parity_snr.min",
    "text alone": "free_running_agreement.text",
}


def is_compared(case: CaseResult) -> bool:
    """Return whether a case held engines against the reference and timed nothing."""
    return any(key in case.metrics for key in COLUMNS.values())


def split(cases: Sequence[CaseResult]) -> tuple[list[CaseResult], list[CaseResult]]:
    """Return the cases that timed windows, or were to, and those that compared."""
    return [case for case in cases if not is_compared(case)], [case for case in cases if is_compared(case)]
