"""Judged cases that are alike but for one setting, held against each other item by item and seed by seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from josie_bench.errors import WeightsError
from josie_bench.statistics.contrast import Pairs, difference, interval_over_seeds, pairs_of, relative
from josie_bench.statistics.learning import steps_to_common
from josie_bench.statistics.quality_figures import FIGURES, Figure
from josie_bench.terms.case import Case
from josie_bench.terms.contrast import Contrast, LearningCurve
from josie_bench.terms.item_counts import ItemCounts
from josie_bench.terms.judged import Judged
from josie_bench.terms.progress import CURVE, Progress, read_curve

LOSS = "text"  # that every lesson has, and that no other codec changes the meaning of
STEPS = f"steps_to_{LOSS}_loss"
PIECE = "language"  # whose curve lies beside the weights
USUAL_WINDOW_MS = 300.0  # the paper's
WINDOW = "window"  # the axis of one trained model
# Without it nothing is remembered from frame to frame, and what a loss comes down to is how well words are guessed from
# one frame. Steps of both to that loss are of two tasks, and no speed of learning one.
MEMORY = "temporal"
Curves = Mapping[str, Sequence[Progress]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A setting that cases may differ in.

    Attributes:
        setting: as a suite writes it.
        value: of a case, in words.
        base: what the others are held against.
        without: a case as if it had another value there.
    """

    setting: str
    value: Callable[[Case], str]
    base: str
    without: Callable[[Case], Case]


AXES = (
    Axis(
        setting="ablate",
        value=lambda case: "+".join(case.model.ablate) or "nothing",
        base="nothing",
        without=lambda case: replace(case, model=replace(case.model, ablate=())),
    ),
    Axis(
        setting="quantizer",
        value=lambda case: case.model.quantizer or "the preset's",
        base="the preset's",
        without=lambda case: replace(case, model=replace(case.model, quantizer=None)),
    ),
    Axis(
        setting=WINDOW,
        value=lambda case: f"{case.window_ms:g} ms",
        base=f"{USUAL_WINDOW_MS:g} ms",
        without=lambda case: replace(case, window_ms=0.0, hop_ms=0.0, deadline_ms=0.0),
    ),
)


def contrasts_of(cases: Sequence[Case], judged: Mapping[str, Judged], curves: Curves) -> list[Contrast]:
    """Return how each figure changes along each axis.

    Args:
        cases: of trained models; what seeded ones write says nothing.
        judged: by case id, what was judged.
        curves: by case id, how the model learnt, where that is known.
    """
    found: list[Contrast] = []
    for axis in AXES:
        for bases, others in _pairs(axis, [case for case in cases if case.id in judged]):
            found += _of_items(axis, bases, others, judged)
            found += _of_steps(axis, bases, others, curves)
    return found


def _pairs(axis: Axis, cases: Sequence[Case]) -> Iterator[tuple[list[Case], list[Case]]]:
    """Yield cases and those that they are held against, seed by seed; where two have one place, neither is taken."""
    groups: dict[str, dict[str, dict[int, list[Case]]]] = {}
    for case in cases:
        values = groups.setdefault(_likeness(axis, case), {})
        values.setdefault(axis.value(case), {}).setdefault(case.seed, []).append(case)
    for values in groups.values():
        base = values.pop(axis.base, {})
        for others in values.values():
            seeds = [seed for seed in base if seed in others and len(base[seed]) == len(others[seed]) == 1]
            if seeds:
                yield [base[seed][0] for seed in seeds], [others[seed][0] for seed in seeds]


def _likeness(axis: Axis, case: Case) -> str:
    """Return all settings of a case but the axis's, and what follows from its seed."""
    other = axis.without(replace(case, id="", sha="", budgets=(), timeout_s=0.0))
    return repr(replace(other, model=replace(other.model, seed=0, weights=())))


