"""The folder of engines, content-addressed: an engine is found by the digest of all it was built from.

Engines are built in a process of their own, so that the one that measures never loads a compiler. A build lands under
its final name in one step; a build that dies leaves nothing that could be taken for an engine.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from josie_bench.engines.builders import BUILD_TIMEOUT_S, run_apart
from josie_bench.engines.lock import marked_in_use
from josie_bench.engines.manifest import MANIFEST_FILE, Manifest, Recipe, make_recipe, read_manifest
from josie_bench.errors import EngineError, OutputError
from josie_bench.model.presets import find_preset, find_sizes
from josie_bench.plugins import find_member
from josie_bench.terms.case import Case
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.window import MODALITIES

MOST_BUILDERS = 4
LARGE_DIM = 1024
HALF_BUILT_PREFIX = ".building-"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRequest:
    """The engines of one case: every component of a model that is called, on what it is to run on.

    Attributes:
        modalities: those of the conversation; what reads another needs no engine.
        components: that are called; None where all are that these modalities call.
        has_slots: whether they are to hold a batch of sessions that come and go.
    """

    model: ModelChoice
    engines: EngineChoice
    modalities: tuple[str, ...] = MODALITIES
    components: tuple[str, ...] | None = None
    has_slots: bool = False

    @classmethod
    def of(cls, case: Case) -> EngineRequest:
        """Return what the case needs."""
        called = called_components(case)
        return cls(
            model=case.model,
            engines=case.engines,
            modalities=case.modalities,
            components=called,
            has_slots=case.sessions.is_batched,
        )

    def recipes(self) -> dict[str, Recipe]:
        """Return the recipe of each component's engine, by component."""
        called = find_sizes(self.model).components_for(self.modalities)
        names = called if self.components is None else self.components
        return {name: self._recipe(name) for name in names}

    def _recipe(self, component: str) -> Recipe:
        wanted = self.engines
        return make_recipe(
            self.model,
            component,
            *wanted.of(component),
            has_slots=self.has_slots,
            options=wanted.options,
            calibration=wanted.calibration,
        )


def called_components(case: Case) -> tuple[str, ...] | None:
    """Return the components that the tasks of a case call, in order; None where it converses in its modalities."""
    if case.judged is None:
        return None
    called = {name for task in case.judged.tasks for name in find_member("tasks", task).COMPONENTS}
    return tuple(name for name in find_sizes(case.model).components if name in called)


def find(root: Path, recipe: Recipe) -> Manifest | None:
    """Return the engine of `recipe`, or None if it was never built.

    Raises:
        EngineError: there is one, but it is damaged, or something else has its place.
    """
    folder = root / recipe.folder_name
    if folder.is_symlink():
        raise EngineError(f"{folder}: a link, and engines are none: put the folder itself here, or delete the link")
    if not (folder / MANIFEST_FILE).is_file():
        if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise EngineError(f"{folder}: has an engine's name and no {MANIFEST_FILE}: delete it, it is built anew")
        return None
    manifest = read_manifest(folder)
    if manifest.recipe.fingerprint != recipe.fingerprint:
        raise EngineError(f"{folder}: built from something else than its name says: delete the folder")
    return manifest


def check_usable(engines: EngineChoice) -> None:
    """Say why a backend cannot be run here at its precision, if one cannot.

    Raises:
        EngineError: a backend has no such precision.
        UnavailableError: a backend cannot run here.
    """
    for backend, precision in engines.pairs():
        member = find_member("backends", backend)
        reason = member.unavailable()
        if reason is not None:
            raise reason
        if precision not in member.PRECISIONS:
            raise EngineError(f"{backend} has no precision {precision}: it has {', '.join(member.PRECISIONS)}")


def find_or_build(
    root: Path,
    request: EngineRequest,
    on_progress: Callable[[str], None] = lambda _: None,
    timeout_s: float = BUILD_TIMEOUT_S,
) -> tuple[dict[str, Manifest], frozenset[str]]:
    """Return the engines of `request` by component, and which of them had to be built.

    Args:
        root: the store.
        request: what is wanted.
        on_progress: told what is being built.
        timeout_s: the most that building one engine may take.

    Raises:
        EngineError: a backend has no such precision, or a component cannot be built, with the builder's reason.
        UnavailableError: a backend cannot run here.
    """
    check_usable(request.engines)
    recipes = request.recipes()
    engines = {name: find(root, recipe) for name, recipe in recipes.items()}
    missing = [name for name, engine in engines.items() if engine is None]
    if missing:
        _build_apart(root, request, missing, on_progress, timeout_s)
        engines |= {name: find(root, recipes[name]) for name in missing}
    absent = [name for name, engine in engines.items() if engine is None]
    if absent:
        raise EngineError(f"{', '.join(absent)}: the builder ended without an engine")
    return {name: engine for name, engine in engines.items() if engine is not None}, frozenset(missing)


@contextmanager
def landing(root: Path, recipe: Recipe) -> Iterator[Path]:
    """Give an empty folder to build in; on a clean exit it becomes the engine's folder, else it vanishes.

    Raises:
        OutputError: the store cannot be written.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=HALF_BUILT_PREFIX, dir=root))
    except OSError as error:
        raise OutputError(f"{root}: cannot write engines here: {error.strerror}") from error
    try:
        with marked_in_use(place):
            yield place
            place.chmod(0o755)
            final = root / recipe.folder_name
            if not (final / MANIFEST_FILE).is_file():  # else another process built the same meanwhile
                place.rename(final)
    except OSError as error:
        raise OutputError(f"{error.filename or root}: cannot write the engine: {error.strerror}") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _build_apart(
    root: Path,
    request: EngineRequest,
    components: Sequence[str],
    on_progress: Callable[[str], None],
    timeout_s: float,
) -> None:
    """Run builders in processes of their own, side by side where the model is small, and pass their progress on."""
    builders = min(_side_by_side(request.model), len(components))
    shared = {
        "root": str(root.resolve()),
        "model": asdict(request.model),
        "engines": asdict(request.engines),
        "has_slots": request.has_slots,
    }
    jobs = [[json.dumps(shared | {"components": list(components[start::builders])})] for start in range(builders)]
    try:
        run_apart("josie_bench.engines.build", jobs, on_progress, timeout_s)
    except EngineError as error:
        raise EngineError(f"{request.engines.backend} {request.engines.precision} engine not built: {error}") from error


def _side_by_side(model: ModelChoice) -> int:
    """Return how many builders may run at once; each holds the whole model, so one of billions gets one builder."""
    is_large = find_preset(model.preset).temporal.dim >= LARGE_DIM
    return 1 if is_large else min(MOST_BUILDERS, len(os.sched_getaffinity(0)))
