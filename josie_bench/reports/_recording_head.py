"""What a file of recordings says of each beside its rows: read strictly, for all that is drawn reckons with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from josie_bench.reports._document import from_message
from josie_bench.terms.fault import FaultNote
from josie_bench.terms.recording import Audit, Collection, MemoryReading, Phase

Length = Annotated[float, Field(ge=0.0, le=1e12)]
Count = Annotated[int, Field(ge=0, lt=2**31)]
Instant = Annotated[int, Field(ge=-(2**62), lt=2**62)]  # so that two of them can be subtracted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    window_ms: Length
    deadline_ms: Length
    is_open_loop: bool
    sample_rate_hz: Annotated[int, Field(gt=0, lt=2**31)]
    ended_ns: Instant
    is_virtual: bool = False
    delay_samples: Count = 0
    round_ended_ns: tuple[Instant, ...] = ()
    memory: tuple[MemoryReading, ...] = ()
    phases: tuple[Phase, ...] = ()
    collections: tuple[Collection, ...] = ()
    audits: tuple[Audit, ...] = ()
    faults: tuple[FaultNote, ...] = ()


HEADS = TypeAdapter(dict[str, _Head])


def check_heads(told: Mapping[str, Any], path: Path) -> None:
    """Refuse what is said of recordings, by case id, where it is none of what a recording can be.

    Raises:
        UsageError: it is.
    """
    from_message(told, str(path), HEADS)
