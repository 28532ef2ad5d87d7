"""Admission: which sessions are let in, and where they sit."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Door:
    """What sessions come in by, each from a place of its own.

    Attributes:
        seats: so many find one, the others are refused; None where each place is a seat and nobody is refused.
        asked: how many have come so far, those that were refused too.
        inside: (number, seat) of those that are in, by place.
    """

    seats: int | None = None
    asked: int = 0
    inside: dict[int, tuple[int, int]] = field(default_factory=dict)

    def enter(self, place: int) -> bool:
        """Let in the session that comes from a place, and return whether it was."""
        number, seat = self.asked, place if self.seats is None else self._free_seat()
        self.asked += 1
        if seat is None:
            return False
        self.inside[place] = number, seat
        return True

    def leave(self, place: int) -> None:
        """Let the seat of a place's session be free again."""
        del self.inside[place]

    def _free_seat(self) -> int | None:
        assert self.seats is not None
        taken = {seat for _, seat in self.inside.values()}
        return next((seat for seat in range(self.seats) if seat not in taken), None)
