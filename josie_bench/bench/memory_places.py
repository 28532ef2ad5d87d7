"""Where each predicted byte is to appear: when its component is loaded, or in its calls until the trial is warm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from josie_bench.bench.memory_forecast import REFERENCE, lasting_footprint, load_of, storage_of
from josie_bench.engines.manifest import Manifest
from josie_bench.model.memory import model_terms
from josie_bench.model.presets import find_sizes
from josie_bench.terms.case import Case
from josie_bench.terms.memory_model import Term
from josie_bench.terms.recording import LOADED, PREDICTED, WARM, MemoryReading

WEIGHTS, PREVIOUS, CODE = "weights", "previous_state", "code"
AT_LOADING = (WEIGHTS, "mapped", "packed", "objects")
STATE = ("rings", "tails")


def placed_readings(case: Case, engines: Mapping[str, Manifest]) -> list[MemoryReading]:
    """Return the predicted terms that stay once more, each at the places where its bytes are to appear.

    All places together have what `predicted_readings` has. A place is a phase as it is measured: `loaded.NAME` and
    `warm.NAME` for a component, `loaded` and `warm` for what belongs to none. Less than nothing is said where loading
    narrows weights that another component's loading has brought.

    Args:
        case: that is run.
        engines: that it runs on, by component.
    """
    footprint = lasting_footprint(case, engines)
    sums: dict[tuple[str, str], int] = {}
    if not footprint.terms:
        return []
    for term in footprint.terms:
        for place, byte_count in _places(case, term, footprint.held_bytes(term), next(iter(engines))):
            sums[place, term.name] = sums.get((place, term.name), 0) + byte_count
    for place, byte_count in _drawn(case, engines):
        sums[place, WEIGHTS] = sums.get((place, WEIGHTS), 0) + byte_count
    return [
        MemoryReading(phase=place, name=f"{PREDICTED}.{name}", byte_count=count)
        for (place, name), count in sums.items()
        if count
    ]


def _places(case: Case, term: Term, held_bytes: int, first: str) -> Iterator[tuple[str, int]]:
    """Yield where a term appears, and with how many bytes.

    Of sessions that do not share an engine's calls the first has its state with the engine, and the others after all
    engines. Most pages of code are read when the `first` component is loaded.
    """
    loaded, warm = f"{LOADED}.{term.part}", f"{WARM}.{term.part}"
    if term.part is None:
        yield f"{LOADED}.{first}" if term.name == CODE else WARM, held_bytes
    elif term.name in AT_LOADING:
        yield loaded, held_bytes
    elif term.name in STATE or (term.name == PREVIOUS and not _is_drawn(case, term.part)):
        with_engine = held_bytes if case.sessions.is_batched else term.byte_count
        yield loaded, with_engine
        yield LOADED, held_bytes - with_engine
    else:
        yield warm, held_bytes


def _is_drawn(case: Case, component: str) -> bool:
    """Return whether a component is one of the PyTorch model, which keeps no state until it is called."""
    storage = storage_of(case, component)
    return storage is not None and not storage.has_own_pool


def _drawn(case: Case, engines: Mapping[str, Manifest]) -> Iterator[tuple[str, int]]:
    """Yield what moves weights to where the first component of the PyTorch model is loaded: all are drawn with it."""
    drawn = [name for name in engines if _is_drawn(case, name)]
    sizes = find_sizes(case.model)
    load = replace(load_of(case, sizes), storage=dict.fromkeys(drawn, REFERENCE))
    for term in model_terms(sizes, load):
        if term.name == WEIGHTS:
            yield f"{LOADED}.{drawn[0]}", term.byte_count
            yield f"{LOADED}.{term.part}", -term.byte_count
