"""Whether the numbers of a case may be trusted: every check, what it found, and the status that follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from josie_bench.bench.identities import CLOCK_LIMIT_NS, disorder_ns, identities
from josie_bench.statistics.causes import throttle_bits
from josie_bench.statistics.order_statistics import quantile
from josie_bench.terms.recording import Bools, Recording
from josie_bench.terms.score import NotAvailable
from josie_bench.terms.telemetry import (
    FOREIGN_PROCESSES,
    POWER_CAP,
    TELEMETRY,
    THROTTLE_REASONS,
    UNWATCHED,
    Telemetry,
    gpu_absence,
)
from josie_bench.terms.timebase import (
    NS_PER_S,
    mib_from_bytes,
    ms_from_ns,
    ms_from_us,
    ns_from_ms,
    ns_from_s,
    us_from_ns,
)
from josie_bench.terms.validity import (
    INVALID_AUDIT,
    INVALID_CAP,
    INVALID_CLOCK,
    INVALID_HARNESS,
    INVALID_NEIGHBOUR,
    INVALID_TELEMETRY,
    INVALID_THROTTLED,
    AbsentTelemetry,
    AuditValidity,
    CapValidity,
    ClockValidity,
    Failure,
    HarnessValidity,
    NeighbourValidity,
    TelemetryValidity,
    ThrottleValidity,
    Validity,
)
from josie_bench.terms.vram import most_held_mib, most_used_mib, vram_absence

Floats = NDArray[np.float64]
Stretch = tuple[Telemetry | None, int, int]

LATE_SHARE_OF_HOP = 0.01
LATE_MS = 1.0
NULL_RESPONSE_MS = 1.0
TAIL = 0.999
TAIL_WINDOWS = 2995  # a one-sided 95 % bound of the 99.9th percentile needs as many
THROTTLED_SHARE = 0.1
GAP_SHARE = 0.05
LEAST_GAP_NS = ns_from_s(1.0)  # a busy machine can hold up a reading of a short trial
UNKNOWN_PROCESSES = NotAvailable(
    reason="not_supported", detail="the GPU's processes have numbers of another namespace, as in a container"
)
NO_GPU_CLOCK = NotAvailable(reason="not_measured", detail="nothing was timed on a GPU's clock")


def validity_of(recording: Recording, *, is_null: bool, cap_bytes: int | None = None) -> Validity:
    """Return every check of a recording that has windows.

    Args:
        recording: of all rounds.
        is_null: whether the backend answers at once, so that the whole response is the harness's own.
        cap_bytes: that the case may hold of a GPU; None where it may hold all there is.
    """
    found = Validity(
        harness=_harness(recording, is_null=is_null),
        clock=ClockValidity(disorder_ns=disorder_ns(recording), na=NO_GPU_CLOCK),
        throttle=_throttle(recording),
        neighbours=_neighbours(recording),
        audit=_audit(recording),
        telemetry=_telemetry(recording),
        identities=identities(recording),
        cap=None if cap_bytes is None else _cap(recording, mib_from_bytes(cap_bytes)),
    )
    found.failures.extend(_failures(found, recording))
    return found


def late_limit_ms(recording: Recording) -> float:
    """Return how late the pacer may be: 1 ms or, where that is more, 1 % of the shortest measured hop."""
    return max(LATE_SHARE_OF_HOP * ms_from_ns(int(recording.hop_ns[recording.measured()].min())), LATE_MS)


def late_rows(recording: Recording) -> Bools:
    """Return `[windows]` which measured windows were handed over later than that."""
    if not recording.is_open_loop or not recording.measured().any():
        return np.zeros(len(recording.window), dtype=np.bool_)
    limit_ns = ns_from_ms(late_limit_ms(recording))
    return recording.measured() & (recording.handed_ns - recording.scheduled_ns > limit_ns)


def lateness_note(recording: Recording) -> list[str]:
    """Return a sentence on the windows that came late, where they are too few or too many to be a percentile's."""
    late = recording.window[late_rows(recording)]
    if not len(late):
        return []
    rows = recording.measured()
    worst = ms_from_ns(int((recording.handed_ns - recording.scheduled_ns)[rows].max()))
    named = ", ".join(str(int(index)) for index in late[:8]) + (", …" if len(late) > 8 else "")
    limit = late_limit_ms(recording)
    came = "1 window was" if len(late) == 1 else f"{len(late)} windows were"
    return [f"{came} handed over more than {limit:g} ms late (worst {worst:.3g} ms): {named}"]


