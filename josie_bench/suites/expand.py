"""A suite's matrices → cases, in order, each with its id and its hash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from josie_bench.backends import computes_on_gpu
from josie_bench.errors import SuiteError
from josie_bench.metrics import (
    OF_BLOCKS,
    OF_DROPOUT,
    OF_FAULTS,
    OF_GPU,
    OF_ITEMS,
    OF_LACKING,
    OF_PARITY,
    OF_SESSIONS,
    OF_TURNS,
    is_of_tasks,
)
from josie_bench.plugins import find_member
from josie_bench.statistics.share_gate import share_gate
from josie_bench.suites.calibration import calibration_misfit
from josie_bench.suites.comings import CAPACITY
from josie_bench.suites.conflicts import chosen_model, conflicts
from josie_bench.suites.document import Place
from josie_bench.suites.entry import RawCase
from josie_bench.suites.faults import fault_of
from josie_bench.suites.identity import case_id, case_sha
from josie_bench.suites.load import Suite
from josie_bench.suites.matrix import varying
from josie_bench.suites.pace import paced_s, usual_timeout_s
from josie_bench.suites.plan_options import asked_options, options_misfit
from josie_bench.suites.profiles import profile_misfit
from josie_bench.suites.schema import CaseKeys
from josie_bench.suites.settings import Settings, validated
from josie_bench.suites.simulated import law_of
from josie_bench.suites.sources import Sources
from josie_bench.terms.admission import Admission
from josie_bench.terms.beside import Beside
from josie_bench.terms.capacity import Search
from josie_bench.terms.case import Case, WarmUp
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.eviction import Eviction
from josie_bench.terms.gpu_reserve import GpuReserve
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.schedule import Blocks
from josie_bench.terms.sessions import Sessions
from josie_bench.terms.timebase import s_from_ms
from josie_bench.terms.turns import Turns

UNTIMED = {OF_PARITY: "compared", OF_ITEMS: "judged", OF_LACKING: "judged"}  # what metrics of a kind are of, by arrival

NEEDED: tuple[tuple[str, Callable[[CaseKeys], bool], str, str], ...] = (
    (OF_BLOCKS, lambda keys: keys.blocks.windows is not None, "of one endless block", "blocks.windows"),
    (OF_DROPOUT, lambda keys: bool(keys.dropout.of), "in which nothing is lost", "dropout.of"),
    (OF_LACKING, lambda keys: bool(keys.dropout.of), "in which nothing is lost", "dropout.of"),
    (OF_FAULTS, lambda keys: bool(keys.faults), "in which nothing goes wrong", "faults"),
    (OF_SESSIONS, lambda keys: keys.is_of_many, "of one session", "sessions"),
    (OF_TURNS, lambda keys: keys.turns.every is not None, "whose turns have no instants", "turns.every"),
)


def expand(suite: Suite, require_weights: Callable[[ModelChoice], None] = lambda _: None) -> tuple[Case, ...]:
    """Return the suite's cases, in order.

    Args:
        suite: as it was read.
        require_weights: raises a WeightsError if a model's files of weights do not fit it.

    Raises:
        SuiteError: settings may not be what they are, two cases have one id, or a matrix leaves nothing.
    """
    cases: dict[str, Case] = {}
    owners: dict[str, RawCase] = {}
    sources = Sources(require_weights)
    for raw in suite.cases:
        rows = raw.matrix.rows(fixed=raw.overrides)
        varied = varying(rows)
        for row in rows:
            case = _case(raw, {**raw.settings, **row, **raw.overrides}, sources)
            name = case_id(raw.name, case, {key: row[key] for key in row if key in varied}, raw.overrides)
            if name in cases:
                raise _twice(name, owners[name], raw)
            owners[name] = raw
            cases[name] = replace(case, id=name, sha=case_sha(case, sources))
    return tuple(cases.values())


def _twice(name: str, first: RawCase, second: RawCase) -> SuiteError:
    """Return the complaint that a name is given twice."""
    if first is second:
        return second.matrix.at.error(f"the matrix makes case {name} twice: leave one out")
    mend = "give --set to one of them, as cases.NAME.SETTING=VALUE" if second.overrides else "rename one"
    return second.at.error(f"case {name} stands here and at line {first.at.line}: {mend}")


def _case(raw: RawCase, settings: Settings, sources: Sources) -> Case:
    """Return one combination as a case that has no id and no hash yet."""
    keys = validated(settings, raw.at)
    for blamed, what in conflicts(keys):
        raise _place(raw, settings, blamed).error(what)
    arrival = find_member("scenarios", keys.scenario).ARRIVAL
    if raw.budgets and keys.scenario == CAPACITY:
        raise raw.at.error("scenario capacity has one gate, capacity.least: leave budgets out")
    for budget in raw.budgets:
        metric = find_member("metrics", budget.metric).METRIC
        kind = metric.of
        if UNTIMED.get(kind, arrival) != arrival or (arrival in UNTIMED.values() and kind not in UNTIMED):
            place = settings["scenario"].at if "scenario" in settings else raw.at
            raise place.error(f"scenario {keys.scenario} gives no {budget.metric}: leave out that budget")
        if kind in (OF_ITEMS, OF_LACKING) and not is_of_tasks(metric, keys.tasks):
            place = settings["tasks"].at if "tasks" in settings else raw.at
            which = " or ".join(metric.tasks)
            raise place.error(f"tasks {', '.join(keys.tasks)} give no {budget.metric}: add {which}, or leave it out")
        for of, is_given, lacking, mend in NEEDED:
            if kind == of and not is_given(keys):
                raise raw.at.error(f"a case {lacking} gives no {budget.metric}: set {mend}")
    _check_gpu(raw, keys, settings)
    _check_looks(raw, keys, settings)
    stream = sources.streams(keys, settings, raw.at)
    model = replace(
        chosen_model(keys),
        seed=keys.seed,
        weights=sources.weights(keys, settings, raw.at),
        guests=tuple(name for name, _ in stream.guests),
    )
    sources.hold_weights(model, settings, raw.at)
    case = Case(
        id="",
        sha="",
        scenario=keys.scenario,
        model=model,
        engines=replace(_engines(keys), calibration=sources.calibration(keys, settings, raw.at)),
        window_ms=keys.window,
        hop_ms=keys.hop_ms,
        deadline_ms=keys.deadline,
        windows=keys.windows,
        warm_up=WarmUp(
            windows=keys.warm_up.windows,
            seconds=s_from_ms(keys.warm_up.duration),
            cap_s=s_from_ms(keys.warm_up.cap),
        ),
        stream=stream,
        modalities=keys.modalities,
        temporal_patches=keys.temporal_patches,
        token_budget=keys.token_budget,
        conversation=Conversation(mode=keys.mode, turn_taking=keys.turn_taking, silence=keys.silence),
        temperature=keys.temperature,
        threads=keys.threads,
        timeout_s=0.0,
        budgets=raw.budgets,
        blocks=Blocks(
            windows=keys.blocks.windows,
            lengths_ms=keys.blocks.lengths,
            contents=keys.blocks.contents,
            pause_ms=keys.blocks.pause,
            caches=keys.blocks.caches,
        ),
        beside=Beside(cpu=keys.beside.cpu, memory_bytes=keys.beside.memory, model=keys.beside.model),
        idle_s=s_from_ms(keys.idle),
        dropout=_dropout(keys),
        faults=tuple(fault_of(fault) for fault in keys.faults),
        turns=None if keys.turns.every is None else Turns(every_ms=keys.turns.every, variation=keys.turns.variation),
        rounds=keys.rounds,
        simulated=law_of(keys),
        early_stop=keys.early_stop,
        audit=keys.audit,
        allocation=keys.allocation,
        gpu_memory=GpuReserve(**dict(keys.gpu_memory)),
        judged=sources.judged(keys, settings),
        capacity=Search(**dict(keys.capacity)) if keys.scenario == CAPACITY else None,
        sessions=Sessions(
            count=keys.sessions,
            phase=keys.phase,
            shedding=keys.shedding,
            batching=keys.batching,
            stay_ms=keys.stay,
            away_ms=keys.away,
            grace_ms=keys.grace,
            admit=keys.admit,
            variation=keys.variation,
            visits=sources.visits(keys, settings, stream),
            admission=_admission(keys),
            eviction=_eviction(keys),
        ),
    )
    _check_engines(raw, case, settings)
    return replace(case, timeout_s=_timeout_s(case, keys, settings))


def _place(raw: RawCase, settings: Settings, blamed: Sequence[str]) -> Place:
    """Return where the first of some settings stands that is set at all, or the case where none is."""
    return next((settings[key].at for key in blamed if key in settings), raw.at)


def _timeout_s(case: Case, keys: CaseKeys, settings: Settings) -> float:
    """Return until when the trial is waited for; refuse a timeout that it cannot but run into."""
    if keys.timeout is None:
        return usual_timeout_s(case)
    least_s, given_s = paced_s(case) or 0.0, s_from_ms(keys.timeout)
    if given_s <= least_s:
        what = f"timeout: {given_s:g} s are over before the {least_s:.4g} s that windows and warm-up take to come"
        raise settings["timeout"].at.error(f"{what}: leave it out, or measure fewer windows")
    return given_s


def _admission(keys: CaseKeys) -> Admission | None:
    said = keys.admission
    return None if said.busy is None else Admission(busy=said.busy, over_ms=said.over)


def _eviction(keys: CaseKeys) -> Eviction | None:
    said = keys.eviction
    return None if said.missed is None else Eviction(missed=said.missed, over_ms=said.over)


def _dropout(keys: CaseKeys) -> Dropout | None:
    said = keys.dropout
    if not said.of:
        return None
    own = {name: getattr(said, name) for name in ("of", "present", "absent", "lost", "burst")}
    return Dropout(**own, late_ms=said.late, snr_db=said.snr)


def _check_gpu(raw: RawCase, keys: CaseKeys, settings: Settings) -> None:
    """Refuse a budget on what is held of a GPU, and a cap, where none of the engines computes on one."""
    asked = [budget.metric for budget in raw.budgets if find_member("metrics", budget.metric).METRIC.of == OF_GPU]
    backends = [find_member("backends", backend) for backend, _ in _engines(keys).pairs()]
    if any(map(computes_on_gpu, backends)):
        return
    if asked:
        raise raw.at.error(f"no engine of the case computes on a GPU, which gives no {asked[0]}: leave out that budget")
    if keys.gpu_memory.cap is not None:
        what = "gpu_memory.cap: no engine of the case computes on a GPU: leave it out, or take one that does"
        raise _place(raw, settings, ("gpu_memory.cap", "backend")).error(what)


def _check_engines(raw: RawCase, case: Case, settings: Settings) -> None:
    """Refuse options or a calibration set that are none of the case's engines, and windows that no profile holds."""
    engines = case.engines
    if (misfit := options_misfit(engines) or calibration_misfit(engines) or profile_misfit(case)) is not None:
        blamed, what = misfit
        raise _place(raw, settings, blamed).error(what)


def _check_looks(raw: RawCase, keys: CaseKeys, settings: Settings) -> None:
    """Refuse a case that is to end when its gates are settled and has none, or one that is never settled early."""
    if not keys.early_stop:
        return
    at = settings["early_stop"].at
    gates = [budget for budget in raw.budgets if budget.is_gate]
    if not gates:
        raise at.error("early_stop: there is no gate to settle: write a budget, or leave early_stop out")
    for budget in gates:
        if share_gate(budget, keys.deadline) is None:
            what = f"early_stop: {budget.key} is no bound on a share of windows, so that no look can settle it"
            raise at.error(f"{what}: give it severity warn, or leave early_stop out")


def _engines(keys: CaseKeys) -> EngineChoice:
    named = [(name, value.partition("-")) for name, value in keys.components if value is not None]
    apart = tuple((name, backend, precision or "fp32") for name, (backend, _, precision) in named)
    return EngineChoice(
        backend=keys.backend,
        precision=keys.precision,
        apart=apart,
        options=asked_options(keys.tensorrt),
        fused=keys.fused,
    )
