"""The temporal transformer over whole sequences at once: the hidden states that stepping through them would give."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from josie_bench.model.components.temporal_transformer import TemporalTransformer
from josie_bench.model.layers.carry import Carry
from josie_bench.model.layers.key_value_ring import KeyValueRing, RingView


def hidden_states(temporal: TemporalTransformer, inputs: Mapping[str, Tensor]) -> Tensor:
    """Return the hidden state of every position, `[batch, positions, dim]`, each from the start of a session.

    The layers run as they do in a session, only that their rings have a single slot, which nothing looks at: before a
    whole sequence nothing was kept, and a full ring's empty slots would cost more than the sequence.

    Args:
        temporal: what runs; its rings' capacities bound what a position sees, as in a session.
        inputs: by name, `[batch, positions, …]`.
    """
    kind = inputs["kind"]
    batch = len(kind)
    specs = {spec.name: spec for spec in temporal.clock.state_specs()}
    empty = {
        name: torch.zeros(spec.shape({"batch": batch}), dtype=torch.int64, device=kind.device)
        for name, spec in specs.items()
    }
    full = temporal.clock(kind, Carry(empty))
    view = RingView(
        slot=torch.zeros_like(kind),
        mask=torch.cat((torch.zeros_like(full.mask[..., :1]), full.mask[..., temporal.clock.slots :]), dim=-1),
        position=full.position,
    )
    rings = [part for part in temporal.modules() if isinstance(part, KeyValueRing)]
    carry = Carry(
        {
            f"{ring.name}.{part}": torch.zeros(batch, ring.heads, 1, ring.head_dim, device=kind.device)
            for ring in rings
            for part in ("keys", "values")
        }
    )
    return temporal.run(dict(inputs), view, carry)
