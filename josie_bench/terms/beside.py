"""What works beside a trial on purpose, so that it is seen what a case is like with neighbours."""

from __future__ import annotations

from dataclasses import dataclass

from josie_bench.terms.quantity import SIZE_BYTES

UNITS = ("GiB", "MiB", "KiB", "B")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Neighbours of a trial, each a process of its own.

    Attributes:
        cpu: processes that keep a core busy each.
        memory_bytes: that one process copies to and fro without a pause; 0: none does.
        model: preset of a model that answers window after window on eager PyTorch, on one thread; None: none does.
    """

    cpu: int = 0
    memory_bytes: int = 0
    model: str | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether the trial is left alone."""
        return self == Beside()

    @property
    def memory(self) -> str:
        """Return the size of the memory as a suite writes it, in the largest unit of which it is a whole number."""
        unit = next(unit for unit in UNITS if self.memory_bytes % SIZE_BYTES[unit] == 0)
        return f"{self.memory_bytes // int(SIZE_BYTES[unit])} {unit}"

    def settings(self) -> dict[str, int | str | None]:
        """Return all keys as a suite writes them."""
        return {"cpu": self.cpu, "memory": self.memory, "model": self.model}

    def words(self) -> dict[str, str]:
        """Return those keys of which there is something, in words."""
        there = {"cpu": self.cpu, "memory": self.memory_bytes, "model": self.model}
        return {key: str(value) for key, value in self.settings().items() if there[key]}
