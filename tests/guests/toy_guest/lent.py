"""`lent`: a backend that runs the PyTorch component, as eager does."""

from __future__ import annotations

from josie_bench.backends import eager

SUMMARY = "runs the PyTorch component"
PRECISIONS = ("fp32",)
NEEDS_MODEL = True
IMPORTS = ("torch",)
GRAPHS: dict[str, str] = {}
CALIBRATED: tuple[str, ...] = ()
QUANTIZED: dict[str, str] = {}
TARGETS: tuple[str, ...] = ()
load = eager.load


def unavailable():
    return None


def versions():
    return {}


def build(job):
    (job.folder / "engine.txt").write_text(job.component)
