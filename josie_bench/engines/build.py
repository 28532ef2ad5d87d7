"""Build the engines of one request: export once, then let the backend make of the graph what it runs.

Runs as `python -m josie_bench.engines.build JOB` in a process of its own; each finished component is a line of output.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from josie_bench.engines.manifest import Manifest, Recipe, file_sha256, graph_recipe, make_recipe, write_manifest
from josie_bench.engines.store import find, landing
from josie_bench.errors import JosieBenchError
from josie_bench.model.assembly import make_model
from josie_bench.model.layers.carry import Component
from josie_bench.model.weights import parameter_count, weights_digest
from josie_bench.plugins import find_member
from josie_bench.terms.model_choice import ModelChoice

GRAPH_FILE = "graph.onnx"


def build_engine(component: Component, recipe: Recipe, root: Path) -> Manifest:
    """Build and store the engine of `recipe`; an exported graph it needs is stored and reused too.

    Raises:
        EngineError: the exporter or the backend cannot take the component.
        OutputError: the store cannot be written.
    """
    member = find_member("backends", recipe.backend)
    graph = _graph(component, recipe, root) if member.NEEDS_GRAPH else Path()
    started = time.monotonic()
    with landing(root, recipe) as folder:
        member.build(recipe.component, graph, folder, recipe.precision)
        _seal(component, recipe, folder, time.monotonic() - started)
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
            export_component(component, folder / GRAPH_FILE)
            _seal(component, wanted, folder, time.monotonic() - started)
    return root / wanted.folder_name / GRAPH_FILE


def _seal(component: Component, recipe: Recipe, folder: Path, seconds: float) -> None:
    files = {
        file.name: {"bytes": file.stat().st_size, "sha256": file_sha256(file)} for file in sorted(folder.iterdir())
    }
    manifest = Manifest(
        recipe=recipe,
        signature=component.signature(),
        folder=folder,
        files=files,
        parameters=parameter_count(component),
        weights_sha256=weights_digest(component),
        built=datetime.now(UTC).isoformat(timespec="seconds"),
        build_seconds=round(seconds, 3),
    )
    write_manifest(manifest)


def main(words: list[str]) -> int:
    """Build what the JSON job in `words` asks for; return the exit code."""
    job = json.loads(words[0])
    choice = ModelChoice.from_json(job["model"])
    try:
        model = make_model(choice)
        for name in job["components"]:
            recipe = make_recipe(choice, name, job["backend"], job["precision"])
            print(f"building {name} for {job['backend']} {job['precision']}", flush=True)  # noqa: T201  read by the parent
            build_engine(model.component(name), recipe, Path(job["root"]))
    except JosieBenchError as error:
        print(error, file=sys.stderr)  # noqa: T201  read by the parent
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
