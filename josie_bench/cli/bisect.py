"""`josie-bench bisect`: the first layer at which an engine leaves the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click
from rich.table import Table

from josie_bench.bench.bisect import WINDOWS, LayerError, bisect
from josie_bench.cli.building import BuildOrder, building
from josie_bench.cli.choices import suite_argument
from josie_bench.cli.options import FiniteRange, table_console
from josie_bench.engines.store import EngineRequest
from josie_bench.errors import UnavailableError, UsageError
from josie_bench.model.presets import find_sizes
from josie_bench.plugins import unknown_name
from josie_bench.terms.case import Case

BEYOND = 1
NOT_THERE = "not in the engine"


@click.command("bisect")
@suite_argument
@building
@click.option("--component", "wanted_components", multiple=True, help="Look into this component only (repeatable).")
@click.option("--tolerance", type=FiniteRange(min=0.0), help="The bar of every layer, a relative error.")
@click.option("--windows", type=click.IntRange(min=1), default=WINDOWS, show_default=True, help="Windows that are run.")
def command(
    order: BuildOrder,
    *,
    suite: str,
    wanted_components: tuple[str, ...],
    tolerance: float | None,
    windows: int,
) -> None:
    """Say at which layer the engines of SUITE first leave the reference.

    Both get the same inputs and state from the case's first windows. The bar is 0.001 or --tolerance; for INT8 without
    --tolerance it is, layer by layer, three times what rounding to INT8 does to the reference.

    Exit codes: 0 no layer is beyond its bar, 1 one is, 2 wrong usage or suite, 3 an engine cannot be looked into.
    """
    cases = order.cases(suite)
    for case in cases:
        _check_components(case, wanted_components)
    codes = {_look(case, order, wanted_components, tolerance, windows) for case in cases}
    raise SystemExit(next((code for code in (BEYOND, UnavailableError.exit_code) if code in codes), 0))


def _check_components(case: Case, wanted: Sequence[str]) -> None:
    known = find_sizes(case.model).components
    for name in wanted:
        if name not in known:
            raise UsageError(unknown_name("component", name, known))


def _look(case: Case, order: BuildOrder, wanted: Sequence[str], tolerance: float | None, windows: int) -> int:
    """Print what is found of one case; return its exit code."""
    request = replace(EngineRequest.of(case), has_slots=False)  # a layer is looked into as it is for one session
    try:
        manifests, _ = order.prepare(request)
    except UnavailableError as reason:
        click.echo(f"{case.id}: cannot be looked into: {reason}")
        return reason.exit_code
    found = bisect(order.engines, case, manifests, wanted or tuple(manifests), tolerance=tolerance, windows=windows)
    codes = {0}
    for component, layers in found.items():
        if isinstance(layers, UnavailableError):
            click.echo(f"{case.id} {component}: cannot be looked into: {layers}")
            codes.add(layers.exit_code)
            continue
        table_console().print(layer_table(f"{case.id} {component}", layers))
        click.echo(verdict(layers))
        codes |= {BEYOND} if any(layer.is_beyond for layer in layers) else set()
    return BEYOND if BEYOND in codes else max(codes)


def layer_table(title: str, layers: Sequence[LayerError]) -> Table:
    """Return a row for each layer in the order they are computed; those beyond their bar are marked."""
    table = Table(title=title, title_justify="left")
    table.add_column("layer", overflow="fold")
    for name in ("relative error", "over the layer before", "bar"):
        table.add_column(name, justify="right")
    before: float | None = None
    for layer in layers:
        error = NOT_THERE if layer.error is None else f"{layer.error:.2g}"
        jump = "" if not before or layer.error is None else f"× {layer.error / before:.1f}"
        table.add_row(layer.layer, error, jump, f"{layer.bar:.2g}", style="red" if layer.is_beyond else None)
        before = layer.error if layer.error is not None else before
    return table


def verdict(layers: Sequence[LayerError]) -> str:
    """Return the last line: the first layer beyond its bar, or that there is none and which comes nearest."""
    for layer in layers:
        if layer.is_beyond:
            return f"first beyond {layer.bar:.2g}: {layer.layer} (relative error {layer.error:.2g})"
    known = [(layer.error / layer.bar, layer) for layer in layers if layer.error is not None and layer.bar > 0.0]
    if not known:
        return "none beyond its bar"
    _, nearest = max(known, key=lambda entry: entry[0])
    return f"none beyond its bar; nearest {nearest.layer} (relative error {nearest.error:.2g}, bar {nearest.bar:.2g})"
