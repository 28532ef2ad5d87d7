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
from josie_bench.engines.manifest import Recipe
from josie_bench.engines.store import EngineRequest, find, find_or_build
from josie_bench.engines.travel import content_sha256, take_in
from josie_bench.engines.travel import packed as engine_files
from josie_bench.errors import JosieBenchError, UsageError
from josie_bench.evidence.public_result import public_result
from josie_bench.evidence.reproduce import reproduce_words
from josie_bench.fleet import BUILD, CLOCK, GIVE, GREET, HAVE, NO_FILES, RUN, SETTLE, TAKE, Answer, Request
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


def answer(request: Request, gpus: Sequence[str] = (), files: Mapping[str, bytes] = NO_FILES) -> Answer:
    """Return what a worker says to a request; what a user can mend is refused in one line.

    Args:
        request: one of those that this module makes.
        gpus: that the worker sees, as its scheduler names them.
        files: that came with it.
    """
    asks = {GREET: _greet, CLOCK: _clock, SETTLE: _settle, RUN: _run, HAVE: _have, BUILD: _build, GIVE: _give}
    try:
        return _take(request, files) if request["ask"] == TAKE else asks[request["ask"]](request, gpus)
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


def have_request(case: Case, plan: Plan) -> Request:
    """Return the request to say which engines of a case are in the worker's store."""
    return {"ask": HAVE, **_of_engines(case, plan)}


def build_request(case: Case, plan: Plan) -> Request:
    """Return the request to build those engines of a case that are not there."""
    return {"ask": BUILD, **_of_engines(case, plan), "build_timeout_s": plan.build_timeout_s}


def give_request(case: Case, plan: Plan, name: str) -> Request:
    """Return the request for the files of one of a case's engines, by the name of its folder."""
    return {"ask": GIVE, **_of_engines(case, plan), "name": name}


def take_request(case: Case, plan: Plan, name: str, sha256: str) -> Request:
    """Return the request to take one of a case's engines in, whose files come with it."""
    return {"ask": TAKE, **_of_engines(case, plan), "name": name, "sha256": sha256}


def _of_engines(case: Case, plan: Plan) -> Request:
    return {"engines": str(plan.engines.resolve()), "case": _told(case)}


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


def _recipes(request: Request) -> dict[str, Recipe]:
    """Return the recipes of a case's engines here, by the name of the engine's folder."""
    recipes = EngineRequest.of(_case(request["case"])).recipes().values()
    return {recipe.folder_name: recipe for recipe in recipes}


def _recipe(request: Request) -> Recipe:
    """Return the recipe of the engine that is asked for.

    Raises:
        UsageError: the case has none of that name here.
    """
    found = _recipes(request).get(request["name"])
    if found is None:
        raise UsageError(f"{request['name']} is no engine of the case here")
    return found


def _have(request: Request, _: Sequence[str]) -> Answer:
    engines = {name: find(Path(request["engines"]), recipe) for name, recipe in _recipes(request).items()}
    held = {name: None if engine is None else content_sha256(engine) for name, engine in engines.items()}
    return Answer(told={"held": held})


def _build(request: Request, _: Sequence[str]) -> Answer:
    wanted = EngineRequest.of(_case(request["case"]))
    find_or_build(Path(request["engines"]), wanted, timeout_s=request["build_timeout_s"])
    return Answer(told={})


def _give(request: Request, _: Sequence[str]) -> Answer:
    engine = find(Path(request["engines"]), _recipe(request))
    if engine is None:
        raise UsageError(f"{request['name']} is not in the store any more")
    return Answer(told={}, files=engine_files(engine))


def _take(request: Request, files: Mapping[str, bytes]) -> Answer:
    take_in(Path(request["engines"]), _recipe(request), files, request["sha256"])
    return Answer(told={})


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
