"""Seats: one engine that holds a batch of sessions, each in a seat of its own, whoever steps with whom.

A step always computes all seats, so that its shapes never depend on who takes it: a session's answers are bit for bit
the same whoever else is there. Seats that stand still are given another's inputs, and what comes out for them is
dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.backends import Executable
from josie_bench.errors import EngineError
from josie_bench.terms.signature import RESET, RUNNING, Signature

Array = NDArray[Any]


class Seats:
    """An engine with slots (`model/slots.py`), and which of them are taken.

    Args:
        executable: whose inputs end with the two masks.
        count: how many sessions it holds.
    """

    def __init__(self, executable: Executable, count: int) -> None:
        self._executable = executable
        self._count = count
        self._is_new = np.zeros(count, dtype=np.bool_)  # seats that begin anew with their next step
        self._taken = 0
        plain = tuple(spec for spec in executable.signature.inputs if spec.name not in (RESET, RUNNING))
        self.signature: Signature = replace(executable.signature, inputs=plain)

    def sit(self) -> Seat:
        """Return the next free seat, at the start of a session.

        Raises:
            EngineError: none is free.
        """
        if self._taken == self._count:
            raise EngineError(f"the engine was loaded for {self._count} sessions, and all seats are taken")
        self._taken += 1
        return Seat(self, self._taken - 1)

    def step(self, inputs: Mapping[int, Mapping[str, Array]]) -> dict[int, dict[str, Array]]:
        """Return the outputs by seat and name; the state of the seats that take the step moves on.

        Args:
            inputs: by seat and name, batch 1, of one shape.
        """
        seats = list(inputs)
        running = np.zeros(self._count, dtype=np.bool_)
        running[seats] = True
        masks = {RESET: self._is_new & running, RUNNING: running}
        names = [spec.name for spec in self.signature.inputs]
        given = {name: self._spread({seat: inputs[seat][name] for seat in seats}) for name in names}
        outputs = self._executable.step(given | masks)
        self._is_new[seats] = False
        return {seat: {name: rows[seat : seat + 1] for name, rows in outputs.items()} for seat in seats}

    def begin_anew(self, seat: int) -> None:
        """Let the next step of a seat be the first of a session."""
        self._is_new[seat] = True

    def state(self, seat: int, *names: str) -> dict[str, Array]:
        """Return what the next step of a seat will read, by name, batch 1: these tensors, or all."""
        rows = {name: whole[seat : seat + 1] for name, whole in self._executable.state(*names).items()}
        return {name: np.zeros_like(row) for name, row in rows.items()} if self._is_new[seat] else rows

    def _spread(self, rows: Mapping[int, Array]) -> Array:
        """Return `[seats, …]`: each row where its seat is, the first one's everywhere else."""
        whole = np.repeat(next(iter(rows.values())), self._count, axis=0)
        for seat, row in rows.items():
            whole[seat] = row[0]
        return whole


class Seat:
    """One session's share of an engine: an executable like any other, which steps alone unless others step with it."""

    def __init__(self, seats: Seats, number: int) -> None:
        self.seats = seats
        self.number = number
        self.signature = seats.signature

    def step(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs by name for the inputs by name; nobody else's state moves on."""
        return self.seats.step({self.number: inputs})[self.number]

    def reset(self) -> None:
        """Return to the state at the start of a session."""
        self.seats.begin_anew(self.number)

    def undo(self) -> None:
        """Raise: what others have done since cannot be taken back with it.

        Raises:
            EngineError: always.
        """
        raise EngineError("no step of one session in a batch can be taken back: set silence to gated or drawn")

    def fork(self) -> Seat:
        """Return the next free seat of the same engine.

        Raises:
            EngineError: none is free.
        """
        return self.seats.sit()

    def state(self, *names: str) -> dict[str, Array]:
        """Return what the next step will read, by name: these tensors, or all."""
        return self.seats.state(self.number, *names)
