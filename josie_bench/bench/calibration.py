"""Record a model's calibration set: the FP32 reference over recordings, each component's calls noted.

Runs as `python -m josie_bench.bench.calibration ROOT MODEL SET` in a process of its own: the one that measures never
loads the reference.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import numpy as np

from josie_bench.backends import Array, Executable
from josie_bench.bench.media import load_media
from josie_bench.engines.build_cost import BuildCost
from josie_bench.engines.builders import BUILD_TIMEOUT_S, leave_on_sigterm, run_apart
from josie_bench.engines.calibration import Call, spread, write_calls
from josie_bench.engines.lock import alone
from josie_bench.engines.manifest import Manifest, calibration_recipe, sealed_files, write_manifest
from josie_bench.engines.store import EngineRequest, check_usable, find, find_or_build, landing
from josie_bench.errors import EngineError, JosieBenchError, MediaError
from josie_bench.model.presets import find_sizes
from josie_bench.runtime.session import open_session
from josie_bench.scenarios import cut_window
from josie_bench.streams import find_recordings, recordings_sha256
from josie_bench.suites.calibration import is_calibrated
from josie_bench.terms.calibration_choice import WINDOWS, CalibrationChoice
from josie_bench.terms.case import Case, StreamChoice, WarmUp
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.signature import Signature

WINDOW_MS = 300.0


def prepare_engines(
    root: Path,
    request: EngineRequest,
    on_progress: Callable[[str], None] = lambda _: None,
    timeout_s: float = BUILD_TIMEOUT_S,
) -> tuple[dict[str, Manifest], frozenset[str]]:
    """Return the engines of `request` and which had to be built, after recording a calibration set that one looks at.

    Raises:
        EngineError: a backend has no such precision, or an engine or the set cannot be made.
        UnavailableError: a backend cannot run here; nothing has been recorded then.
    """
    check_usable(request.engines)
    if is_calibrated(request.engines):
        ensure_calibration(root, request.model, on_progress, timeout_s, calibration=request.engines.calibration)
    return find_or_build(root, request, on_progress, timeout_s)


def ensure_calibration(
    root: Path,
    choice: ModelChoice,
    on_progress: Callable[[str], None],
    timeout_s: float = BUILD_TIMEOUT_S,
    *,
    calibration: CalibrationChoice | None = None,
) -> Path:
    """Return the folder of the model's calibration set, recording it in a process of its own if it is not there.

    Args:
        root: the store.
        choice: the model.
        on_progress: told that a set is recorded.
        timeout_s: the most that recording may take.
        calibration: a case's own set; None for the usual one.

    Raises:
        EngineError: it cannot be recorded.
    """
    recipe = calibration_recipe(choice, calibration)
    if find(root, recipe) is None:
        windows = WINDOWS if calibration is None else calibration.windows
        on_progress(f"recording a calibration set of {windows} windows")
        try:
            chosen = None if calibration is None else asdict(calibration)
            words = [str(root.resolve()), json.dumps(asdict(choice)), json.dumps(chosen)]
            run_apart("josie_bench.bench.calibration", [words], on_progress, timeout_s)
        except EngineError as error:
            raise EngineError(f"no calibration set of {choice.preset}: {error}") from error
    return root / recipe.folder_name


class Noting:
    """An executable whose calls are noted before they are made."""

    def __init__(self, inner: Executable, calls: list[Call]) -> None:
        self.signature = inner.signature
        self._inner = inner
        self._calls = calls

    def step(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Note inputs and state, and step."""
        state = {f"state.{name}": array.copy() for name, array in self._inner.state().items()}
        self._calls.append({name: np.array(array) for name, array in inputs.items()} | state)
        return self._inner.step(inputs)

    def state(self, *names: str) -> dict[str, Array]:
        """Return the state of the executable inside: these tensors, or all."""
        return self._inner.state(*names)

    def reset(self) -> None:
        """Return to the start of a session."""
        self._inner.reset()

    def undo(self) -> None:
        """Take the last step back."""
        self._inner.undo()


