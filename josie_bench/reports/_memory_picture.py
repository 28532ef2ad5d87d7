"""The picture docs/memory.svg, drawn from a run: the terms that were predicted, stacked, beside what was measured.

Draw it anew with `python -m josie_bench.reports._memory_picture RUN_FOLDER CASE... > docs/memory.svg`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import vl_convert

from josie_bench.errors import JosieBenchError, UsageError
from josie_bench.reports import read_run
from josie_bench.reports._memory import memory_chart
from josie_bench.terms.result import CaseResult

WIDTH, LEGEND_COLUMNS = 760, 5
INK, QUIET, LINE = "#16202b", "#5b6472", "#d5dae0"
CONFIG = {
    "background": "white",
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {"domainColor": LINE, "gridColor": LINE, "tickColor": LINE, "labelColor": QUIET, "titleColor": QUIET},
    "legend": {"orient": "bottom", "columns": LEGEND_COLUMNS, "columnPadding": 24, "labelColor": INK},
    "style": {"piece": {"stroke": "white", "strokeWidth": 1}, "case": {"fill": INK, "fontSize": 13}},
}


def memory_svg(cases: Sequence[CaseResult]) -> str:
    """Return the chart of some cases, their presets before their ids, as SVG.

    Raises:
        UsageError: of none of them memory was both predicted and measured.
    """
    charts = memory_chart([replace(case, id=f"{case.settings.get('preset')}: {case.id}") for case in cases])
    if not charts:
        raise UsageError("of none of these cases memory was predicted and measured: name others of the run")
    svg: str = vl_convert.vegalite_to_svg(charts[0].spec | {"width": WIDTH, "config": CONFIG})
    return svg + "\n"


def chosen(cases: Sequence[CaseResult], ids: Sequence[str]) -> list[CaseResult]:
    """Return the cases of these ids, in their order; all where none is named.

    Raises:
        UsageError: there is no such case.
    """
    known = {case.id: case for case in cases}
    if unknown := [name for name in ids if name not in known]:
        raise UsageError(f"the run has no case {unknown[0]!r}: it has {', '.join(known)}")
    return [known[name] for name in ids] if ids else list(cases)


if __name__ == "__main__":
    try:
        folder, *ids = sys.argv[1:] or [""]
        sys.stdout.write(memory_svg(chosen(read_run(Path(folder)).result.cases, ids)))
    except JosieBenchError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(error.exit_code)
