"""What grows with the hosts of a fleet that share no folder: engines built, carried and held, by the code that does it.

Hosts are of two kinds, in turn, and each has a store of its own; one of each kind builds. An engine's file is a
kibibyte by hand, so that a thousand stores fit beside each other: bytes grow with the engines' own size.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from unittest.mock import patch

from josie_bench.engines import manifest
from josie_bench.engines.store import EngineRequest, find
from josie_bench.fleet import BUILD, GIVE, TAKE
from josie_bench.fleet import worker as worker_module
from josie_bench.fleet.crew import Crew
from josie_bench.fleet.engine_sharing import share_engines
from josie_bench.suites.identity import case_sha
from josie_bench.suites.sources import Sources
from tests.bench.cases import make_case
from tests.engines.test_travel import put
from tests.fleet.in_process import InProcessFleet, plan_for
from tests.fleet.scaled import timed

HEADS = ("hosts", "engines needed", "built", "given", "carried to a host", "messages", "shared in", "again in")
KINDS = ("kind-a", "kind-b")
CONTENT = bytes(1024)


class OfKinds(InProcessFleet):
    """A fleet whose hosts build for one of `KINDS` in turn."""

    def __init__(self, folder, count):
        names = [f"worker{number}" for number in range(1, count + 1)]
        super().__init__(count, machines={name: name for name in names})
        self.stores = {name: folder / name for name in names}
        self.kind_of = {name: KINDS[at % len(KINDS)] for at, name in enumerate(names)}

    def _answer(self, worker, request, files):
        with patch.object(manifest, "machine_name", lambda: self.kind_of[worker]):
            return super()._answer(worker, request, files)

    def held(self, worker, case):
        """Return how many of a case's engines are in the store of a worker."""
        with patch.object(manifest, "machine_name", lambda: self.kind_of[worker]):
            recipes = EngineRequest.of(case).recipes().values()
            return sum(find(self.stores[worker], recipe) is not None for recipe in recipes)


def built_by_hand(counted):
    """Return what builds in the place of `find_or_build`, and counts."""

    def build(root, request, timeout_s):
        for recipe in request.recipes().values():
            if find(root, recipe) is None:
                put(root, recipe, CONTENT)
                counted["built"] += 1

    return build


def shared(folder, count):
    """Return how often what was done to bring a case's engines to all hosts, and the processor's times, twice over."""
    case = make_case(backend="null", id="zeros/null-fp32/w100")
    case = replace(case, sha=case_sha(case, Sources()))
    fleet, counted, times = OfKinds(folder, count), Counter(), []
    crew = Crew(fleet=fleet, store=folder)
    crew.enlist(fleet.workers)
    with ExitStack() as held:
        held.enter_context(patch.object(worker_module, "find_or_build", built_by_hand(counted)))
        for _ in range(2):
            fleet.asked.clear()
            times.append(timed(lambda: share_engines(crew, [case], plan_for(folder), lambda *_: None)))
            if len(times) == 1:
                asked = Counter(what for _, what in fleet.asked)
                counted["messages"] = len(fleet.asked)
    counted["needed"] = sum(fleet.held(name, case) for name in fleet.workers)
    return counted + Counter({what: asked[what] for what in (BUILD, GIVE, TAKE)}), times


def measure(folder, count):
    """Return the cells of a row."""
    counted, times = shared(folder / f"engines-{count}", count)
    counts = [counted[what] for what in ("needed", "built", GIVE, TAKE, "messages")]
    return [str(count), *map(str, counts), *(f"{seconds:.1f} s" for seconds in times)]
