"""Which engines a case runs: one backend at one precision, or another for single components."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from josie_bench.terms.calibration_choice import CalibrationChoice
from josie_bench.terms.plan_options import USUAL, PlanOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChoice:
    """Backend and precision of every component.

    Attributes:
        backend, precision: of all components that are not named in `apart`.
        apart: (component, backend, precision) of those that run on something else.
        options: of those of TensorRT among them.
        calibration: what the calibrated ones among them are built from; None for the usual set.
        fused: whether temporal and depth transformer are called as one.
    """

    backend: str
    precision: str = "fp32"
    apart: tuple[tuple[str, str, str], ...] = ()
    options: PlanOptions = USUAL
    calibration: CalibrationChoice | None = None
    fused: bool = False

    def of(self, component: str) -> tuple[str, str]:
        """Return backend and precision of a component."""
        for name, backend, precision in self.apart:
            if name == component:
                return backend, precision
        return self.backend, self.precision

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return each pair of backend and precision that is asked for, once."""
        return tuple(dict.fromkeys([(self.backend, self.precision), *((b, p) for _, b, p in self.apart)]))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> EngineChoice:
        """Return the choice whose fields were written as JSON."""
        calibration = data.get("calibration")
        return cls(
            backend=data["backend"],
            precision=data["precision"],
            apart=tuple(map(tuple, data["apart"])),
            options=PlanOptions(**data.get("options", {})),
            calibration=None if calibration is None else CalibrationChoice(**calibration),
            fused=data.get("fused", False),
        )
