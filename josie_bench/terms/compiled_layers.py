"""What the layers of a compiled engine compute in, as far as that could be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

READ, NOT_READ = "read", "not read"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledLayers:
    """The layers that a compiler made, by the types of what they put out.

    Attributes:
        asked: the precision that the engine was to have.
        status: `READ` or `NOT_READ`.
        reason: why nothing was read; None where it was.
        counts: how many layers there are, by type (`fp16`, `int64`; `unknown` where the library does not say).
        others: (name, type) of the layers that compute in another type than was asked for.
    """

    asked: str
    status: str = READ
    reason: str | None = None
    counts: tuple[tuple[str, int], ...] = ()
    others: tuple[tuple[str, str], ...] = ()

    @classmethod
    def not_read(cls, asked: str, reason: str) -> CompiledLayers:
        """Return that nothing could be read, and why."""
        return cls(asked=asked, status=NOT_READ, reason=reason)

    def as_json(self) -> dict[str, Any]:
        """Return it as a manifest notes it."""
        if self.status == NOT_READ:
            return {"asked": self.asked, "status": self.status, "reason": self.reason}
        named = [list(layer) for layer in self.others]
        return {"asked": self.asked, "status": self.status, "counts": dict(self.counts), "others": named}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CompiledLayers:
        """Return what `as_json` wrote.

        Raises:
            ValueError: it is something else.
        """
        try:
            found = cls(
                asked=str(data["asked"]),
                status=data["status"],
                reason=data.get("reason"),
                counts=tuple((str(kind), int(count)) for kind, count in data.get("counts", {}).items()),
                others=tuple((str(name), str(kind)) for name, kind in data.get("others", [])),
            )
        except (AttributeError, KeyError, OverflowError, TypeError) as error:
            raise ValueError("no account of compiled layers") from error
        is_whole = bool(found.counts) if found.status == READ else isinstance(found.reason, str)
        if found.status not in (READ, NOT_READ) or not is_whole:
            raise ValueError("an account of compiled layers with neither layers nor a reason")
        return found

    def lines(self) -> list[str]:
        """Return it in words: the counts of all types, then every layer of another type; or why there are none."""
        if self.status == NOT_READ:
            return [f"{NOT_READ}: {self.reason}"]
        counted = ", ".join(f"{count} {kind}" for kind, count in self.counts)
        return [f"{counted}; asked for {self.asked}", *(f"{kind}: {name}" for name, kind in self.others)]
