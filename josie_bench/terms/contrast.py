"""What one setting changes for trained models, and how they learnt, as `result.json` holds it."""

from __future__ import annotations

from dataclasses import dataclass

from josie_bench.terms.score import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """How a figure changes with one setting: cases of one run that are alike but for it, and seed by seed.

    Attributes:
        setting: as a suite writes it: `ablate`, `quantizer` or `window`.
        value: what the cases have there; switches are joined by `+`.
        base: what those have that they are held against.
        figure: `wer_text` or another of items, of all seeds together; `steps_to_text_loss`, how many steps of training
            it took to the loss at which the slower of the two ended, means over the seeds.
        before, after: the figure of the base, and of the cases.
        n: how many items it is of, or seeds where it is of no items.
        seeds: how many models of each were held against each other.
        bases, cases: ids, seed by seed.
        ci: of after − before.
        relative: (after − before) / before; None where nothing was before.
        relative_ci: of that.
    """

    setting: str
    value: str
    base: str
    figure: str
    before: float
    after: float
    n: int
    seeds: int
    bases: list[str]
    cases: list[str]
    ci: Interval | None = None
    relative: float | None = None
    relative_ci: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningCurve:
    """How the model of a case learnt, as its training left it beside its weights.

    Attributes:
        case: its id.
        loss: by name.
        steps: at the end of each stretch of the curve.
        values: the mean of the loss in that stretch.
    """

    case: str
    loss: str
    steps: list[int]
    values: list[float]

    def __post_init__(self) -> None:
        """Raise ValueError where a step has no loss."""
        if not len(self.steps) == len(self.values) > 0:
            raise ValueError("each step has a loss")
