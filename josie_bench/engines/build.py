"""Build the engines of one request: export once, then let the backend make of the graph what it runs.

Runs as `python -m josie_bench.engines.build JOB` in a process of its own; each finished component is a line of output.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from josie_bench.backends import EngineJob, graph_precision
from josie_bench.engines.build_cost import BuildCost
from josie_bench.engines.builders import leave_on_sigterm
from josie_bench.engines.calibration import Call, read_calls
from josie_bench.engines.lock import alone
from josie_bench.engines.manifest import (
    Manifest,
    Recipe,
    calibration_recipe,
    graph_recipe,
    make_recipe,
    quantized_recipe,
    sealed_files,
    write_manifest,
)
from josie_bench.engines.store import find, landing
from josie_bench.engines.timing_cache import timing_cache
from josie_bench.errors import EngineError, JosieBenchError
from josie_bench.model.assembly import make_model
from josie_bench.model.layers.carry import Component
from josie_bench.model.narrowed import at_precision
from josie_bench.model.slots import Slotted
from josie_bench.model.weights import parameter_count, weights_digest
from josie_bench.plugins import find_member
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.signature import RESET, RUNNING

GRAPH_FILE = "graph.onnx"


def build_engine(
    component: Component,
    recipe: Recipe,
    root: Path,
    calibration: Path | None = None,
    on_wait: Callable[[], None] = lambda: None,
) -> Manifest:
    """Build and store the engine of `recipe`, unless another process does: then wait for it and return its engine.

    An exported graph that it needs is stored and reused too.

    Raises:
        EngineError: the exporter or the backend cannot take the component, or no calibration set was recorded for it.
        OutputError: the store cannot be written.
    """
    with alone(root, recipe.folder_name, on_wait):
        if find(root, recipe) is None:
            _build(component, recipe, root, calibration, on_wait)
        found = find(root, recipe)
    assert found is not None, "an engine that landed is found"
    return found


def _build(
    component: Component, recipe: Recipe, root: Path, calibration: Path | None, on_wait: Callable[[], None]
) -> None:
    member = find_member("backends", recipe.backend)
    calls = _calls(recipe, calibration) if recipe.precision in member.CALIBRATED else None
    cost = BuildCost()
    graph = _graph(component, recipe, root, cost) if recipe.precision in member.GRAPHS else None
    notes: dict[str, Any] = {}
    if recipe.precision in member.QUANTIZED:
        assert graph is not None
        assert calls is not None, "a precision with a quantised graph is calibrated"
        quantized = _quantized_graph(component, recipe, root, graph, calls)
        graph, notes = quantized.folder / GRAPH_FILE, quantized.notes
    precision = graph_precision(member, recipe.precision, recipe.options) or recipe.precision
    module = _module(component, recipe, precision)
    with timing_cache(root, recipe, on_wait) as timings, landing(root, recipe) as folder:
        job = EngineJob(
            component=recipe.component,
            precision=recipe.precision,
            signature=module.signature(),
            folder=folder,
            graph=graph,
            module=lambda: module,
            program=lambda: _program(module),
            calibration=calls,
            target=recipe.target,
            options=recipe.options,
            timing_cache=timings,
        )
        with cost.phase("build"):
            notes = notes | (member.build(job) or {})
        _seal(component, module, recipe, folder, cost=cost, notes=notes)


def _calls(recipe: Recipe, calibration: Path | None) -> Callable[[], Iterator[Call]]:
    """Return what reads the component's calls of a calibration set.

    Raises:
        EngineError: there is no set.
    """
    if calibration is None or not calibration.is_dir():
        raise EngineError(
            f"no calibration set for {recipe.component} ({recipe.backend}, {recipe.precision}): "
            "record it and build with: josie-bench build SUITE"
        )
    calls = partial(read_calls, calibration, recipe.component)
    return partial(_in_a_slot, calls) if recipe.has_slots else calls


def _in_a_slot(calls: Callable[[], Iterator[Call]]) -> Iterator[Call]:
    """Yield each call as that of a batch of one session, which goes on."""
    masks = {RESET: np.array([False]), RUNNING: np.array([True])}
    for call in calls():
        yield call | masks


def _graph(component: Component, recipe: Recipe, root: Path, cost: BuildCost) -> Path:
    """Return the exported graph's file, exporting if it is not there yet."""
    wanted = graph_recipe(recipe)
    with alone(root, wanted.folder_name):
        if find(root, wanted) is None:
            with cost.phase("export"), landing(root, wanted) as folder:
                from josie_bench.engines.export import export_component  # slow; a cached graph needs none of it

                graph_cost = BuildCost()
                module = _module(component, wanted, wanted.precision)
                with graph_cost.phase("export"):
                    export_component(module, folder / GRAPH_FILE)
                _seal(component, module, wanted, folder, cost=graph_cost)
    return root / wanted.folder_name / GRAPH_FILE


