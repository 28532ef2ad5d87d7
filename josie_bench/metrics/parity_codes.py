"""Code agreement: the share of codes that an engine gives as the reference does. Definition `parity_codes/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_PARITY, Metric
from josie_bench.statistics.agreement import parity_of, share_equal
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

COMPONENTS = ("audio_encoder", "vision_encoder", "depth_transformer")
STATISTICS = {
    **{f"{name}.first": f"{name}: first codes, of drawn tokens the text" for name in COMPONENTS},
    **{f"{name}.all": f"{name}: codes of all levels" for name in COMPONENTS},
    **{f"{name}.clear": f"{name}: first codes that the reference chose clearly" for name in COMPONENTS[:2]},
}


def _compute(recording: Recording) -> dict[str, Score]:
    parity = parity_of(recording)
    return {key: share_equal(parity, *key.rsplit(".", 1)) for key in STATISTICS}


METRIC = Metric(
    title="Code agreement",
    unit="ratio",
    direction="higher",
    definition="parity_codes/1",
    origin="the reference's codes against the engine's, from the same inputs",
    description=(
        "Equal codes / all codes over all calls of a component, each side with its own state and the reference's "
        "inputs. A code that differs changes those of the levels behind it, so agreement falls with the level while "
        "the sound hardly changes: gate on the first. A first code is clear where the reference's latent lies further "
        "from the border to the next code than 1 % of its norm; those that are not clear flip by rounding alone."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_PARITY,
)
