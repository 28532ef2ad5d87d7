"""A fleet: workers on one machine or on many, between which the cases of a suite are shared out.

`Fleet` is what a scheduler offers: `local` starts processes here, `ray` actors on a Ray cluster. All else is the same
for both: `lots` says which cases stay together, `crew` lets workers in or refuses them, `dispatch` hands lots out
and again where a worker dies, `parcel` is what comes back, and `run` makes one result of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Request = Mapping[str, Any]  # a JSON object whose `ask` is one of the below

GREET, CLOCK, SETTLE, RUN = "greet", "clock", "settle", "run"
HAVE, BUILD, GIVE, TAKE = "have", "build", "give", "take"  # of a case's engines
NO_FILES: Mapping[str, bytes] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a worker says to a request.

    Attributes:
        told: a JSON object; with `refused`, one line of why the worker cannot do it.
        files: content by name.
    """

    told: Mapping[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """That a worker ended before it answered, and why, one line."""

    reason: str


class Fleet(Protocol):
    """What a scheduler offers: named workers that answer a request at a time."""

    @property
    def scheduler(self) -> str:
        """Its name in a result."""
        ...

    @property
    def workers(self) -> Sequence[str]:
        """The names of its workers."""
        ...

    def ask(self, worker: str, request: Request, files: Mapping[str, bytes] = NO_FILES) -> None:
        """Send a request, and files, to a worker that has answered its last; a lost one is started again for it."""
        ...

    def next(self, timeout_s: float | None = None) -> tuple[str, Answer | Lost] | None:
        """Return the next answer and whose it is, or None if none came in time; without a timeout wait for ever."""
        ...

    def close(self) -> None:
        """End all workers, whatever they are doing."""
        ...
