"""How a page is made of a template, words and charts: one file that needs no network.

The charts' library is in the file, once for all of them, and not at all where nothing is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import vl_convert
from jinja2 import Environment, FunctionLoader, StrictUndefined

ASSETS = files("josie_bench.reports") / "_assets"
STYLE, SCRIPT = "page.css", "page.js"
_IN_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def render(template: str, words: Mapping[str, object], specs: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the text of a page.

    Args:
        template: its file's name.
        words: what the template puts into words; among them `title`.
        specs: Vega-Lite specifications by the id of the place where they are drawn.
    """
    environment = Environment(
        loader=FunctionLoader(asset), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(template).render(
        **words, style=asset(STYLE), script=asset(SCRIPT), specs=_as_json(specs), bundle=bundle() if specs else ""
    )


@cache
def bundle() -> str:
    """Return the charts' library, Vega with Vega-Lite and Vega-Embed, as one script."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace("</script", "<\\/script")


def _as_json(specs: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the specifications as JSON that can stand in a script element."""
    return json.dumps(specs, separators=(",", ":"), ensure_ascii=False, allow_nan=False).translate(_IN_SCRIPT)


def asset(name: str) -> str:
    """Return the text of a file of pages."""
    return (ASSETS / name).read_text(encoding="utf-8")
