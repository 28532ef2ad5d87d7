"""`null`: returns at once, zeros of the right shape. What is then left is the harness's own time."""

from __future__ import annotations

from josie_bench.backends import EngineJob, EngineSource
from josie_bench.backends._zeros import Zeros
from josie_bench.errors import UnavailableError

SUMMARY = "returns at once: the harness's own overhead"
PRECISIONS = ("fp32",)
NEEDS_MODEL = False
IMPORTS: tuple[str, ...] = ()
GRAPHS: dict[str, str] = {}
CALIBRATED: tuple[str, ...] = ()
QUANTIZED: dict[str, str] = {}
TARGETS: tuple[str, ...] = ()
SLOTS = PRECISIONS


def unavailable() -> UnavailableError | None:
    """Return None: it runs everywhere."""
    return None


def versions() -> dict[str, str]:
    """Return nothing: no library decides what it does."""
    return {}


def build(job: EngineJob) -> None:
    """Write nothing."""


def load(source: EngineSource) -> Zeros:
    """Return an executable that answers with zeros."""
    return Zeros(source.signature, source.batch)
