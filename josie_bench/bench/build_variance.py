"""Build the same engines again and again: how long that takes, and whether the same bytes come out."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from josie_bench.bench.calibration import prepare_engines
from josie_bench.engines.builders import BUILD_TIMEOUT_S
from josie_bench.engines.manifest import Manifest
from josie_bench.engines.store import EngineRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSpread:
    """The builds of one engine, in the order they came.

    Attributes:
        seconds: of each build.
        peaks_mib: the most memory that each builder held, where known.
        byte_counts: the size of each.
        digests: the sha256 of each one's files, by name.
    """

    component: str
    backend: str
    precision: str
    seconds: tuple[float, ...]
    peaks_mib: tuple[float, ...]
    byte_counts: tuple[int, ...]
    digests: tuple[dict[str, str], ...]

    @property
    def is_same(self) -> bool | None:
        """Whether all builds gave the same bytes; None where an engine has no files."""
        return all(digests == self.digests[0] for digests in self.digests) if self.digests[0] else None


def repeat_builds(
    request: EngineRequest,
    builds: int,
    scratch: Path,
    on_progress: Callable[[str], None] = lambda _: None,
    timeout_s: float = BUILD_TIMEOUT_S,
) -> tuple[BuildSpread, ...]:
    """Return the spread of each engine over `builds` builds, each in an empty store below `scratch` that is removed.

    Raises:
        EngineError: an engine cannot be built.
        UnavailableError: a backend cannot run here.
    """
    rounds = []
    for index in range(builds):
        on_progress(f"build {index + 1} of {builds}")
        store = scratch / f"{index:03d}"
        rounds.append(prepare_engines(store, request, on_progress, timeout_s)[0])
        shutil.rmtree(store)
    return tuple(_spread([engines[name] for engines in rounds]) for name in rounds[0])


def _spread(manifests: list[Manifest]) -> BuildSpread:
    recipe = manifests[0].recipe
    return BuildSpread(
        component=recipe.component,
        backend=recipe.backend,
        precision=recipe.precision,
        seconds=tuple(manifest.build_seconds for manifest in manifests),
        peaks_mib=tuple(manifest.peak_mib for manifest in manifests if manifest.peak_mib is not None),
        byte_counts=tuple(manifest.byte_count for manifest in manifests),
        digests=tuple({name: file["sha256"] for name, file in manifest.files.items()} for manifest in manifests),
    )
