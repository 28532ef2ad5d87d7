"""`josie-bench loadgen`: MLPerf LoadGen asks a case's engines, and its figures stand beside ours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.table import Table

import josie_bench
from josie_bench.bench.loadgen import SCENARIOS, Figure, Plan, answering, drive, figures, told, unavailable
from josie_bench.bench.profiling import as_profiled
from josie_bench.cli.building import BuildOrder, building
from josie_bench.cli.choices import suite_argument
from josie_bench.cli.options import FiniteRange, output_option, table_console
from josie_bench.engines.store import EngineRequest
from josie_bench.errors import UnavailableError, UsageError
from josie_bench.model.presets import find_sizes
from josie_bench.plugins import unknown_name
from josie_bench.reports._words import ABSENT, number
from josie_bench.terms.case import Case
from josie_bench.terms.timebase import ms_from_s
from josie_bench.writing import check_folder, make_folders, unwritable, write_whole

QUERIES = 512  # early stopping of scenario server asks for 459 at least
DIFFERS = {
    "latency": "LoadGen counts from when a query was due until it hears of the answer; we from when it was handed over",
    "rank": "of n sorted latencies LoadGen takes number ⌊n·p⌋ counted from 0; we number ⌈n·p⌉ counted from 1",
    "warm-up": "neither counts the windows that are answered before LoadGen begins",
    "state": "one session answers windows in the order LoadGen draws them: what is heard makes no conversation",
}

REQUIREMENTS = {
    "latency bound": "result_perf_constraints_met",
    "fewest queries": "result_min_queries_met",
    "early stopping": "early_stopping_met",
}


@click.command("loadgen")
@suite_argument
@building
@click.option(
    "--scenario", type=click.Choice(tuple(SCENARIOS)), default="single-stream", show_default=True, help="LoadGen's."
)
@click.option("--component", help="Ask this component alone.  [default: all of a window]")
@click.option("--queries", type=click.IntRange(min=1), default=QUERIES, show_default=True, help="How many.")
@click.option(
    "--per-second", type=FiniteRange(min=0.0, min_open=True), help="Of server.  [default: one a hop of the case]"
)
@output_option("reports/loadgen", "The folder for LoadGen's logs and loadgen.json.")
def command(
    order: BuildOrder,
    *,
    suite: str,
    scenario: str,
    component: str | None,
    queries: int,
    per_second: float | None,
    output: Path,
) -> None:
    """Let MLPerf LoadGen ask the engines of a case of SUITE; keep its logs, and set its figures beside ours.

    Exit codes: 0 LoadGen calls its result valid, 2 wrong usage or suite, 3 it calls it invalid, or something is missing
    here.
    """
    case = _one_case(order, suite, component)
    check_folder(output)
    if (reason := unavailable()) is not None:
        raise reason
    manifests, _ = order.prepare(EngineRequest.of(case))
    answer = answering(case, manifests, component)
    try:
        make_folders(output, exist_ok=True)
    except OSError as error:
        raise unwritable(output, error) from error
    per_s = ms_from_s(1.0) / case.hop_ms if per_second is None else per_second
    plan = Plan(scenario=scenario, queries=queries, per_s=per_s, bound_ms=case.deadline_ms, folder=output)
    record = drive(answer, plan)
    said = told(output)
    found = figures(record, said)
    document = {
        "schema": "josie-bench/loadgen.v1",
        "tool": josie_bench.__version__,
        "case": case.id,
        "component": component,
        "scenario": scenario,
        "validity": said.get("result_validity"),
        "differs": DIFFERS,
        "figures": [asdict(figure) for figure in found],
        "queries": [asdict(query) for query in record],
    }
    write_whole(output / "loadgen.json", json.dumps(document, indent=1).encode())
    _show(case, plan, found, said)
    raise SystemExit(0 if said.get("result_validity") == "VALID" else UnavailableError.exit_code)


def _one_case(order: BuildOrder, suite: str, component: str | None) -> Case:
    cases = order.cases(suite)
    if len(cases) != 1:
        raise UsageError(f"{suite} has {len(cases)} cases, and LoadGen asks one: name it with --case")
    case = as_profiled(cases[0])
    known = find_sizes(case.model).components
    if component is not None and component not in known:
        raise UsageError(unknown_name("component", component, known))
    return case


def _show(case: Case, plan: Plan, found: Sequence[Figure], said: dict[str, Any]) -> None:
    table = Table("figure", "LoadGen", "our record", title=f"{case.id}, {plan.scenario}", title_justify="left")
    for figure in found:
        unit = f" ({figure.unit})" if figure.unit else ""
        shown = number if figure.unit else "{:.0f}".format
        table.add_row(figure.name + unit, ABSENT if figure.theirs is None else shown(figure.theirs), shown(figure.ours))
    table_console().print(table)
    for words in DIFFERS.values():
        click.echo(f"differs: {words}")
    validity = said.get("result_validity")
    reasons = "".join(f": {name} not met" for name, key in REQUIREMENTS.items() if said.get(key) is False)
    click.echo(f"LoadGen calls its result {validity}{reasons}; its logs: {plan.folder}")
