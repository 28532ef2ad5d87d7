"""What kernels took in earlier builds of TensorRT: a file beside the engines for each version of it and each GPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from josie_bench.engines.lock import alone
from josie_bench.engines.manifest import Recipe

TIMING_PREFIX = "timing-"


@contextmanager
def timing_cache(root: Path, recipe: Recipe, on_wait: Callable[[], None] = lambda: None) -> Iterator[Path | None]:
    """Give the file for a build of `recipe`, which nobody else has meanwhile; None where none is asked for.

    Builds that share it come one after the other: timing kernels wants the GPU for itself anyway.

    Raises:
        OutputError: the store cannot be written.
    """
    if not recipe.options.timing_cache:
        yield None
        return
    version = recipe.made_of["tools"][recipe.backend]
    file = root / f"{TIMING_PREFIX}{recipe.backend}-{version}-{recipe.target}"
    with alone(root, file.name, on_wait):
        yield file
