"""Whether a system is no worse than another by more than a margin, on the same items.

The loss is how much worse the other's figure is: its own minus the reference's where lower is better, the reverse where
higher is. It is non-inferior where the one-sided 95 % upper bound of the loss lies below the margin: to find no
difference is not enough, it takes enough items to rule out one that matters (Piaggio et al., 2012). Both figures are
recomputed on the same draws, so that items which are hard for both are not in the bound.

Draws hold only what was seen: of items that are all alike they bound a loss of 0, and of a system that loses just the
margin, by rare errors, 40 items of 12 words would find no worse four times in ten. So where fewer than five items (or
clusters) differ at all, the exact upper bound of how many may (Clopper and Pearson, 1934) is taken too, each as if it
came to what does nothing; with that, one time in twenty at most.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from josie_bench.statistics.item_bootstrap import (
    DRAWS,
    FEWEST,
    LEVEL,
    ROUNDING,
    SEED,
    Drawing,
    Floats,
    OfSums,
    drawing_of,
)
from josie_bench.statistics.proportion import clopper_pearson
from josie_bench.terms.item_counts import ItemCounts, paired
from josie_bench.terms.recording import Bools

Figures = Callable[[Floats], tuple[float, float]]
FEWEST_DIFFERING = 5  # items, or clusters, of which draws alone bound a loss


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """How much worse is still no worse.

    Attributes:
        worst: the loss that is not allowed, in the figure's unit, or as a share of the reference's figure.
        is_share: which of both it is.
        is_higher_better: which way the figure is good.
    """

    worst: float
    is_share: bool = False
    is_higher_better: bool = False

    def allowed(self, reference: float) -> float:
        """Return the loss that is not allowed, in the figure's unit."""
        return self.worst * abs(reference) if self.is_share else self.worst

    def loss(self, reference: float, other: float) -> float:
        """Return how much worse the other's figure is."""
        return reference - other if self.is_higher_better else other - reference


MARGINS = {
    "wer": Margin(worst=0.002),  # 0.2 percentage points
    "bleu": Margin(worst=0.3, is_higher_better=True),
    "mos": Margin(
        worst=0.05, is_higher_better=True
    ),  # of opinion scores from 1 to 5; this one and those below are ours
    "chrf": Margin(worst=0.3, is_higher_better=True),
    "stoi": Margin(worst=0.01, is_higher_better=True),
    "share": Margin(worst=0.01, is_higher_better=True),
    "psnr": Margin(worst=0.1, is_higher_better=True),  # dB
    "kid": Margin(worst=0.02, is_share=True),
    "fid": Margin(worst=0.02, is_share=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NonInferiority:
    """Two systems on the same items.

    Attributes:
        reference, other: their figures.
        loss: how much worse the other's is.
        upper: the one-sided upper bound of the loss; None where there are too few items, too few of them differ, or
            some draws gave no figure.
        margin: the loss that is not allowed, in the figure's unit.
        n: how many items.
        method: what was drawn; what it would take where nothing was.
    """

    reference: float
    other: float
    loss: float
    upper: float | None
    margin: float
    n: int
    method: str

    @property
    def is_non_inferior(self) -> bool | None:
        """Return whether the loss is ruled out that is not allowed; None where no bound could be given."""
        return None if self.upper is None else self.upper < self.margin

    @property
    def ratio(self) -> float | None:
        """Return the other's figure over the reference's; None where that is 0."""
        return self.other / self.reference if self.reference else None


def non_inferiority(
    figures: Figures,
    clusters: Sequence[str],
    margin: Margin,
    differs: Bools,
    *,
    nothing: float | None = None,
    level: float = LEVEL,
    draws: int = DRAWS,
    seed: int = SEED,
) -> NonInferiority:
    """Return how two systems compare.

    Args:
        figures: the reference's and the other's, given `[items]` how often each item counts.
        clusters: `[items]` the speaker or dialogue of each.
        margin: how much worse is allowed, and which way is better.
        differs: `[items]` whether both systems' are not alike.
        nothing: the figure of what does nothing, if it is known.
        level: of the one-sided bound.
        draws: how often to draw.
        seed: of the draws.
    """
    reference, other = figures(np.ones(len(clusters)))
    drawing = drawing_of(clusters)
    upper, method = None, f"{len(clusters)} items bound nothing: {FEWEST} do"
    if drawing is not None:
        losses = np.sort([margin.loss(*figures(weights)) for weights in drawing.weights(draws, seed)])
        bound = float(losses[math.ceil(level * draws - ROUNDING) - 1])
        worst = None if nothing is None else margin.loss(reference, nothing)
        upper, method = _with_unseen(bound, drawing, differs, worst, level)
    return NonInferiority(
        reference=reference,
        other=other,
        loss=margin.loss(reference, other),
        upper=upper if upper is not None and math.isfinite(upper) else None,
        margin=margin.allowed(reference),
        n=len(clusters),
        method=method,
    )


def _with_unseen(
    bound: float, drawing: Drawing, differs: Bools, worst: float | None, level: float
) -> tuple[float | None, str]:
    """Return a bound of draws where enough of what is drawn differs, else one with what may be unseen, and its method.

    Args:
        bound: of the draws.
        drawing: how they were drawn.
        differs: `[items]`.
        worst: the loss if all came to nothing, if it is known.
        level: of the one-sided bound.
    """
    found = len(np.unique(drawing.place[differs]))
    if found >= FEWEST_DIFFERING:
        return bound, drawing.method
    told = f"{found} of {drawing.method.removeprefix('bootstrap over ')} differ"
    if worst is None:
        return None, f"{told}, which bound nothing: {FEWEST_DIFFERING} do"
    share = clopper_pearson(found, drawing.units, 2.0 * level - 1.0)[1]
    return max(bound, share * worst), f"{told}, as if {100 * share:.2g} % of them came to nothing"


def figures_of_counts(reference: ItemCounts, other: ItemCounts, of_sums: OfSums) -> Figures:
    """Return both systems' corpus figures as a function of how often each item counts.

    Raises:
        UsageError: both are not of the same items, or do not count the same.
    """
    beside = paired(reference, other)

    def figures(weights: Floats) -> tuple[float, float]:
        return of_sums(weights @ reference.counts), of_sums(weights @ beside.counts)

    return figures


def differing_counts(reference: ItemCounts, other: ItemCounts) -> Bools:
    """Return `[items]` of the reference whose counts are others in the other system.

    Raises:
        UsageError: as `figures_of_counts`.
    """
    return np.asarray((reference.counts != paired(reference, other).counts).any(axis=1))
