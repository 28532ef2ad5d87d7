"""`simulated`: answers with zeros, in a time that a law of the case gives to whole windows. No system is measured.

The law is `terms/simulated.py`; `bench/simulation.py` applies it, in virtual time without any executable.
"""

from __future__ import annotations

from josie_bench.backends import EngineJob, EngineSource
from josie_bench.backends._zeros import Zeros
from josie_bench.errors import UnavailableError

SUMMARY = "no system: windows take what a law of known truth says, in virtual time unless told otherwise"
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
