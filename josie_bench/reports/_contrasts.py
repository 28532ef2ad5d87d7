"""What one setting changes for trained models: a table beside what the paper says, and how they learnt, as curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from josie_bench.claims import published_change
from josie_bench.reports._cells import Table, table_of
from josie_bench.reports._charts import DASHES, Chart, Spec, framed, table_data
from josie_bench.reports._words import ABSENT, counted, number, with_interval
from josie_bench.terms.contrast import Contrast
from josie_bench.terms.result import CaseResult, Result
from josie_bench.terms.score import Interval

TITLE = "What one setting changes"
HEADS = ("setting", "figure", "before", "after", "change", "change in %", "the paper", "of")
WORDS = (
    "Trained models that differ in one setting alone, on the same items, and where they were trained apart seed by "
    "seed. The interval of 95 % has both in it, what differs between seeds and between items; of one seed it is of "
    "items alone, and another seed may come out otherwise. Where it holds 0 nothing is shown, and where all items and "
    "seeds say the same there is none, for they cannot tell how others would be. The paper's numbers are of a model "
    "and of data that nobody has: beside ours they are no verdict. steps_to_text_loss is how many steps of training it "
    "took to the loss at which the slower of the two ended; without temporal layers nothing is remembered "
    "and another task is learnt, so it is not told there."
)
PER_CENT = 100.0


def contrast_rows(contrasts: Sequence[Contrast]) -> list[tuple[str, ...]]:
    """Return a row of words for each figure that a setting changes."""
    return [_row(contrast) for contrast in contrasts]


def contrast_table(contrasts: Sequence[Contrast]) -> Table:
    """Return the same rows as a table."""
    return table_of(HEADS, contrast_rows(contrasts))


def _row(contrast: Contrast) -> tuple[str, ...]:
    share = ABSENT
    if contrast.relative is not None:
        share = _signed(with_interval(PER_CENT * contrast.relative, _times(contrast.relative_ci)), contrast.relative)
    published = published_change(contrast.setting, contrast.value, contrast.figure)
    change = contrast.after - contrast.before
    seeds = counted(contrast.seeds, "seed")
    return (
        f"{contrast.setting}: {contrast.base} → {contrast.value}",
        contrast.figure,
        number(contrast.before),
        number(contrast.after),
        _signed(with_interval(change, contrast.ci), change),
        share,
        ABSENT if published is None else _signed(number(published), published),
        seeds if contrast.n == contrast.seeds else f"{counted(contrast.n, 'item')}, {seeds}",
    )


def _times(interval: Interval | None) -> Interval | None:
    if interval is None:
        return None
    low, high = (None if bound is None else PER_CENT * bound for bound in (interval.low, interval.high))
    return Interval(level=interval.level, low=low, high=high, method=interval.method)


def _signed(words: str, value: float) -> str:
    return f"+{words}" if value > 0 else words


def learning_charts(result: Result) -> list[Chart]:
    """Return how the models that are held against each other learnt, a line for each seed."""
    if not result.learning:
        return []
    cases = {case.id: case for case in result.cases}
    rows = [
        (_variant(cases[curve.case]), curve.case, step, value)
        for curve in result.learning
        for step, value in zip(curve.steps, curve.values, strict=True)
    ]
    variants = list(dict.fromkeys(row[0] for row in rows))
    loss = result.learning[0].loss
    ends = "; ".join(f"{curve.case} ends at {number(curve.values[-1])}" for curve in result.learning)
    return [
        Chart(
            id="learning",
            title=f"loss of {loss} while it learns, of the same crops in the same order",
            description=f"Training loss ({loss}) by step: {ends}",
            spec=_spec(rows, variants, loss),
        )
    ]


def _variant(case: CaseResult) -> str:
    """Return what a case's model is without, in words."""
    settings: Mapping[str, object] = case.settings
    ablate, quantizer = settings.get("ablate"), settings.get("quantizer")
    without = f"without {', '.join(map(str, ablate))}" if isinstance(ablate, list) and ablate else "whole"
    return f"{without}, quantizer {quantizer}" if quantizer else without


def _spec(rows: Sequence[Sequence[object]], variants: Sequence[str], loss: str) -> Spec:
    names: Spec = {"field": "variant", "type": "nominal", "title": None}
    dashes = [DASHES[place % len(DASHES)] for place in range(len(variants))]
    encoding: Spec = {
        "x": {"field": "step", "type": "quantitative", "title": "step"},
        "y": {
            "field": "loss",
            "type": "quantitative",
            "title": f"loss of {loss}, mean since the point before",
            "scale": {"type": "log", "nice": False},
        },
        "detail": {"field": "case", "type": "nominal"},
        "color": names | {"scale": {"domain": list(variants)}, "legend": {"symbolType": "stroke"}},
        "strokeDash": names | {"scale": {"domain": list(variants), "range": dashes}},
        "tooltip": [
            {"field": "case", "title": "case"},
            {"field": "step", "type": "quantitative"},
            {"field": "loss", "type": "quantitative", "format": ".3f"},
        ],
    }
    data = table_data(("variant", "case", "step", "loss"), rows, numbers=("step", "loss"))
    return framed(height=280, data=data, mark={"type": "line"}, encoding=encoding)
