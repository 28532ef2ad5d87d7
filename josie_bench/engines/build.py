"""Build the engines of one request: export once, then let the backend make of the graph what it runs.

Runs as `python -m josie_bench.engines.build JOB` in a process of its own; each finished component is a line of output.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from josie_bench.backends import EngineJob
from josie_bench.engines.calibration import calibration_recipe, read_calls
from josie_bench.engines.manifest import (
    Manifest,
    Recipe,
    graph_recipe,
    make_recipe,
    quantized_recipe,
    sealed_files,
    write_manifest,
)
from josie_bench.engines.store import find, landing
from josie_bench.errors import JosieBenchError
from josie_bench.model.assembly import make_model
from josie_bench.model.layers.carry import Component
from josie_bench.model.narrowed import at_precision
from josie_bench.model.weights import parameter_count, weights_digest
from josie_bench.plugins import find_member
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice

GRAPH_FILE = "graph.onnx"


def build_engine(component: Component, recipe: Recipe, root: Path, calibration: Path | None = None) -> Manifest:
    """Build and store the engine of `recipe`; an exported graph it needs is stored and reused too.

    Raises:
        EngineError: the exporter or the backend cannot take the component.
        OutputError: the store cannot be written.
    """
    member = find_member("backends", recipe.backend)
    graph = _graph(component, recipe, root) if recipe.precision in member.GRAPHS else None
    if recipe.precision in member.QUANTIZED:
        assert graph is not None
        assert calibration is not None, "a precision with a quantised graph is calibrated"
        graph = _quantized_graph(component, recipe, root, graph, calibration)
    module = at_precision(component, member.GRAPHS.get(recipe.precision, recipe.precision))
    started = time.monotonic()
    with landing(root, recipe) as folder:
        notes = member.build(
            EngineJob(
                component=recipe.component,
                precision=recipe.precision,
                signature=module.signature(),
                folder=folder,
                graph=graph,
                module=lambda: module,
                calibration=calibration if recipe.precision in member.CALIBRATED else None,
                target=recipe.target,
            )
        )
        _seal(component, module, recipe, folder, started=started, notes=notes)
    found = find(root, recipe)
    assert found is not None, "an engine that landed is found"
    return found


def _graph(component: Component, recipe: Recipe, root: Path) -> Path:
    """Return the exported graph's file, exporting if it is not there yet."""
    wanted = graph_recipe(recipe)
    if find(root, wanted) is None:
        from josie_bench.engines.export import export_component  # slow to import; a cached graph needs none of it

        started = time.monotonic()
        with landing(root, wanted) as folder:
            module = at_precision(component, wanted.precision)
            export_component(module, folder / GRAPH_FILE)
            _seal(component, module, wanted, folder, started=started)
    return root / wanted.folder_name / GRAPH_FILE


def _quantized_graph(component: Component, recipe: Recipe, root: Path, graph: Path, calibration: Path) -> Path:
    """Return the file of the graph with quantised products, quantising if it is not there yet."""
    wanted = quantized_recipe(recipe)
    if find(root, wanted) is None:
        from josie_bench.engines.quantize import write_quantized

        started = time.monotonic()
        with landing(root, wanted) as folder:
            calls = read_calls(calibration, recipe.component)
            notes = write_quantized(graph, calls, folder / GRAPH_FILE)
            _seal(component, component, wanted, folder, started=started, notes=notes)
    return root / wanted.folder_name / GRAPH_FILE


def _seal(
    component: Component,
    module: Component,
    recipe: Recipe,
    folder: Path,
    *,
    started: float,
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
        build_seconds=round(time.monotonic() - started, 3),
        notes=notes or {},
    )
    write_manifest(manifest)


def main(words: list[str]) -> int:
    """Build what the JSON job in `words` asks for; return the exit code."""
    job = json.loads(words[0])
    root = Path(job["root"])
    choice, engines = ModelChoice.from_json(job["model"]), EngineChoice.from_json(job["engines"])
    try:
        model = make_model(choice)
        for name in job["components"]:
            backend, precision = engines.of(name)
            recipe = make_recipe(choice, name, backend, precision)
            print(f"building {name} for {backend} {precision}", flush=True)  # noqa: T201  read by the parent
            build_engine(model.component(name), recipe, root, root / calibration_recipe(choice).folder_name)
    except JosieBenchError as error:
        print(error, file=sys.stderr)  # noqa: T201  read by the parent
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
