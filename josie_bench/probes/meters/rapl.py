"""`rapl`: the energy of the processor's packages, as it counts itself (Intel, and AMD from Zen on)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from josie_bench.probes._kernel_files import text
from josie_bench.terms.telemetry import RAPL, AbsentSource

SUMMARY = "energy of the processor's packages, without memory (RAPL)"
INTERVAL_MS = 100.0
ROOT = Path("/")
UJ_PER_J = 1_000_000.0


def unavailable(root: Path = ROOT) -> AbsentSource | None:
    """Return why the counters cannot be read, or None.

    Args:
        root: where `/sys` is.
    """
    packages = _packages(root)
    if not packages:
        detail = "no RAPL counters in /sys/class/powercap (usual where virtual)"
        return AbsentSource(name=RAPL, reason="not_supported", detail=detail)
    if any(_count(package / "energy_uj") is None for package in packages):
        detail = "RAPL's energy_uj may not be read: chmod a+r it, or run as root"
        return AbsentSource(name=RAPL, reason="not_permitted", detail=detail)
    return None


def open_meter(root: Path = ROOT) -> Callable[[], float]:
    """Return what returns the joules of all packages together.

    Args:
        root: where `/sys` is.
    """
    counters = [_unwrapped(package) for package in _packages(root)]
    return lambda: sum(counter() for counter in counters) / UJ_PER_J


def _packages(root: Path) -> list[Path]:
    """Return the zones of whole packages; of those below, and of the platform's, they are a part or hold them."""
    zones = sorted((root / "sys/class/powercap").glob("intel-rapl:*"))
    return [zone for zone in zones if text(zone / "name").startswith("package")]


def _unwrapped(package: Path) -> Callable[[], int]:
    """Return what returns a package's counter as if it never began anew: at `max_energy_range_uj` it does.

    A package draws that much in some ten minutes, so that nobody who reads more often misses a turn.
    """
    turn, last = 0, 0

    def read() -> int:
        nonlocal turn, last
        now = _count(package / "energy_uj")
        if now is None:
            raise OSError(f"{package.name} does not tell its energy")
        if now < last:
            whole = _count(package / "max_energy_range_uj")
            if whole is None:
                raise OSError(f"{package.name} began anew and does not tell at what")
            turn += whole
        last = now
        return turn + now

    return read


def _count(file: Path) -> int | None:
    digits = text(file).strip()
    return int(digits) if digits.isdigit() else None
