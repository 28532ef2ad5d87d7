"""curves.html: how a training went: losses of the crops that it learnt from, and what became of those held out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from josie_bench.reports._cells import table_of
from josie_bench.reports._charts import Chart, Spec, framed, table_data
from josie_bench.reports._template import render
from josie_bench.reports._words import number
from josie_bench.terms.progress import Progress

HEADS = ("curve", "steps", "seconds", "losses at the end", "held out, last looked at")
RIGHT = "words"  # the share of words' tokens that are the likeliest
LOSSES = ("text", "semantic", "acoustic")
ALL = "all"


def to_html(curves: Mapping[str, Sequence[Progress]], name: str, tool: str) -> str:
    """Return the text of the page.

    Args:
        curves: by the folder they lie in, as `language`; those without a line are left out.
        name: of the recipe.
        tool: version of josie-bench that draws.
    """
    known = {place: lines for place, lines in curves.items() if lines}
    charts = [chart for index, (place, lines) in enumerate(known.items()) for chart in _charts(index, place, lines)]
    words: dict[str, object] = {
        "title": name,
        "tool": tool,
        "charts": charts,
        "table": table_of(HEADS, [_row(place, lines) for place, lines in known.items()]),
    }
    return render("curves.html.j2", words, {chart.id: chart.spec for chart in charts})


def _row(place: str, lines: Sequence[Progress]) -> tuple[str, ...]:
    last = lines[-1]
    looked = next((line.held_out for line in reversed(lines) if line.held_out), {})
    return (place, f"{last.step:,}", f"{last.elapsed_s:,.0f}", _told(last.losses), _told(looked))


def _told(values: Mapping[str, float]) -> str:
    return "; ".join(f"{name} {number(value)}" for name, value in values.items()) or "—"


def _charts(index: int, place: str, lines: Sequence[Progress]) -> Iterator[Chart]:
    """Yield the losses that it learns by, and of crops that are held out the losses and what share is right."""
    learnt = [(name, ALL, line.step, value) for line in lines for name, value in line.losses.items()]
    held_out = [(*_split(name), line.step, value) for line in lines for name, value in line.held_out.items()]
    kinds = (
        ("learnt", "losses that it learns by", learnt, "log"),
        ("held-out", "losses of what is held out", [row for row in held_out if row[0] != RIGHT], "log"),
        ("right", "share of held-out words that is right", [row for row in held_out if row[0] == RIGHT], "linear"),
    )
    for key, title, rows, kind in kinds:
        if rows:
            yield Chart(
                id=f"{key}-{index}",
                title=f"{place}: {title}",
                description=f"{place}, {title}; at the end {_told({' '.join(row[:2]): row[3] for row in rows})}",
                spec=_spec(rows, "share" if kind == "linear" else "loss", kind, is_by_lesson=rows is not learnt),
            )


def _split(name: str) -> tuple[str, str]:
    """Return what was looked at and of which lesson.

    >>> _split("answer_text"), _split("psnr_db")
    (('text', 'answer'), ('psnr_db', 'all'))
    """
    lesson, _, what = name.rpartition("_")
    return (what, lesson) if what in (RIGHT, *LOSSES) else (name, ALL)


def _spec(rows: Sequence[tuple[str, str, int, float]], title: str, kind: str, *, is_by_lesson: bool) -> Spec:
    """Return lines over steps: a colour for each loss, or for each lesson and then a dash for each loss."""
    colour, dash = ("of", "what") if is_by_lesson else ("what", "of")
    y: Spec = {"field": "value", "type": "quantitative", "title": title, "scale": {"type": kind, "nice": False}}
    encoding: Spec = {
        "x": {"field": "step", "type": "quantitative", "title": "step"},
        "y": y,
        "color": {"field": colour, "type": "nominal", "title": None},
        "tooltip": [{"field": field} for field in ("what", "of", "step", "value")],
    }
    if is_by_lesson:
        encoding["strokeDash"] = {"field": dash, "type": "nominal", "title": None}
    return framed(
        height=240,
        data=table_data(("what", "of", "step", "value"), rows, numbers=("step", "value")),
        mark={"type": "line", "interpolate": "monotone"},
        encoding=encoding,
    )
