"""What became of a case, from its trials: scores, verdicts, notes, the engines and the model it ran with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from josie_bench.backends import COPIES
from josie_bench.bench.binding import gpu_binding
from josie_bench.bench.diagnosis import diagnose
from josie_bench.bench.fault_outcomes import fault_outcomes, fault_verdicts
from josie_bench.bench.judge import judge, metric_scores, waterfall
from josie_bench.bench.quality_notes import quality_notes
from josie_bench.bench.slow_windows import slow_notes, slow_windows
from josie_bench.bench.steadiness import with_steadiness
from josie_bench.bench.supervise import TrialOutcome
from josie_bench.bench.validity import lateness_note, validity_of
from josie_bench.engines.manifest import Manifest, weights_sha256
from josie_bench.engines.store import called_components
from josie_bench.model.label import components_in
from josie_bench.model.presets import find_sizes
from josie_bench.terms.beside import Beside
from josie_bench.terms.case import Case
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.parity import SPREADS
from josie_bench.terms.recording import Recording
from josie_bench.terms.result import SEEDED, WEIGHTS_OF, CaseResult, EngineUse, MemoryRow, Subject, Verdict
from josie_bench.terms.schedule import COLD, RECORDED
from josie_bench.terms.simulated import VIRTUAL, ServiceLaw
from josie_bench.terms.timebase import mib_from_bytes, us_from_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """The engines a case ran with, and the model that they are of."""

    uses: tuple[EngineUse, ...]
    subject: Subject

    @property
    def digest(self) -> str:
        """What tells them from others."""
        names = sorted(f"{use.component} {use.fingerprint}" for use in self.uses)
        return hashlib.sha256("\n".join(names).encode()).hexdigest()


def engines_of(model: ModelChoice, manifests: Mapping[str, Manifest], fresh: frozenset[str]) -> Engines:
    """Return the engines of a case from their manifests; `fresh` names those that were built for it."""
    uses = tuple(
        EngineUse(
            component=name,
            backend=manifest.recipe.backend,
            precision=manifest.recipe.precision,
            fingerprint=manifest.recipe.fingerprint,
            byte_count=manifest.byte_count,
            was_cached=name not in fresh,
            build_seconds=manifest.build_seconds,
            build_peak_mib=manifest.peak_mib,
        )
        for name, manifest in manifests.items()
    )
    return Engines(uses=uses, subject=subject_of(model, manifests))


def blank(
    case: Case, outcome: TrialOutcome, used: Engines | None, *, settings: dict[str, object], reproduce: str
) -> CaseResult:
    """Return the case's result as it stands without a recording: every budget is unanswered.

    Args:
        case: that was to be run.
        outcome: how that ended.
        used: what it ran with; None where that is not there.
        settings: the case as the lock file writes it.
        reproduce: the command line that runs it alone.
    """
    detail = outcome.reason or "nothing was recorded"
    return CaseResult(
        id=case.id,
        sha=case.sha,
        status=outcome.status,
        reason=outcome.reason,
        settings=settings,
        reproduce=reproduce,
        engines=[] if used is None else list(used.uses),
        weight_files=[] if used is None else [weights_sha256(file) for file in case.model.weights],
        budgets=[
            *(
                Verdict(expr=budget.expression, result="n/a", severity=budget.severity, detail=detail)
                for budget in case.budgets
            ),
            *(
                replace(verdict, detail=detail)
                for verdict in fault_verdicts(fault_outcomes(case, None, outcome.status))
            ),
        ],
    )


def scored(result: CaseResult, case: Case, recording: Recording) -> CaseResult:
    """Return the result with all that the recording says."""
    scores = metric_scores(recording)
    is_timed = bool(len(recording.window)) and not recording.is_virtual
    cap_bytes = case.gpu_memory.cap
    validity = validity_of(recording, is_null=case.backend == "null", cap_bytes=cap_bytes) if is_timed else None
    failures = validity.failures if validity is not None else []
    is_invalid = result.status == "OK" and bool(failures)
    slow = slow_windows(recording)
    faults = fault_outcomes(case, recording, result.status)
    judged = replace(
        result,
        status=failures[0].status if is_invalid else result.status,
        reason="; ".join(failure.reason for failure in failures) if is_invalid else result.reason,
        notes=[
            *_standing_notes(case),
            *_comparison_notes(recording),
            *quality_notes(recording),
            *_delay_notes(recording),
            *lateness_note(recording),
            *_gpu_notes(recording),
            *slow_notes(slow, recording),
        ],
        metrics=scores,
        budgets=[*judge(scores, case.budgets), *fault_verdicts(faults)],
        waterfall=waterfall(recording, find_sizes(case.model).components),
        memory=_largest(recording),
        windows_measured=_windows_measured(recording),
        windows_warm_up=int(recording.is_warm_up.sum()),
        validity=validity,
        slow_windows=slow,
        diagnosis=[*gpu_binding(recording), *([] if faults else diagnose(recording))],
        faults=faults,
    )
    return judged if faults else with_steadiness(judged, recording)


def _largest(recording: Recording) -> list[MemoryRow]:
    """Return every size that was read, of several rounds the largest."""
    sizes: dict[tuple[str, str], int] = {}
    for row in recording.memory:
        sizes[row.phase, row.name] = max(row.byte_count, sizes.get((row.phase, row.name), row.byte_count))
    return [MemoryRow(phase=phase, name=name, mib=mib_from_bytes(size)) for (phase, name), size in sizes.items()]


def _windows_measured(recording: Recording) -> int:
    if recording.parity is not None:
        return len(np.unique(recording.parity.window))
    return int(recording.measured().sum())


def _standing_notes(case: Case) -> list[str]:
    """Return what must be known of the case to read its numbers."""
    if case.backend == "null":
        return _input_notes(case)
    if case.simulated is not None:
        return [_law_note(case.simulated), *_input_notes(case)]
    if case.judged is not None:
        return [*_weights_notes(case, "what is judged says nothing of a model"), *_ablation_notes(case)]
    notes = _weights_notes(case, "latency and memory are real, what is said means nothing")
    if case.conversation.mode == "turn":
        notes.append("turn mode: the model is silent until the recording's speaker ends, then answers to its end token")
    elif case.conversation.turn_taking == "recording":
        notes.append("the model is held silent while the recording's speaker talks and decides by itself otherwise")
    elif case.conversation.turn_taking == "listen":
        notes.append("the model is held silent throughout: listening windows only")
    return [*notes, *_ablation_notes(case), *_input_notes(case)]


def _gpu_notes(recording: Recording) -> list[str]:
    """Return which times are a GPU's own, and how well they are placed on the host's clock."""
    spans = recording.spans
    names = sorted(set(spans.component[spans.is_on_gpu].tolist()) - {COPIES})
    if not names:
        return []
    worst = us_from_ns(int(spans.error_ns.max()))
    return [f"times of {', '.join(names)} are the GPU's own, on the host's clock to {worst:.3g} µs at worst"]


def _ablation_notes(case: Case) -> list[str]:
    return [f"switched off: {', '.join(case.model.ablate)}"] if case.model.ablate else []


def _weights_notes(case: Case, meaning: str) -> list[str]:
    """Return which of the components that are called have weights that mean nothing; none where files give all.

    Args:
        case: with its model.
        meaning: what to think of its numbers then.
    """
    named = ", ".join(Path(file).name for file in case.model.weights)
    called = called_components(case)
    seeded = [name for name in _seeded_components(case.model) if called is None or name in called]
    if not seeded:
        return [f"{WEIGHTS_OF} {named}"]
    most = f"{WEIGHTS_OF} {named}; of {', '.join(seeded)} they are {SEEDED}"
    told = most if case.model.weights else f"weights are {SEEDED}"
    return [f"{told}: {meaning}"]


def _seeded_components(model: ModelChoice) -> list[str]:
    """Return the components of which no file of weights gives anything, in the order of the model's."""
    given = frozenset().union(*(components_in(Path(file)) for file in model.weights))
    return [name for name in find_sizes(model).components if name not in given]


