"""What grows with the workers of a fleet: `python -m tests.fleet.scaling merge|history|engines FOLDER WORKERS…`.

Each worker has a machine of its own and one case of 200 windows in virtual time. What workers do is left out: their
parcels are made beforehand. Times are those of the processor. Prints a table, a row for each number of workers.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from josie_bench.bench.journal import begin_journal
from josie_bench.bench.run_state import new_run
from josie_bench.fleet import GREET, SETTLE, Answer
from josie_bench.fleet.crew import Crew
from josie_bench.fleet.lots import lots_of
from josie_bench.fleet.parcel import packed
from josie_bench.fleet.run import FleetPlan, run_on_fleet
from josie_bench.probes.host import host_facts
from josie_bench.reports import RunData, write_run
from tests.fleet import scaling_engines, scaling_history
from tests.fleet.in_process import SUITE, InProcessFleet, law_case, plan_for
from tests.fleet.scaled import measured, timed

WINDOWS = 200
HEADS = ("workers", "let in", "taken in and gathered", "reports", "of them report.html", "result.json", "whole folder")


class Prepared(InProcessFleet):
    """A fleet whose workers have their parcels ready, and facts of a real machine."""

    def __init__(self, count, parcels):
        machines = {f"worker{number}": f"machine{number}" for number in range(1, count + 1)}
        super().__init__(count, machines=machines, cores=16)
        self.parcels = parcels
        self.facts = host_facts()

    def _answer(self, worker, request, files):
        if request["ask"] == SETTLE:
            return Answer(told={"facts": self.facts, "niceness": 0, "noise_floors": []})
        if request["ask"] == GREET:
            return super()._answer(worker, request, files)
        if "cases" not in request:
            return super()._answer(worker, request, files)
        return Answer(told={}, files=self.parcels[request["cases"][0]["id"]])


def parcels_of(cases):
    """Return what a worker sends of each case, by its id: one case in virtual time under each name."""
    one, recording = measured(cases[0])
    state = new_run("suite", SUITE)
    found = {}
    for case in cases:
        state.case_results = [replace(one, id=case.id, sha=case.sha, settings={"backend": "simulated"})]
        found[case.id] = packed(RunData(result=state.result(), recordings={case.id: recording}))
    return found


def measure(folder, count):
    """Return the cells of a row of `merge`."""
    first = law_case("case", windows=WINDOWS)
    cases = [
        replace(first, id=f"case{number}/simulated-fp32/w100", windows=WINDOWS + number) for number in range(count)
    ]
    assert len(lots_of(cases)) == count
    fleet = Prepared(count, parcels_of(cases))
    let_in_s = timed(lambda: Crew(fleet=fleet, store=folder).enlist(fleet.workers))
    state, place = new_run("suite", SUITE), folder / str(count)
    place.mkdir(parents=True)
    journal = begin_journal(place)
    plan = FleetPlan(open=lambda: fleet, folder=place, store=folder, attempts=1)
    gathered_s = timed(lambda: run_on_fleet(state, cases, plan_for(place, journal), plan)) - let_in_s
    journal.close()
    assert {case.status for case in state.case_results} == {"OK"}
    data = RunData(result=state.result(), recordings=state.recordings)
    page_s = timed(lambda: write_run(data, place, ["html"]))
    rest = ["result", "parquet", "csv", "markdown", "junit"]
    rest_s = timed(lambda: write_run(data, place, rest))
    whole = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
    times = [f"{seconds:.1f} s" for seconds in (let_in_s, gathered_s, page_s + rest_s, page_s)]
    sizes = [f"{size / 2**20:.1f} MiB" for size in ((place / "result.json").stat().st_size, whole)]
    return [str(count), *times, *sizes]


TABLES = {
    "merge": (HEADS, measure),
    "history": (scaling_history.HEADS, scaling_history.measure),
    "engines": (scaling_engines.HEADS, scaling_engines.measure),
}


def main(words):
    """Print the table."""
    what, folder, *counts = words
    heads, row = TABLES[what]
    sys.stdout.write(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n")
    for count in counts:
        sys.stdout.write(f"| {' | '.join(row(Path(folder), int(count)))} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
