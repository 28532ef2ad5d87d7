"""How the caller wants its cases run and written down, and what it is told meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from josie_bench.bench.journal import Journal
from josie_bench.bench.kept import Kept
from josie_bench.engines.builders import BUILD_TIMEOUT_S
from josie_bench.terms.case import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the run is doing: `case` is its index, `stage` one of `engines`, `trial`, `round`, `done`."""

    case: int
    cases: int
    id: str
    stage: str
    text: str = ""
    window: int = 0
    windows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the caller wants its cases run and written down.

    Attributes:
        engines: the engine store.
        scratch: where trials write, and their recordings stay.
        reproduce: gives the command line that runs one case alone.
        settings: gives a case as the lock file writes it.
        on_progress: told what is going on.
        build_timeout_s: the most that building one engine may take.
        journal: what has been measured already, and where to note what is measured now.
    """

    engines: Path
    scratch: Path
    reproduce: Callable[[Case], str]
    settings: Callable[[Case], dict[str, object]]
    on_progress: Callable[[Progress], None] = lambda _: None
    build_timeout_s: float = BUILD_TIMEOUT_S
    journal: Journal = field(default_factory=Journal)

    @property
    def kept(self) -> Kept:
        """What the run keeps of its cases."""
        return Kept(self.journal, self.scratch)
