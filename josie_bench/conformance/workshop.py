"""Engines of the `tiny` components, built in a folder of their own for a backend that need not be installed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from types import ModuleType

from josie_bench.backends import EngineJob, EngineSource, Executable
from josie_bench.bench.audit import NO_ANSWERS
from josie_bench.conformance.backends import Subject
from josie_bench.engines.export import export_component, traced_program
from josie_bench.model.layers.carry import Component
from josie_bench.model.narrowed import at_precision
from josie_bench.model.presets import TINY
from josie_bench.model.sizes import COMPONENTS
from josie_bench.model.weights import build_model
from josie_bench.plugins import find_member

PRECISION = "fp32"


def subjects(member: ModuleType, folder: Path) -> dict[str, Callable[[], Subject]]:
    """Return what makes each component's subject, by component; it is built when it is first asked for, in `folder`."""
    return {name: cache(partial(_subject, member, name, folder / name)) for name in COMPONENTS}


def _subject(member: ModuleType, component: str, folder: Path) -> Subject:
    folder.mkdir(parents=True)
    module = at_precision(build_model(TINY).component(component), member.GRAPHS.get(PRECISION, PRECISION))
    graph = folder / "graph.onnx" if PRECISION in member.GRAPHS else None
    if graph is not None:
        export_component(module, graph)
    engine = folder / "engine"
    engine.mkdir()
    job = EngineJob(
        component=component,
        precision=PRECISION,
        signature=module.signature(),
        folder=engine,
        graph=graph,
        module=lambda: module,
        program=lambda: traced_program(module),
        calibration=None,
        target="any",
    )
    member.build(job)
    eager = find_member("backends", "eager")
    computes_nothing = any(member is find_member("backends", name) for name in NO_ANSWERS)  # of ours; no other may
    return Subject(
        load=lambda batch: _load(member, component, module, engine, batch),
        reference=None if computes_nothing else lambda batch: _load(eager, component, module, engine, batch),
    )


def _load(member: ModuleType, component: str, module: Component, folder: Path, batch: int) -> Executable:
    source = EngineSource(
        component=component,
        signature=module.signature(),
        folder=folder,
        module=lambda: module,
        threads=1,
        batch=batch,
    )
    executable: Executable = member.load(source)
    return executable
