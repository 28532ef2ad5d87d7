"""The checks of a case in plain words: what was looked at, whether it is well, and what was seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from josie_bench.reports._words import counted, number
from josie_bench.terms.result import CaseResult
from josie_bench.terms.score import NotAvailable
from josie_bench.terms.timebase import ms_from_us
from josie_bench.terms.validity import (
    INVALID_AUDIT,
    INVALID_CAP,
    INVALID_CLOCK,
    INVALID_NEIGHBOUR,
    INVALID_TELEMETRY,
    INVALID_THROTTLED,
    CapValidity,
    Identity,
    Validity,
)

HOLDS, BROKEN, UNKNOWN = "holds", "broken", "not known"
TITLE = "Can the numbers be trusted?"
HEADS = ("check", "verdict", "what was seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: `verdict` is `HOLDS`, `BROKEN` or `UNKNOWN`."""

    name: str
    verdict: str
    seen: str


def checks(case: CaseResult) -> list[Check]:
    """Return the checks of a case in the order of a reader's questions; none where no window was timed."""
    validity = case.validity
    if validity is None:
        return []
    return [
        _pacer(validity),
        *(_identity(identity) for identity in validity.identities),
        _clock(validity),
        _audit(validity),
        _throttle(validity),
        _neighbours(validity),
        _telemetry(validity),
        *([] if validity.cap is None else [_cap(validity, validity.cap)]),
    ]


def short_words(case: CaseResult) -> str:
    """Return the checks of a case in a few words: what is broken, else what was not known."""
    found = checks(case)
    broken = [check.name for check in found if check.verdict == BROKEN]
    unknown = [check.name for check in found if check.verdict == UNKNOWN]
    if broken:
        return f"broken: {', '.join(broken)}"
    return "all hold" if not unknown else f"all that could be looked at hold; not known: {', '.join(unknown)}"


def outcomes(cases: Sequence[CaseResult]) -> dict[str, list[str]]:
    """Return the ids of the cases that were checked by what their checks came to."""
    found: dict[str, list[str]] = {}
    for case in cases:
        if case.validity is not None:
            found.setdefault(short_words(case), []).append(case.id)
    return found


def diagnosis_lines(case: CaseResult) -> Iterator[str]:
    """Yield a line for each diagnosis, with its next step."""
    for found in case.diagnosis:
        yield f"{found.code}: {found.text}. Next: {found.next}."


def _verdict(validity: Validity, status: str, na: NotAvailable | None = None) -> str:
    if any(failure.status == status for failure in validity.failures):
        return BROKEN
    return HOLDS if na is None else UNKNOWN


def _pacer(validity: Validity) -> Check:
    harness = validity.harness
    late = f"{counted(harness.pacer_late, 'window')} handed over too late"
    seen = f"{late}; its 99.9th percentile needs 2,995 windows of an open loop"
    if harness.pacer_p999_us is not None:
        seen = f"lateness p99.9 {number(ms_from_us(harness.pacer_p999_us))} ms; {late}"
    if harness.null_p999_us is not None:
        seen += f"; the whole harness p99.9 {number(ms_from_us(harness.null_p999_us))} ms"
    return Check(name="windows came on time", verdict=HOLDS if harness.ok else BROKEN, seen=seen)


def _identity(identity: Identity) -> Check:
    if identity.error is None:
        return Check(name=identity.name, verdict=UNKNOWN, seen="" if identity.na is None else identity.na.detail)
    seen = f"off by {number(identity.error)}, at most {number(identity.limit)} {identity.unit}"
    return Check(name=identity.name, verdict=BROKEN if identity.is_broken else HOLDS, seen=seen)


def _clock(validity: Validity) -> Check:
    seen = f"nothing is stamped more than {validity.clock.disorder_ns:,} ns before its cause"
    if validity.clock.na is not None:
        seen += f"; {validity.clock.na.detail}"
    return Check(name="one clock", verdict=_verdict(validity, INVALID_CLOCK), seen=seen)


def _audit(validity: Validity) -> Check:
    audit = validity.audit
    same = audit.checked - len(audit.mismatched)
    seen = f"{same:,} of {counted(audit.checked, 'timed answer')} came again"
    if audit.mismatched:
        seen += f"; not of window {', '.join(map(str, audit.mismatched[:8]))}"
    if audit.reason:
        seen = f"{seen}: {audit.reason}" if audit.checked else audit.reason
    verdict = _verdict(validity, INVALID_AUDIT)
    return Check(
        name="answers are computed", verdict=UNKNOWN if verdict == HOLDS and not audit.checked else verdict, seen=seen
    )


def _throttle(validity: Validity) -> Check:
    throttle = validity.throttle
    if throttle.na is not None:
        return Check(name="GPU at its speed", verdict=UNKNOWN, seen=throttle.na.detail)
    why = ", ".join(f"{reason} {count:,}" for reason, count in throttle.reasons.items())
    seen = f"slowed in {counted(throttle.windows_flagged or 0, 'window')}" + (f" ({why})" if why else "")
    seen += f"; at its power cap in {counted(throttle.windows_capped or 0, 'window')}"
    return Check(name="GPU at its speed", verdict=_verdict(validity, INVALID_THROTTLED), seen=seen)


def _neighbours(validity: Validity) -> Check:
    neighbours = validity.neighbours
    on_gpu = f"at most {neighbours.gpu_processes} foreign processes on the GPU"
    parts = [on_gpu if neighbours.na is None else f"GPU: {neighbours.na.detail}"]
    if neighbours.others_cores is not None:
        parts.append(f"others kept {number(neighbours.others_cores)} cores busy on average")
    return Check(
        name="GPU to itself", verdict=_verdict(validity, INVALID_NEIGHBOUR, neighbours.na), seen="; ".join(parts)
    )


def _telemetry(validity: Validity) -> Check:
    telemetry = validity.telemetry
    if telemetry.na is not None:
        return Check(name="machine was watched", verdict=UNKNOWN, seen=telemetry.na.detail)
    worst = max(telemetry.gap_share.values(), default=0.0)
    seen = f"{counted(len(telemetry.gap_share), 'source')}, the worst silent in {number(worst * 100)} % of the time"
    if telemetry.cost_cores is not None:
        seen += f", at a cost of {number(telemetry.cost_cores)} cores"
    if telemetry.absent:
        absent = ", ".join(f"{source.source} ({source.reason.replace('_', ' ')})" for source in telemetry.absent)
        seen += f"; absent: {absent}"
    return Check(name="machine was watched", verdict=_verdict(validity, INVALID_TELEMETRY), seen=seen)


def _cap(validity: Validity, cap: CapValidity) -> Check:
    seen = "" if cap.na is None else cap.na.detail
    if cap.peak_mib is not None:
        whose = "by its process" if cap.is_of_process else "by whomever, for NVML hides its process"
        seen = f"at most {cap.peak_mib:,.0f} MiB held {whose}, of {cap.cap_mib:,.0f} MiB"
    return Check(name="held to its part of a GPU", verdict=_verdict(validity, INVALID_CAP), seen=seen)
