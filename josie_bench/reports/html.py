"""report.html: one page with the answer, the charts and every number; it needs no network and says so to the browser.

The charts' library is in the file, once for all of them; all text goes through the template's escaping.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import vl_convert
from jinja2 import DictLoader, Environment, StrictUndefined

from josie_bench.reports import RunData, _charts
from josie_bench.reports._page import page_words
from josie_bench.writing import write_whole

FILES = ("report.html",)
ASSETS = files("josie_bench.reports") / "_assets"
TEMPLATE, STYLE, SCRIPT = "page.html.j2", "page.css", "page.js"
_IN_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def write(data: RunData, folder: Path) -> list[Path]:
    """Write `report.html` into `folder`.

    Raises:
        OutputError: it cannot be written.
    """
    return [write_whole(folder / FILES[0], to_html(data).encode())]


def to_html(data: RunData) -> str:
    """Return the text of `report.html`."""
    cases = _charts.drawn_cases(data)
    charts = {
        "latency": _charts.latency_charts(cases),
        "timeline": _charts.timeline_charts(cases),
        "waterfall": _charts.waterfall_chart(cases),
    }
    drawn = [chart for group in charts.values() for chart in group]
    environment = Environment(
        loader=DictLoader({TEMPLATE: _asset(TEMPLATE)}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE).render(
        **page_words(data),
        charts=charts,
        closed_loop=_charts.CLOSED_LOOP,
        style=_asset(STYLE),
        script=_asset(SCRIPT),
        specs=_specs_json(drawn),
        bundle=bundle() if drawn else "",
    )


@cache
def bundle() -> str:
    """Return the charts' library, Vega with Vega-Lite and Vega-Embed, as one script."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace("</script", "<\\/script")


def _specs_json(charts: Sequence[_charts.Chart]) -> str:
    """Return the specifications by id as JSON that can stand in a script element."""
    specs = {chart.id: chart.spec for chart in charts}
    return json.dumps(specs, separators=(",", ":"), ensure_ascii=False, allow_nan=False).translate(_IN_SCRIPT)


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
