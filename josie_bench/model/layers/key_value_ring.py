"""Key-value rings of fixed size, one region per kind of position, in one tensor per layer.

Queries attend over the old ring and the new keys first; only then are the new keys written. Writing first is right
for one position a step and wrong for more: a chunk's first queries would lose keys that its tail overwrote.

A key is visible while fewer than `capacity` later positions of its kind exist, counted at the query, so the result
does not depend on how a stream is cut into steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from josie_bench.model.layers.attention import attend
from josie_bench.model.layers.carry import Carry, Stateful
from josie_bench.terms.signature import TensorSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class RingView:
    """Where this step's keys go and what its queries see.

    Attributes:
        slot: int64 `[batch, time]`, the ring slot of each new position; the last slot is never read.
        mask: bool `[batch, 1, time, slots + time]`, True where the query may look.
        position: int64 `[batch, time]`, 0-based count of each new position among its kind.
    """

    slot: Tensor
    mask: Tensor
    position: Tensor


class RingClock(Stateful):
    """The bookkeeping all layers of a component share: which position lies in which slot.

    Args:
        capacities: how many positions of each kind the ring keeps.
        visibility: row kind sees column kind (the paper's mask M); None means all see all. A position sees itself
            whatever its kind sees, so that attention always has something to look at.
    """

    kind_of_slot: Tensor
    offset: Tensor
    capacity: Tensor
    sees: Tensor

    def __init__(
        self,
        name: str,
        capacities: tuple[int, ...],
        visibility: tuple[tuple[bool, ...], ...] | None = None,
    ) -> None:
        super().__init__()
        self.name = name
        self.kinds = len(capacities)
        everything = tuple((True,) * self.kinds for _ in capacities)
        self.register_buffer("sees", torch.tensor(visibility or everything), persistent=False)
        self.resize(capacities)

    def resize(self, capacities: tuple[int, ...]) -> None:
        """Let the ring keep so many positions of each kind; a state of another size does not fit it any more."""
        self.capacities = capacities
        self.slots = sum(capacities) + 1
        sizes = torch.tensor(capacities, device=self.sees.device)
        kind_of_slot = [kind for kind, size in enumerate(capacities) for _ in range(size)] + [0]
        self.register_buffer("capacity", sizes, persistent=False)
        self.register_buffer("offset", sizes.cumsum(0) - sizes, persistent=False)
        self.register_buffer("kind_of_slot", torch.tensor(kind_of_slot, device=sizes.device), persistent=False)

    def state_specs(self) -> tuple[TensorSpec, ...]:
        """Return the 1-based count that lies in each slot (0: empty) and the counts so far."""
        return (
            TensorSpec(name=f"{self.name}.held", dtype="int64", axes=("batch", self.slots)),
            TensorSpec(name=f"{self.name}.count", dtype="int64", axes=("batch", self.kinds)),
        )

    def forward(self, kind: Tensor, carry: Carry) -> RingView:
        """Return the view of new positions of int64 `kind` `[batch, time]` and book them in."""
        held, count = carry.old[f"{self.name}.held"], carry.old[f"{self.name}.count"]
        is_kind = (kind[..., None] == torch.arange(self.kinds, device=kind.device)).to(torch.int64)
        running = is_kind.cumsum(1) + count[:, None]  # [batch, time, kinds], this position included
        serial = (running * is_kind).sum(-1)  # [batch, time], 1-based
        mask = torch.cat((self._old_seen(kind, held, running), self._new_seen(kind, serial, running, is_kind)), dim=-1)
        total = running[:, -1]
        is_kept = total.gather(1, kind) - serial < self.capacity[kind]
        if carry.is_running is not None:
            is_kept = is_kept & carry.is_running[:, None]
        slot = self.offset[kind] + (serial - 1) % self.capacity[kind]
        slot = torch.where(is_kept, slot, torch.full_like(slot, self.slots - 1))
        written = held.scatter(1, slot, serial)
        carry.new[f"{self.name}.held"] = torch.cat((written[:, :-1], torch.zeros_like(written[:, -1:])), dim=1)
        carry.new[f"{self.name}.count"] = total
        return RingView(slot=slot, mask=mask[:, None], position=serial - 1)

    def _old_seen(self, kind: Tensor, held: Tensor, running: Tensor) -> Tensor:
        """Return bool `[batch, time, slots]`."""
        age = running[..., self.kind_of_slot] - held[:, None]
        is_young = (held[:, None] > 0) & (age < self.capacity[self.kind_of_slot])
        return is_young & self.sees[kind][..., self.kind_of_slot]

    def _new_seen(self, kind: Tensor, serial: Tensor, running: Tensor, is_kind: Tensor) -> Tensor:
        """Return bool `[batch, time, time]`: itself, and what came before, is young and of a kind the query sees."""
        count_at_query = (running[:, :, None] * is_kind[:, None]).sum(-1)  # of the key's kind
        is_young = count_at_query - serial[:, None] < self.capacity[kind][:, None]
        step = torch.arange(kind.shape[1], device=kind.device)
        may_look = (self.sees[kind][:, :, None] & is_kind[:, None].to(torch.bool)).any(-1)
        return is_young & may_look & (step[:, None] > step) | (step[:, None] == step)


class KeyValueRing(Stateful):
    """One layer's ring: attends over old and new, then writes the new keys and values."""

    def __init__(self, name: str, heads: int, head_dim: int, slots: int) -> None:
        super().__init__()
        self.name = name
        self.heads = heads
        self.head_dim = head_dim
        self.slots = slots

    def state_specs(self) -> tuple[TensorSpec, ...]:
        """Return keys and values."""
        axes = ("batch", self.heads, self.slots, self.head_dim)
        return tuple(TensorSpec(name=f"{self.name}.{part}", dtype="float32", axes=axes) for part in ("keys", "values"))

    def forward(self, query: Tensor, key: Tensor, value: Tensor, view: RingView, carry: Carry) -> Tensor:
        """Return `[batch, query heads, time, head_dim]`; `key` and `value` are `[batch, heads, time, head_dim]`."""
        keys, values = carry.old[f"{self.name}.keys"], carry.old[f"{self.name}.values"]
        out = attend(query, torch.cat((keys, key), dim=2), torch.cat((values, value), dim=2), view.mask)
        where = view.slot[:, None, :, None].expand_as(key)
        carry.new[f"{self.name}.keys"] = keys.scatter(2, where, key.to(keys.dtype))
        carry.new[f"{self.name}.values"] = values.scatter(2, where, value.to(values.dtype))
        return out


def single_kind(like: Tensor) -> Tensor:
    """Return kind 0 for every position of `like` `[batch, time, …]`, for rings with one kind."""
    return torch.zeros(like.shape[:2], dtype=torch.int64, device=like.device)