def _module(component: Component, recipe: Recipe, precision: str) -> Component:
    """Return what is exported or run for a component: at a precision, with slots where its recipe asks for them."""
    module = at_precision(component, precision)
    return Slotted(module) if recipe.has_slots else module


def _program(module: Component) -> Any:
    from josie_bench.engines.export import traced_program  # slow to import; only who asks pays

    return traced_program(module)


def _quantized_graph(
    component: Component, recipe: Recipe, root: Path, graph: Path, calls: Callable[[], Iterator[Call]]
) -> Manifest:
    """Return the manifest of the graph with quantised products, quantising if it is not there yet."""
    wanted = quantized_recipe(recipe)
    with alone(root, wanted.folder_name):
        if find(root, wanted) is None:
            from josie_bench.engines.quantize import write_quantized  # slow; a cached graph needs none of it

            cost = BuildCost()
            with landing(root, wanted) as folder:
                with cost.phase("quantise"):
                    file = folder / GRAPH_FILE
                    notes = write_quantized(recipe.component, graph, calls(), file, wanted.precision)
                _seal(component, component, wanted, folder, cost=cost, notes=notes)
        found = find(root, wanted)
    assert found is not None, "a graph that landed is found"
    return found


def _seal(
    component: Component,
    module: Component,
    recipe: Recipe,
    folder: Path,
    *,
    cost: BuildCost,
    notes: dict[str, Any] | None = None,
) -> None:
    """Write the manifest: of the component's FP32 weights, with the signature of the module that was built."""
    manifest = Manifest(
        recipe=recipe,
        signature=module.signature(),
        folder=folder,
        files=sealed_files(folder),
        parameters=parameter_count(component),
        weights_sha256=weights_digest(component),
        built=datetime.now(UTC).isoformat(timespec="seconds"),
        build_seconds=cost.seconds,
        phase_seconds=dict(cost.phase_seconds),
        peak_mib=cost.peak_mib(),
        notes=notes or {},
    )
    write_manifest(manifest)


def main(words: list[str]) -> int:
    """Build what the JSON job in `words` asks for; return the exit code."""
    leave_on_sigterm()
    job = json.loads(words[0])
    root = Path(job["root"])
    choice, engines = ModelChoice.from_json(job["model"]), EngineChoice.from_json(job["engines"])
    try:
        model = make_model(choice)
        has_slots = job.get("has_slots", False)
        for name in job["components"]:
            backend, precision = engines.of(name)
            recipe = make_recipe(
                choice,
                name,
                backend,
                precision,
                has_slots=has_slots,
                options=engines.options,
                calibration=engines.calibration,
            )
            _say(f"building {name} for {backend} {precision}")
            calibration = root / calibration_recipe(choice, engines.calibration).folder_name
            on_wait = partial(_say, f"waiting for another builder of {name}")
            build_engine(model.component(name), recipe, root, calibration, on_wait)
    except JosieBenchError as error:
        print(error, file=sys.stderr)  # noqa: T201  read by the parent
        return error.exit_code
    except MemoryError:
        print("the host's memory was exhausted", file=sys.stderr)  # noqa: T201  read by the parent
        return EngineError.exit_code
    return 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  read by the parent


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