def _delay_notes(recording: Recording) -> list[str]:
    """Return how much later than a response its speech is heard."""
    if not recording.delay_samples or not recording.is_open_loop:
        return []
    late = f"speech is heard {recording.delay_ms:g} ms later than its sound can be read: the codec is so late"
    return [f"{late}; first_audio_latency counts it, response_latency does not"]


def _law_note(law: ServiceLaw) -> str:
    """Return, loudly, that the times are a law's and not a system's."""
    if law.clock == VIRTUAL:
        return (
            "VIRTUAL TIME: nothing ran and nothing was measured; the times are drawn from a law, so that the "
            "statistics can be held against its truth"
        )
    return "SIMULATED: the harness ran, but each window waited out a time drawn from a law; no system was measured"


def _input_notes(case: Case) -> list[str]:
    """Return what came otherwise than a recording that goes on at one pace, on a machine of its own."""
    blocks, notes = case.blocks, []
    if len(blocks.lengths_ms) > 1:
        lengths = " and ".join(f"{length:g} ms" for length in blocks.lengths_ms)
        notes.append(f"windows of {lengths} in turn: percentiles and medians are over all of them together")
    if blocks.contents != (RECORDED,):
        notes.append(f"what windows held, block by block: {', '.join(blocks.contents)}")
    if blocks.pause_ms:
        notes.append(f"nothing came for {blocks.pause_ms:g} ms between blocks of {blocks.windows} windows")
    if blocks.caches == COLD:
        notes.append(
            f"caches were emptied between blocks of {blocks.windows} windows, outside of what is timed; the buffer for "
            "that is in the peak of host memory, beside what is measured"
        )
    if case.faults:
        notes.append(f"{len(case.faults)} faults were injected: whether times hold one level is not asked")
    return notes + _beside_notes(case.beside)


def _beside_notes(beside: Beside) -> list[str]:
    """Return what worked beside the trial on purpose: its numbers are not those of a machine of its own."""
    found = []
    if beside.cpu:
        spun = "1 process kept a core busy" if beside.cpu == 1 else f"{beside.cpu} processes kept a core busy each"
        found.append(f"beside it {spun}")
    if beside.memory_bytes:
        found.append(f"beside it {beside.memory} of memory was copied to and fro without a pause")
    if beside.model is not None:
        found.append(f"beside it a model {beside.model} answered window after window on eager PyTorch")
    return found


def subject_of(model: ModelChoice, manifests: Mapping[str, Manifest]) -> Subject:
    """Return which model was measured."""
    digests = "".join(manifests[name].weights_sha256 for name in sorted(manifests))
    seeded = ("seeded",) if _seeded_components(model) else ()
    return Subject(
        preset=model.preset,
        parameters=sum(manifest.parameters for manifest in manifests.values()),
        weights=" + ".join((*seeded, *(Path(file).name for file in model.weights))),
        weights_sha256=hashlib.sha256(digests.encode()).hexdigest(),
    )


def _comparison_notes(recording: Recording) -> list[str]:
    """Return from what the tolerance of each component of a comparison was taken."""
    if recording.parity is None:
        return []
    measured = {kind: recording.parity.components_of(f"spread_{kind}") for kind in SPREADS}
    return [f"tolerance τ from eager {kind}: {', '.join(names)}" for kind, names in measured.items() if names]
