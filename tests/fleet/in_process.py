"""A fleet in this process: the code of real workers, which can be let die, lie, or be of another version."""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path

from josie_bench.bench.plan import Plan
from josie_bench.bench.run_state import new_run
from josie_bench.fleet import CLOCK, GREET, NO_FILES, RUN, SETTLE, Answer, Lost
from josie_bench.fleet.run import FleetPlan, run_on_fleet
from josie_bench.fleet.worker import answer
from tests.bench.cases import make_case

SUITE = "5" * 64


class InProcessFleet:
    """Workers that answer at once, first asked first answered.

    Args:
        count: of workers.
        machines: of each worker, by its name; one for all that are not named.
        cores: that each machine's workers share.
        deaths: by worker, how many runs it still dies in.
        stores: of each worker, where it finds its engines, by its name; where the run says for all that are not named.
        spoil: gets worker, request and answer of each, and gives what is handed on.
    """

    scheduler = "local"

    def __init__(self, count, machines=None, cores=4096, deaths=None, spoil=lambda worker, request, said: said):
        self.workers = tuple(f"worker{number}" for number in range(1, count + 1))
        self.machines = machines or {}
        self.cores = cores
        self.deaths = dict(deaths or {})
        self.spoil = spoil
        self.stores = {}
        self.asked = []
        self.is_open = True
        self._waiting = deque()

    def ask(self, worker, request, files=NO_FILES):
        assert worker not in [name for name, *_ in self._waiting], "one request at a time"
        request = json.loads(json.dumps(request))  # as it would come over a line
        if worker in self.stores and "engines" in request:
            request["engines"] = str(self.stores[worker])
        self.asked.append((worker, request["ask"]))
        self._waiting.append((worker, request, files))

    def next(self, timeout_s=None):
        worker, request, files = self._waiting.popleft()
        if request["ask"] == RUN and self.deaths.get(worker, 0) > 0:
            self.deaths[worker] -= 1
            return worker, Lost(reason="its process was ended by SIGKILL")
        return worker, self.spoil(worker, request, self._answer(worker, request, files))

    def close(self):
        self.is_open = False

    def _answer(self, worker, request, files):
        if request["ask"] == GREET:
            told = answer(request).told | {
                "machine": self.machines.get(worker, "here"),
                "cores": list(range(self.cores)),
            }
            return Answer(told=told)
        if request["ask"] == SETTLE:  # nobody is pinned: all share this process
            fingerprint = self.machines.get(worker, "here")
            return Answer(
                told={"facts": {"fingerprint": fingerprint, "cpu": "a CPU"}, "niceness": 0, "noise_floors": []}
            )
        if request["ask"] == CLOCK:
            return answer(request)
        said = answer(request, files=files)
        return Answer(told=json.loads(json.dumps(said.told)), files=said.files)


def law_case(name, **changes):
    """Return a case in virtual time, as a suite would make it."""
    from dataclasses import replace

    from josie_bench.suites.identity import case_sha
    from josie_bench.suites.sources import Sources
    from josie_bench.terms.simulated import ServiceLaw

    law = {"simulated": ServiceLaw(), "windows": 60, "audit": 0.0} | changes
    case = make_case(backend="simulated", id=f"{name}/simulated-fp32/w100", **law)
    return replace(case, sha=case_sha(case, Sources()))


def plan_for(folder: Path, journal=None):
    """Return the plan of a run in `folder`."""
    more = {} if journal is None else {"journal": journal}
    return Plan(
        engines=folder / "engines",
        scratch=folder / "trials",
        reproduce=lambda case: f"sh reproduce.sh --case {case.id}",
        settings=lambda case: {"name": case.id, "scenario": case.scenario, "backend": case.backend},
        **more,
    )


def run_over(fleet, cases, folder, journal=None, attempts=3):
    """Run the cases over a fleet and return the run's state."""
    state = new_run("suite", SUITE)
    plan = FleetPlan(open=lambda: fleet, folder=folder, store=folder / "calibration", attempts=attempts)
    run_on_fleet(state, cases, plan_for(folder, journal), plan)
    return state