def _harness(recording: Recording, *, is_null: bool) -> HarnessValidity:
    rows = recording.measured()
    if not recording.is_open_loop or int(rows.sum()) < TAIL_WINDOWS:
        return HarnessValidity(ok=True, pacer_late=int(late_rows(recording).sum()))
    pacer_ns = _tail_ns(recording, "handed_ns", rows)
    null_ns = _tail_ns(recording, "finished_ns", recording.answered()) if is_null else None
    return HarnessValidity(
        ok=pacer_ns <= ns_from_ms(late_limit_ms(recording))
        and (null_ns is None or null_ns <= ns_from_ms(NULL_RESPONSE_MS)),
        pacer_p999_us=us_from_ns(pacer_ns),
        pacer_late=int(late_rows(recording).sum()),
        null_p999_us=None if null_ns is None else us_from_ns(null_ns),
    )


def _tail_ns(recording: Recording, event: str, rows: Bools) -> float:
    """Return the 99.9th percentile of how long after a window's close an event came."""
    return quantile((getattr(recording, event) - recording.scheduled_ns)[rows].astype(np.float64), TAIL)


def _throttle(recording: Recording) -> ThrottleValidity:
    bits = throttle_bits(recording)
    if bits is None:
        return ThrottleValidity(na=gpu_absence(recording.telemetry))
    bits = bits[recording.measured()]
    by_reason = {words: int(((bits & bit) != 0).sum()) for bit, words in THROTTLE_REASONS.items()}
    return ThrottleValidity(
        windows_flagged=int(((bits & sum(THROTTLE_REASONS)) != 0).sum()),
        windows_capped=int(((bits & POWER_CAP) != 0).sum()),
        reasons={words: count for words, count in by_reason.items() if count},
    )


def _neighbours(recording: Recording) -> NeighbourValidity:
    told = recording.telemetry
    if told is None:
        return NeighbourValidity(na=UNWATCHED)
    seen = np.concatenate([*_foreign_processes(recording), np.zeros(0)])
    known = seen[~np.isnan(seen)]
    is_known = len(known) == len(seen) > 0 or bool((known > 0).any())
    return NeighbourValidity(
        gpu_processes=int(known.max()) if is_known else None,
        others_cores=_others_cores(recording),
        na=None if is_known else UNKNOWN_PROCESSES if len(seen) else gpu_absence(told),
    )


def _foreign_processes(recording: Recording) -> Iterator[Floats]:
    """Yield how many foreign processes each GPU of each round was seen to work for while windows were measured."""
    for told, begin, end in _measured_stretches(recording):
        series = [] if told is None else [told.series(gpu, FOREIGN_PROCESSES) for gpu in told.gpus()]
        yield from (values[(instants >= begin) & (instants <= end)] for instants, values in series)


def _others_cores(recording: Recording) -> float | None:
    """Return how many cores were busy with what is not ours, over the measured time of all rounds."""
    others, seconds = 0.0, 0.0
    for told, begin, end in _measured_stretches(recording):
        if told is None:
            continue
        instants, busy = told.series("cpu", "busy_total")
        _, own = told.series("cpu", "own_total")
        rows = np.flatnonzero((instants >= begin) & (instants <= end))
        if len(rows) > 1 and len(own) == len(busy):
            first, last = int(rows[0]), int(rows[-1])
            others += float((busy[last] - busy[first]) - (own[last] - own[first]))
            seconds += float(instants[last] - instants[first]) / NS_PER_S
    return max(0.0, others / seconds) if seconds else None


def _audit(recording: Recording) -> AuditValidity:
    reasons = list(dict.fromkeys(audit.reason for audit in recording.audits if audit.reason is not None))
    return AuditValidity(
        checked=sum(audit.checked for audit in recording.audits),
        mismatched=[window for audit in recording.audits for window in audit.mismatched],
        reason="; ".join(reasons) or None if recording.audits else "no audit was reached",
    )


def _telemetry(recording: Recording) -> TelemetryValidity:
    told = recording.telemetry
    if told is None:
        return TelemetryValidity(na=UNWATCHED)
    stretches = list(_measured_stretches(recording))
    whole = sum(end - begin for _, begin, end in stretches)
    names: dict[str, list[str]] = {source: [] for source in told.interval_ms}
    for source, name in told.names():
        names[source].append(name)
    silent = {
        source: max((_silent_ns(stretches, source, name) for name in of_it), default=whole)
        for source, of_it in names.items()
    }
    _, cost = told.rate(TELEMETRY, "cpu_total")
    return TelemetryValidity(
        gap_share={source: ns / whole if whole else 0.0 for source, ns in silent.items()},
        absent=[AbsentTelemetry(source=one.name, reason=one.reason, detail=one.detail) for one in told.absent],
        cost_cores=float(cost.mean()) if len(cost) else None,
    )


