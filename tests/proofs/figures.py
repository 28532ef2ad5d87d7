"""What the proofs found, written into docs/statistics.md as tables and into docs/statistics.svg, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import vl_convert

from tests.marked_text import markdown_table, with_between

DOCS = Path(__file__).parents[2] / "docs"
Figures = dict[str, list[dict[str, Any]]]
INK, OURS, OTHERS = "#5b6472", "#1b6ca8", "#c2571a"
WIDTH, HEIGHT = 300, 240
APART = {"scale": {"color": "independent", "shape": "independent", "strokeDash": "independent"}}


def write_figures(figures: Figures) -> None:
    """Put each table between its marks of the page, and draw the picture if all that it shows was found."""
    page = DOCS / "statistics.md"
    text = page.read_text(encoding="utf-8")
    for name, rows in figures.items():
        text = with_table(text, name, rows)
    page.write_text(text, encoding="utf-8")
    if {"coverage", "false verdicts", "power"} <= set(figures):
        svg = vl_convert.vegalite_to_svg(picture(figures))
        (DOCS / "statistics.svg").write_text(svg + "\n", encoding="utf-8")


def with_table(text: str, name: str, rows: list[dict[str, Any]]) -> str:
    """Return the text with the rows between the marks of this name."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    columns = list(dict.fromkeys(column for row in rows for column in row))
    cells = [[cell(row.get(column)) for column in columns] for row in rows]
    return with_between(text, begin, end, f"\n\n{markdown_table(columns, cells)}\n\n")


def cell(value: object) -> str:
    """Return a share in percent, what is not there as a dash, and all else as it is."""
    if value is None:
        return "–"
    return f"{100 * value:.1f} %" if isinstance(value, float) else str(value)


def picture(figures: Figures) -> dict[str, Any]:
    """Return the Vega-Lite specification of three panels: coverage, false verdicts, power."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": "white",
        "config": {"font": "sans-serif", "axis": {"labelColor": INK, "titleColor": INK}, "view": {"stroke": None},
                   "title": {"anchor": "start"}},
        "vconcat": [{"hconcat": [coverage(figures["coverage"]), power(figures["power"])], "resolve": APART},
                    verdicts(figures)],
        "resolve": APART,
    }  # fmt: skip


def coverage(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how often nominal 95 % intervals hold the truth, ours and those that take windows as independent."""
    values = [
        {"what": f"{row['of']}, ρ = {row['ρ']}", "by": by, "share": row[by]}
        for row in rows
        for by in ("josie-bench", "as independent")
    ]
    names = list(dict.fromkeys(value["what"] for value in values))
    colour = {"domain": ["josie-bench", "as independent"], "range": [OURS, OTHERS]}
    x = {"field": "share", "type": "quantitative", "title": "holds the truth", "axis": {"format": "%"},
         "scale": {"domain": [0.3, 1.0]}}  # fmt: skip
    return {
        "title": "Coverage of nominal 95 % intervals",
        "width": WIDTH,
        "layer": [
            {"data": {"values": [{"share": 0.95}]}, "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]},
             "encoding": {"x": x}},
            {"data": {"values": values}, "mark": {"type": "point", "filled": True, "opacity": 1, "size": 60},
             "encoding": {
                 "x": x,
                 "y": {"field": "what", "type": "nominal", "sort": names, "title": None},
                 "color": {"field": "by", "type": "nominal", "scale": colour, "title": None},
                 "shape": {"field": "by", "type": "nominal", "title": None, "scale": {"domain": colour["domain"]}},
             }},
        ],
    }  # fmt: skip


def power(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return in what share of comparisons a slowdown is found."""
    values = [{"slowdown": float(str(row["slowdown"]).rstrip(" %")) / 100, "of": row["of"], "share": row["SLOWER"]}
              for row in rows]  # fmt: skip
    return {
        "title": "A slowdown is found with 8 blocks of 600 windows",
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": values},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "slowdown", "type": "quantitative", "title": "true slowdown", "axis": {"format": "%"}},
            "y": {"field": "share", "type": "quantitative", "title": "verdict SLOWER", "axis": {"format": "%"}},
            "color": {"field": "of", "type": "nominal", "title": None, "scale": {"range": [OURS, OTHERS]}},
            "strokeDash": {"field": "of", "type": "nominal", "title": None},
        },
    }


def verdicts(figures: Figures) -> dict[str, Any]:
    """Return how often two sides that are the same are said to differ."""
    values = [
        {"method": f"{row['method']}, {row['of']}", "share": row["false"], "ours": row["method"].startswith("josie")}
        for row in figures["false verdicts"]
    ]
    x = {"field": "share", "type": "quantitative", "title": "false verdicts", "axis": {"format": "%"}}
    colour = {"condition": {"test": "datum.ours", "value": OURS}, "value": OTHERS}
    y = {"field": "method", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 420}}
    rule = {"type": "rule", "color": INK, "strokeDash": [4, 3]}
    return {
        "title": "Two sides that are the same: how often one is said to be slower or quicker",
        "width": WIDTH + 60,
        "layer": [
            {"data": {"values": values}, "mark": "bar", "encoding": {"x": x, "y": y, "color": colour}},
            {"data": {"values": [{"share": 0.05}]}, "mark": rule, "encoding": {"x": x}},
        ],
    }