def reference_case(choice: ModelChoice, calibration: CalibrationChoice | None = None) -> Case:
    """Return the conversation that a calibration set is recorded from; of the usual set what ships with the project."""
    windows, stream = WINDOWS, StreamChoice()
    if calibration is not None:
        windows, stream = calibration.windows, StreamChoice(speech=calibration.speech, video=calibration.video)
    return Case(
        id="calibration", sha="", scenario="compute", model=choice, engines=EngineChoice(backend="eager"),
        window_ms=WINDOW_MS, hop_ms=WINDOW_MS, deadline_ms=WINDOW_MS, windows=windows, warm_up=WarmUp(),
        stream=stream, modalities=("audio", "vision"), temporal_patches=1, token_budget=None,
        conversation=Conversation(), temperature=0.0, threads=1, timeout_s=0.0, budgets=(),
    )  # fmt: skip


def reference_calls(root: Path, case: Case) -> dict[str, list[Call]]:
    """Return inputs and state of every call of each component while the reference goes through a case's windows.

    Raises:
        MediaError: what is heard or seen cannot be read.
    """
    sizes = find_sizes(case.model)
    media, _ = load_media(case, sizes.audio.sample_rate_hz)
    engines, _ = find_or_build(root, replace(EngineRequest.of(case), engines=EngineChoice(backend="eager")))
    noted: dict[str, list[Call]] = {name: [] for name in engines}
    step = open_session(case, sizes, engines, wrap=lambda name, inner: Noting(inner, noted[name]))
    for slot in islice(case.slots(), case.windows):
        step(cut_window(case, media, slot, sizes.frame_ms))
    return noted


def record(root: Path, choice: ModelChoice, calibration: CalibrationChoice | None = None) -> None:
    """Run the reference over recordings and land the set in the store.

    Raises:
        MediaError: the recordings cannot be read, or are not those that the set is known by.
    """
    notes = {} if calibration is None else {"recordings": _looked_at(calibration)}
    cost = BuildCost()
    with cost.phase("record"):
        noted = reference_calls(root, reference_case(choice, calibration))
    recipe = calibration_recipe(choice, calibration)
    with landing(root, recipe) as folder:
        for name, calls in noted.items():
            write_calls(folder, name, spread(calls))
        write_manifest(
            Manifest(
                recipe=recipe,
                signature=Signature(inputs=(), state=(), outputs=()),
                folder=folder,
                files=sealed_files(folder),
                parameters=0,
                weights_sha256="",
                built=datetime.now(UTC).isoformat(timespec="seconds"),
                build_seconds=cost.seconds,
                phase_seconds=dict(cost.phase_seconds),
                peak_mib=cost.peak_mib(),
                notes=notes,
            )
        )


def _looked_at(calibration: CalibrationChoice) -> list[dict[str, str]]:
    """Return the recordings of a case's own set as its manifest notes them: what each feeds, its name and its sha256.

    Raises:
        MediaError: they cannot be read, or are not those that the set is known by.
    """
    files = find_recordings(calibration.streams)
    if recordings_sha256(files) != calibration.sha256:
        places = " and ".join(dict.fromkeys(calibration.streams.values()))
        raise MediaError(f"{places}: other recordings than when the suite was read: let them lie, and run it again")
    return [{"modality": file.modality, "name": file.name, "sha256": file.sha256} for file in files]


def main(words: list[str]) -> int:
    """Record the set that `words` ask for; return the exit code."""
    leave_on_sigterm()
    root, choice = Path(words[0]), ModelChoice.from_json(json.loads(words[1]))
    chosen = json.loads(words[2])
    calibration = None if chosen is None else CalibrationChoice(**chosen)
    recipe = calibration_recipe(choice, calibration)
    try:
        with alone(root, recipe.folder_name):  # another process may be recording the same
            if find(root, recipe) is None:
                record(root, choice, calibration)
    except JosieBenchError as error:
        print(error, file=sys.stderr)  # noqa: T201  read by the parent
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