def _silent_ns(stretches: Iterable[Stretch], source: str, name: str) -> float:
    """Return for how long a name was not read while windows were measured."""
    return sum(
        (end - begin) * (1.0 if told is None else told.gap_share(source, name, begin, end))
        for told, begin, end in stretches
    )


def _cap(recording: Recording, cap_mib: float) -> CapValidity:
    """Return the most that was held, or was in use by whomever, which is never less."""
    held, used = most_held_mib(recording), most_used_mib(recording)
    if held is None and used is None:
        told = recording.telemetry
        is_watched = told is not None and bool(told.gpus())
        return CapValidity(cap_mib=cap_mib, na=vram_absence(recording) if is_watched else gpu_absence(told))
    return CapValidity(cap_mib=cap_mib, peak_mib=used if held is None else held, is_of_process=held is not None)


def _measured_stretches(recording: Recording) -> Iterator[Stretch]:
    """Yield of each round what was read beside it, and begin and end of its measured time by the same clock."""
    for one in recording.by_round():
        if (stretch := one.measured_stretch()) is not None:
            yield one.telemetry, *stretch


def _failures(found: Validity, recording: Recording) -> Iterator[Failure]:
    """Yield all that makes the case invalid, in the order of `INVALID`."""
    yield from _harness_failures(found, recording)
    if found.clock.disorder_ns > CLOCK_LIMIT_NS:
        off = us_from_ns(found.clock.disorder_ns)
        yield Failure(status=INVALID_CLOCK, reason=f"something is stamped {off:.3g} µs before its cause")
    if found.audit.mismatched:
        named = ", ".join(map(str, found.audit.mismatched[:8]))
        of = f"{len(found.audit.mismatched)} of {found.audit.checked} timed answers did not come again"
        yield Failure(status=INVALID_AUDIT, reason=f"{of}: window {named}")
    measured, flagged = int(recording.measured().sum()), found.throttle.windows_flagged
    if flagged is not None and flagged > THROTTLED_SHARE * measured:
        why = ", ".join(found.throttle.reasons)
        yield Failure(status=INVALID_THROTTLED, reason=f"a GPU was slowed in {flagged} of {measured} windows: {why}")
    if found.neighbours.gpu_processes:
        count = found.neighbours.gpu_processes
        yield Failure(status=INVALID_NEIGHBOUR, reason=f"{count} foreign processes computed on the GPU meanwhile")
    whole_ns = sum(end - begin for _, begin, end in _measured_stretches(recording))
    for source, share in found.telemetry.gap_share.items():
        if share > GAP_SHARE and share * whole_ns > LEAST_GAP_NS:
            yield Failure(
                status=INVALID_TELEMETRY,
                reason=f"{source} was not read in {share:.3g} of the time, above {GAP_SHARE:g}",
            )
    yield from _cap_failures(found.cap)


def _cap_failures(cap: CapValidity | None) -> Iterator[Failure]:
    """Yield that more was held than may be, or that nobody can tell; who asks for a cap wants to know."""
    if cap is None or (cap.peak_mib is not None and cap.peak_mib <= cap.cap_mib):
        return
    if cap.na is not None:
        why = f"whether it was held to {cap.cap_mib:,.0f} MiB of a GPU is not known: {cap.na.detail}"
    elif cap.is_of_process:
        why = f"its process held {cap.peak_mib:,.0f} MiB of a GPU and may hold {cap.cap_mib:,.0f} MiB"
    else:
        seen = f"NVML does not list its process, and {cap.peak_mib:,.0f} MiB were in use by whomever"
        why = f"whether it was held to {cap.cap_mib:,.0f} MiB of a GPU is not known: {seen}"
    yield Failure(status=INVALID_CAP, reason=why)


def _harness_failures(found: Validity, recording: Recording) -> Iterator[Failure]:
    harness = found.harness
    if harness.pacer_p999_us is not None and not harness.ok:
        limit_ms = late_limit_ms(recording)
        tail_ms = ms_from_us(harness.pacer_p999_us)
        if tail_ms > limit_ms:
            reason = f"pacer lateness p99.9 is {tail_ms:.3g} ms, above {limit_ms:g} ms"
            yield Failure(status=INVALID_HARNESS, reason=reason)
        null_ms = 0.0 if harness.null_p999_us is None else ms_from_us(harness.null_p999_us)
        if null_ms > NULL_RESPONSE_MS:
            reason = f"the harness alone takes {null_ms:.3g} ms at p99.9, above {NULL_RESPONSE_MS:g} ms"
            yield Failure(status=INVALID_HARNESS, reason=reason)
    for identity in found.identities:
        if identity.is_broken:
            off = f"{identity.name} is off by {identity.error:.3g} {identity.unit}, above {identity.limit:.3g}"
            yield Failure(status=INVALID_HARNESS, reason=off)