def _of_items(
    axis: Axis, bases: Sequence[Case], others: Sequence[Case], judged: Mapping[str, Judged]
) -> Iterator[Contrast]:
    for name, figure in FIGURES.items():
        if not isinstance(figure, Figure):
            continue
        sides = [[_counts(figure, judged[case.id]) for case in side] for side in (bases, others)]
        items = {each.item for side in sides for each in side}
        if len(items) > 1 or items == {()}:  # some were not judged
            continue
        pairs = pairs_of(sides[0], sides[1], figure.of_sums)
        if all(map(math.isfinite, pairs.figures)):
            found = _contrast(axis, name, bases, others, pairs)
            # A model that is no better than doing nothing has no quality of which a part could be told.
            yield found if figure.beats_nothing(found.before) else replace(found, relative=None, relative_ci=None)


def _counts(figure: Figure, judged: Judged) -> ItemCounts:
    return figure.of(judged.of(figure.task))


def _contrast(axis: Axis, name: str, bases: Sequence[Case], others: Sequence[Case], pairs: Pairs) -> Contrast:
    before, after = pairs.figures
    return Contrast(
        setting=axis.setting,
        value=axis.value(others[0]),
        base=axis.base,
        figure=name,
        before=before,
        after=after,
        n=pairs.before.shape[1],
        seeds=len(bases),
        bases=[case.id for case in bases],
        cases=[case.id for case in others],
        ci=pairs.interval(difference),
        relative=relative(before, after) if before else None,
        relative_ci=pairs.interval(relative) if before else None,
    )


def curves_of(cases: Sequence[Case]) -> dict[str, list[Progress]]:
    """Return how each case's model learnt, by id, where the training left that beside its weights.

    A broken curve is none: what was measured must not be lost for it.
    """
    found = {case.id: _curve(case) for case in cases if case.judged is not None}
    return {name: curve for name, curve in found.items() if curve}


def _curve(case: Case) -> list[Progress]:
    if not case.model.weights:
        return []
    try:
        lines = read_curve(Path(case.model.weights[-1]).parent / PIECE / CURVE)
    except WeightsError:
        return []
    return [line for line in lines if LOSS in line.losses]


def _of_steps(axis: Axis, bases: Sequence[Case], others: Sequence[Case], curves: Curves) -> Iterator[Contrast]:
    """Yield how many steps longer one loss takes, where all were trained by the same steps and learnt one task."""
    pairs = [(curves.get(one.id, ()), curves.get(two.id, ())) for one, two in zip(bases, others, strict=True)]
    remembers = {MEMORY not in case.model.ablate for case in (bases[0], others[0])}
    if axis.setting == WINDOW or len(remembers) > 1 or not _are_alike([curve for pair in pairs for curve in pair]):
        return
    steps = [line.step for line in pairs[0][0]]
    found = [steps_to_common(steps, *([line.losses[LOSS] for line in curve] for curve in pair)) for pair in pairs]
    before, after = (sum(side) / len(found) for side in zip(*found, strict=True))
    shares = [relative(*pair) for pair in found]
    yield Contrast(
        setting=axis.setting,
        value=axis.value(others[0]),
        base=axis.base,
        figure=STEPS,
        before=before,
        after=after,
        n=len(found),
        seeds=len(found),
        bases=[case.id for case in bases],
        cases=[case.id for case in others],
        ci=interval_over_seeds(after - before, [difference(*pair) for pair in found]),
        relative=sum(shares) / len(shares),
        relative_ci=interval_over_seeds(sum(shares) / len(shares), shares),
    )


def _are_alike(curves: Sequence[Sequence[Progress]]) -> bool:
    """Return whether it is known of all that they were trained by the same steps."""
    steps = [[line.step for line in curve] for curve in curves]
    return bool(steps[0]) and all(each == steps[0] for each in steps)


def learning_of(contrasts: Sequence[Contrast], curves: Curves) -> list[LearningCurve]:
    """Return the curves of models that are held against each other and were trained by the same steps, each once."""
    groups = [(*each.bases, *each.cases) for each in contrasts if each.setting != WINDOW]
    alike = [group for group in groups if _are_alike([curves.get(name, ()) for name in group])]
    names = dict.fromkeys(name for group in alike for name in group)
    return [
        LearningCurve(
            case=name,
            loss=LOSS,
            steps=[line.step for line in curves[name]],
            values=[line.losses[LOSS] for line in curves[name]],
        )
        for name in names
    ]
