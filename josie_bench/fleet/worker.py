"""A worker's side of a fleet: who it is, what the time is, what is its own, and a lot run as a run of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import josie_bench
from josie_bench.bench.job import case_from_json
from josie_bench.bench.plan import Plan
from josie_bench.bench.run import run_cases
from josie_bench.bench.run_state import RunState, moment
from josie_bench.bench.supervise import KEPT
from josie_bench.errors import JosieBenchError, UsageError
from josie_bench.evidence.public_result import public_result
from josie_bench.evidence.reproduce import reproduce_words
from josie_bench.fleet import CLOCK, GREET, RUN, SETTLE, Answer, Request
from josie_bench.fleet.lots import Lot
from josie_bench.fleet.parcel import packed
from josie_bench.model.shipped import SHIPPED, is_shipped, shipped_weights
from josie_bench.probes.host import host_facts
from josie_bench.reports import RunData
from josie_bench.reports._noise_floors import ADAPTER as FLOOR
from josie_bench.reports._noise_floors import read_noise_floors
from josie_bench.suites.identity import case_sha
from josie_bench.suites.sources import Sources
from josie_bench.terms.case import Case
from josie_bench.terms.result import SCHEMA_VERSION

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # the same in all containers of a machine


def answer(request: Request, gpus: Sequence[str] = ()) -> Answer:
    """Return what a worker says to a request; what a user can mend is refused in one line.

    Args:
        request: one of those that this module makes.
        gpus: that the worker sees, as its scheduler names them.
    """
    asked = {GREET: _greet, CLOCK: _clock, SETTLE: _settle, RUN: _run}[request["ask"]]
    try:
        return asked(request, gpus)
    except JosieBenchError as error:
        return Answer(told={"refused": str(error)})


def settle_request(cores: Sequence[int], store: Path) -> Request:
    """Return the request to take these cores, and to look for noise floors in a store."""
    return {"ask": SETTLE, "cores": list(cores), "store": str(store.resolve())}


def run_request(lot: Lot, state: RunState, plan: Plan) -> Request:
    """Return the request to run a lot of a run."""
    return {
        "ask": RUN,
        "suite": state.suite,
        "suite_sha256": state.suite_sha256,
        "engines": str(plan.engines.resolve()),
        "build_timeout_s": plan.build_timeout_s,
        "cases": [_told(case) for case in lot.cases],
        "settings": {case.id: plan.settings(case) for case in lot.cases},
    }


def _told(case: Case) -> dict[str, Any]:
    """Return a case as JSON; weights that ship with josie-bench lie elsewhere on another machine."""
    weights = tuple(SHIPPED if is_shipped(file) else file for file in case.model.weights)
    return asdict(replace(case, model=replace(case.model, weights=weights)))


def _case(told: Mapping[str, Any]) -> Case:
    """Return the case as it is here.

    Raises:
        UsageError: a file of it is not here, or is another one.
    """
    case = case_from_json(told)
    shipped = str(shipped_weights(case.preset))
    weights = tuple(shipped if file == SHIPPED else file for file in case.model.weights)
    case = replace(case, model=replace(case.model, weights=weights))
    if case_sha(case, Sources()) != case.sha:
        raise UsageError(f"{case.id} is another case there: files of weights or media differ or are not there")
    return case


def _greet(_: Request, gpus: Sequence[str]) -> Answer:
    cores = sorted(os.sched_getaffinity(0))
    told = {"tool": josie_bench.__version__, "schema_version": SCHEMA_VERSION, "machine": _machine()}
    return Answer(told=told | {"cores": cores, "gpus": list(gpus)})


def _machine() -> str:
    """Return what tells this machine from others as long as it runs; it stands in no result."""
    known = BOOT_ID.read_text(encoding="ascii") if BOOT_ID.is_file() else repr(os.uname())
    return hashlib.sha256(known.encode()).hexdigest()


def _clock(_: Request, __: Sequence[str]) -> Answer:
    return Answer(told={"clock_s": datetime.now(UTC).timestamp()})


def _settle(request: Request, _: Sequence[str]) -> Answer:
    """Take the cores, and say what the machine is with no others; a scheduler may have made the process nice."""
    os.sched_setaffinity(0, request["cores"])
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, min(os.getpriority(os.PRIO_PROCESS, 0), 0))
    facts = host_facts()
    floors = [floor for floor in read_noise_floors(Path(request["store"])) if floor.host == facts["fingerprint"]]
    told = {"facts": facts, "niceness": os.getpriority(os.PRIO_PROCESS, 0)}
    return Answer(told=told | {"noise_floors": [FLOOR.dump_python(floor) for floor in floors]})


def _run(request: Request, _: Sequence[str]) -> Answer:
    cases = [_case(told) for told in request["cases"]]
    state = RunState(id="lot", suite=request["suite"], suite_sha256=request["suite_sha256"], started=moment())
    scratch = Path(tempfile.mkdtemp(prefix="josie-bench-lot-"))
    settings: dict[str, dict[str, object]] = request["settings"]
    plan = Plan(
        engines=Path(request["engines"]),
        scratch=scratch,
        reproduce=lambda case: reproduce_words(case.id),
        settings=lambda case: dict(settings[case.id]),
        build_timeout_s=request["build_timeout_s"],
    )
    try:
        run_cases(state, cases, plan)
        result = public_result(state.result(), scratch, os.environ)
    finally:
        if not any(case.status in KEPT for case in state.case_results):  # else their logs are named in their reasons
            shutil.rmtree(scratch, ignore_errors=True)
    data = RunData(result=result, recordings=state.recordings, parities=state.parities, judged=state.judged)
    return Answer(told={}, files=packed(data))
