"""A model as a case chooses it: sizes, seeded weights, and over them those from files."""

from __future__ import annotations

from pathlib import Path

from josie_bench.model.checkpoint import load_weights, require_fit
from josie_bench.model.presets import find_sizes
from josie_bench.model.weights import Model, build_model
from josie_bench.terms.model_choice import ModelChoice


def make_model(choice: ModelChoice) -> Model:
    """Return the model in evaluation mode.

    Raises:
        UsageError: the choice names something that is not known.
        WeightsError: a file of weights does not fit.
    """
    model = build_model(find_sizes(choice), seed=choice.seed)
    for file in choice.weights:
        load_weights(model, Path(file))
    return model


def require_weights(choice: ModelChoice) -> None:
    """Make sure that the choice's files of weights fit its model, by every name, type, shape and number in them.

    Raises:
        UsageError: the choice names something that is not known.
        WeightsError: a file of weights does not fit.
    """
    for file in choice.weights:
        require_fit(find_sizes(choice), Path(file))
