"""`josie-bench profile`: what binds each component, how far from the roof it is, and what its time goes to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.table import Table

import josie_bench
from josie_bench.backends import computes_on_gpu
from josie_bench.bench.profiling import WINDOWS, as_profiled, profile_case
from josie_bench.cli.building import BuildOrder, building
from josie_bench.cli.options import output_option, table_console
from josie_bench.engines.store import EngineRequest
from josie_bench.errors import UnavailableError, UsageError
from josie_bench.model.presets import PRESETS
from josie_bench.plugins import find_member
from josie_bench.runtime.ranges import Ranged, lacks_ranges
from josie_bench.terms.case import Case
from josie_bench.terms.profiling import CaseProfile
from josie_bench.writing import check_folder, write_whole

SUITE = "profile"  # that is taken where a preset is named
LEFT_OUT = ("engine", "calls", "MFLOP", "MB read")  # of the console's table, which has less room than a page


@click.command("profile")
@click.argument("suite", metavar="SUITE|PRESET")
@building
@click.option(
    "--windows", type=click.IntRange(min=1), default=WINDOWS, show_default=True, help="Windows that are timed."
)
@click.option("--nvtx", is_flag=True, help="Mark each component's calls for another profiler of the GPU.")
@output_option("reports/profile", "The folder for profile.json and profile.html.")
def command(
    order: BuildOrder,
    *,
    suite: str,
    windows: int,
    nvtx: bool,
    output: Path,
) -> None:
    """Say what binds each component in the cases of SUITE, or of PRESET on eager PyTorch and ONNX Runtime.

    Bandwidth, compute, dispatch or kernels: from its time, its FLOPs and bytes, what this machine reaches when it is
    asked for nothing else, and the operators that a profiler sees. Profiling slows what it looks at: nothing of it is a
    latency.

    Exit codes: 0 profiled, 2 wrong usage or suite, 3 nothing could be profiled here.
    """
    if suite in PRESETS:
        suite, order = SUITE, replace(order, overrides=(f"preset={suite}", *order.overrides))
    chosen = [as_profiled(case) for case in order.cases(suite)]
    if nvtx:
        _require_ranges(chosen)
    check_folder(output)
    found = [profile for case in chosen if (profile := _profile(case, order, windows, nvtx=nvtx))]
    if not found:
        raise SystemExit(UnavailableError.exit_code)
    for path in _write(found, output):
        click.echo(str(path))


def _require_ranges(cases: Sequence[Case]) -> None:
    """Refuse to mark what no profiler of a GPU will see."""
    for case in cases:
        backends = [backend for backend, _ in case.engines.pairs()]
        if not any(computes_on_gpu(find_member("backends", backend)) for backend in backends):
            raise UsageError(f"--nvtx: {case.id} computes on no GPU: leave it out, or choose cases with --case")
    if (reason := lacks_ranges()) is not None:
        raise reason


def _profile(case: Case, order: BuildOrder, windows: int, *, nvtx: bool) -> CaseProfile | None:
    """Return the profile of a case and show it; None, with the reason told, where it cannot be run here."""
    try:
        manifests, _ = order.prepare(EngineRequest.of(case))
    except UnavailableError as reason:
        click.echo(f"{case.id}: not profiled: {reason}")
        return None
    marked = {"mark": Ranged} if nvtx else {}
    profile = profile_case(case, manifests, windows=windows, **marked)
    _show(profile)
    return profile


def _show(profile: CaseProfile) -> None:
    from josie_bench.reports._roofline import HEADS, roof_words, rows

    watched = f"{profile.watched} watched, {profile.slowed:.1f} times as slow"
    title = f"{profile.case}: {profile.windows} windows timed; {watched}"
    shown = [place for place, head in enumerate(HEADS) if head not in LEFT_OUT]
    table = Table(*(HEADS[place] for place in shown), title=title, title_justify="left")
    for row in rows(profile):
        table.add_row(*(row[place] for place in shown))
    table_console().print(table)
    for roof in dict.fromkeys(part.roof for part in profile.components):
        click.echo(f"roof: {roof_words(roof)}")


def _write(found: Sequence[CaseProfile], output: Path) -> list[Path]:
    from josie_bench.probes.host import host_facts
    from josie_bench.reports._roofline import to_html, to_json

    document = to_json(found, {"tool": josie_bench.__version__, "host": host_facts()})
    return [
        write_whole(output / "profile.json", json.dumps(document, indent=2, allow_nan=False).encode()),
        write_whole(output / "profile.html", to_html(found, josie_bench.__version__).encode()),
    ]
