"""Build engines for GPUs that need not be here: every component for every target, a refusal stopping none but itself.

`python -m josie_bench.engines.cross_build JOB` is the builder's process: it loads model and compiler once for all
targets, and each outcome is a line of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from josie_bench.engines.manifest import calibration_recipe, make_recipe
from josie_bench.engines.store import EngineRequest, find
from josie_bench.errors import EngineError, OutputError
from josie_bench.model.presets import find_sizes
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOutcome:
    """What became of one engine.

    Attributes:
        folder: the engine's, below the store; None if it was refused.
        byte_count: of all its files.
        seconds: that the compiler took; exporting the graph is not counted. Up to the refusal, if there was one.
        refusal: why there is no engine, in one line, or None.
        was_cached: whether it lay in the store already.
    """

    component: str
    backend: str
    precision: str
    target: str
    folder: str | None
    byte_count: int
    seconds: float
    refusal: str | None
    was_cached: bool = False


def cross_build(root: Path, request: EngineRequest, targets: Sequence[str]) -> Iterator[BuildOutcome]:
    """Yield the outcome of each component for each target as it comes.

    A calibration set that a precision needs lies in the store already.

    Raises:
        EngineError: the builder died.
        OutputError: the store cannot be written.
    """
    job = {
        "root": str(root.resolve()),
        "model": asdict(request.model),
        "engines": asdict(request.engines),
        "has_slots": request.has_slots,
        "targets": list(targets),
    }
    command = [sys.executable, "-m", "josie_bench.engines.cross_build", json.dumps(job)]
    environment = dict(os.environ) | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as builder:
        assert builder.stdout is not None
        last = ""
        try:
            for line in builder.stdout:
                last = line.strip() or last
                if line.startswith('{"component"'):  # the compiler's own warnings come between
                    yield BuildOutcome(**json.loads(line))
        except BaseException:
            builder.kill()
            raise
    if builder.returncode == OutputError.exit_code:
        raise OutputError(last)
    if builder.returncode:
        raise EngineError(f"the builder of {request.engines.backend} engines died ({builder.returncode}): {last}")


def build_outcomes(
    root: Path, choice: ModelChoice, engines: EngineChoice, targets: Sequence[str], *, has_slots: bool = False
) -> Iterator[str]:
    """Build all and yield each outcome as a line of JSON; model and graphs are made only where an engine is missing."""
    from josie_bench.engines.build import build_engine
    from josie_bench.model.assembly import make_model

    model = None
    calibration = root / calibration_recipe(choice, engines.calibration).folder_name
    for name in find_sizes(choice).components:
        backend, precision = engines.of(name)
        for target in targets:
            recipe = make_recipe(
                choice,
                name,
                backend,
                precision,
                target,
                has_slots=has_slots,
                options=engines.options,
                calibration=engines.calibration,
            )
            found, refusal, started = find(root, recipe), None, time.monotonic()
            was_cached = found is not None
            if found is None:
                model = model or make_model(choice)
                try:
                    found = build_engine(model.component(name), recipe, root, calibration)
                except EngineError as error:
                    refusal = " ".join(str(error).split())
            yield json.dumps(
                asdict(
                    BuildOutcome(
                        component=name,
                        backend=backend,
                        precision=precision,
                        target=target,
                        folder=None if found is None else found.folder.name,
                        byte_count=0 if found is None else found.byte_count,
                        seconds=time.monotonic() - started if found is None else found.compiler_seconds,
                        refusal=refusal,
                        was_cached=was_cached,
                    )
                )
            )


def main(words: list[str]) -> int:
    """Build what the JSON job in `words` asks for; return the exit code."""
    job = json.loads(words[0])
    choice, engines = ModelChoice.from_json(job["model"]), EngineChoice.from_json(job["engines"])
    try:
        has_slots = job.get("has_slots", False)
        for line in build_outcomes(Path(job["root"]), choice, engines, job["targets"], has_slots=has_slots):
            print(line, flush=True)  # noqa: T201  read by the parent
    except OutputError as error:
        print(error, flush=True)  # noqa: T201  read by the parent
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
