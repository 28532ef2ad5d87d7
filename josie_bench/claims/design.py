"""How the paper says that the model is made, where that can be held against something."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import inf, log

from josie_bench.claims._stated import TRAINED
from josie_bench.model.presets import JOSIE_V4O
from josie_bench.terms.claim import ABOVE, Claim, Figure, Reading

LOSS = 1.0
WEIGHTS = [step / 1000.0 for step in range(3001)]  # a grid from 0 to 3


def receptive_field(kernel: int, dilations: tuple[int, ...]) -> int:
    """Return how many steps a chain of dilated convolutions sees.

    >>> receptive_field(3, (1, 2, 4))
    15
    """
    return 1 + sum((kernel - 1) * dilation for dilation in dilations)


def _least_growth() -> float:
    """Return the least factor by which a dilated layer adds more to the receptive field than the one before it."""
    audio = JOSIE_V4O.audio
    fields = [
        receptive_field(audio.residual_kernel, audio.dilations[:count]) for count in range(len(audio.dilations) + 1)
    ]
    added = [after - before for before, after in pairwise(fields)]
    return min(after / before for before, after in pairwise(added))


def best_weight(objective: Callable[[float], float]) -> float:
    """Return the weight of the grid at which an objective is least."""
    return min(WEIGHTS, key=objective)


CLAIMS = (
    Claim(
        id="design.dilation",
        section="3",
        statement="dilated convolutions let the receptive field grow exponentially",
        published="expand the receptive field exponentially",
        kind="arith",
        figure=Figure(value=1.0, unit="×", slack=0.0),
        readings=(
            Reading(
                formula="what a dilated layer adds ÷ what the one before it adds; kernel 3, dilations 1, 2, 4",
                compute=_least_growth,
                relation=ABOVE,
            ),
        ),
        note="Within a stage of the encoder of josie-v4o; the paper gives no dilations.",
    ),
    Claim(
        id="design.residual",
        section="6.1",
        statement="each layer adds its output to a residual of its input",
        published="h_l = Layer_l(h_{l-1}) + Residual(h_{l-1})",
        kind="undefined",
        readings=(
            Reading(
                untestable="a definition, and Residual is left open; here it is the identity, as in any transformer"
            ),
        ),
    ),
    Claim(
        id="design.quantizer",
        section="6.2",
        statement="acoustic codes quantise what the semantic code leaves",
        published="z_acoustic = RVQ_ac(f_t − z_semantic)",
        kind="undefined",
        readings=(
            Reading(name="residual, as in section 6.2", waits_for=f"{TRAINED}, for each reading"),
            Reading(
                name="parallel, as in Mimi, which section 2 says is used", waits_for=f"{TRAINED}, for each reading"
            ),
        ),
        note="The setting quantizer chooses the reading; see the model's page.",
    ),
    Claim(
        id="design.loss_weights",
        section="6.6",
        statement="the losses are balanced by weights that are learned",
        published="L = λ_1 L_text + … + λ_4 L_recon, λ_i learned",
        kind="undefined",
        figure=Figure(value=0.0, unit="(λ of a loss of 1)", slack=0.0),
        readings=(
            Reading(
                name="as written",
                formula="the λ from 0 to 3 at which λ · 1 is least",
                compute=lambda: best_weight(lambda weight: weight * LOSS),
                relation=ABOVE,
            ),
            Reading(
                name="with a term that keeps λ from zero",
                formula="the λ at which λ · 1 − ln λ is least",
                compute=lambda: best_weight(lambda weight: weight * LOSS - log(weight) if weight else inf),
                relation=ABOVE,
            ),
        ),
        note="As written every weight falls to zero, since that makes the sum smaller; the missing term is not given.",
    ),
)
