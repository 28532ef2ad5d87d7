"""Group `calibration` of a case: recordings that no engine of it is calibrated from."""

from __future__ import annotations

from josie_bench.plugins import find_member, member_names
from josie_bench.terms.engine_choice import EngineChoice


def is_calibrated(engines: EngineChoice) -> bool:
    """Return whether any of a case's engines is built from a calibration set."""
    return any(precision in find_member("backends", backend).CALIBRATED for backend, precision in engines.pairs())


def calibration_misfit(engines: EngineChoice) -> tuple[tuple[str, ...], str] | None:
    """Return why a calibration set is named for nothing: the settings to mend, and what is wrong with how.

    None where there is none, or an engine that is built from it.
    """
    if engines.calibration is None or is_calibrated(engines):
        return None
    calibrated = {name: find_member("backends", name).CALIBRATED for name in member_names("backends")}
    able = ", ".join(f"{name} ({' or '.join(found)})" for name, found in calibrated.items() if found)
    asked = " and ".join(f"{backend} at {precision}" for backend, precision in engines.pairs())
    what = f"calibration: engines of {asked} are not calibrated: take {able}, or leave it out"
    return ("calibration.speech", "calibration.video", "calibration.windows", "precision", "backend"), what
