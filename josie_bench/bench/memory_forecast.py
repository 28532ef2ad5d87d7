"""What a case will hold in the host's memory, before it is run: the memory model, with its backends' ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from josie_bench.backends import computes_on_gpu, graph_precision
from josie_bench.bench.shortage import gib, largest_terms, what_fits
from josie_bench.engines.manifest import Manifest
from josie_bench.engines.store import called_components
from josie_bench.model.memory import FULL, Load, Storage, model_terms
from josie_bench.model.presets import find_sizes
from josie_bench.model.sizes import ModelSizes
from josie_bench.plugins import find_member
from josie_bench.terms.allocation import DYNAMIC, STATIC, grown
from josie_bench.terms.beside import Beside
from josie_bench.terms.case import Case
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.memory_model import ACTIVATIONS, BASE, CACHE, Footprint, Term, without_device
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.plan_options import USUAL, PlanOptions
from josie_bench.terms.recording import PREDICTED, MemoryReading
from josie_bench.terms.sessions import Sessions

NODE_CONSTANTS = {"objects": "NODE_BYTES", "executors": "EXECUTOR_BYTES"}
REFERENCE = Storage(precision=FULL, rest=FULL, has_own_pool=False, shares_quantizer=True)


def footprint_of(case: Case) -> Footprint:
    """Return what one trial of the case holds beyond its libraries and its decoded recording."""
    sizes = find_sizes(case.model)
    load, terms = load_of(case, sizes), case_terms(case)
    if find_member("scenarios", case.scenario).ARRIVAL in ("compared", "judged"):
        storage = dict.fromkeys(_called(case, sizes), REFERENCE)
        terms += model_terms(find_sizes(case.model.whole), replace(load, storage=storage))
    terms = (*shared_terms(case, terms), *code_terms(case), *without_device())
    return Footprint(terms=terms, sessions=case.sessions.seats)


def case_terms(case: Case) -> tuple[Term, ...]:
    """Return the terms of the case's model wherever they lie; rings that grow are as large as at its end."""
    sizes = find_sizes(case.model)
    load = load_of(case, sizes)
    terms = model_terms(sizes, load)
    if case.allocation != DYNAMIC:
        return terms
    grown_terms = {term.key: term for term in model_terms(_with_grown_rings(case, sizes, load), load)}
    return tuple(grown_terms.get(term.key, term) if _grows(case, term.part) else term for term in terms)


def shared_terms(case: Case, terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return the terms as the case's sessions share them: one after the other, they compute in the same memory."""
    if case.sessions.is_batched:
        return tuple(terms)
    return tuple(replace(term, is_shared=term.is_shared or term.summand == ACTIVATIONS) for term in terms)


def backends_on_gpu(case: Case) -> list[str]:
    """Return the case's backends that compute on a GPU."""
    return [backend for backend, _ in case.engines.pairs() if computes_on_gpu(find_member("backends", backend))]


def is_on_gpu(case: Case, component: str) -> bool:
    """Return whether a component's engine computes on a GPU."""
    return computes_on_gpu(find_member("backends", case.engines.of(component)[0]))


def component_bytes(case: Case, component: str) -> int:
    """Return what the weights and the state of a component take with the case's engines."""
    sizes = find_sizes(case.model)
    terms = model_terms(sizes, load_of(case, sizes))
    return sum(term.byte_count for term in terms if term.part == component and term.summand in (BASE, CACHE))


def _grows(case: Case, component: str | None) -> bool:
    """Return whether the component's engine has rings that grow; the others' dynamic allocation is of activations."""
    if component is None:
        return False
    needs_model: bool = find_member("backends", case.engines.of(component)[0]).NEEDS_MODEL
    return needs_model


def _with_grown_rings(case: Case, sizes: ModelSizes, load: Load) -> ModelSizes:
    """Return the sizes with rings as large as they are when the last window has come; warm-up counts as its least."""
    windows = case.windows + case.warm_up.windows
    frames, patches = windows * load.frames, windows * load.patches * bool(load.tokens)
    temporal = replace(
        sizes.temporal,
        frame_ring=grown(sizes.temporal.frame_ring, frames),
        vision_ring=grown(sizes.temporal.vision_ring, patches * load.tokens),
    )
    return replace(
        sizes,
        audio=replace(sizes.audio, ring=grown(sizes.audio.ring, frames * sizes.audio.half)),
        vision=replace(sizes.vision, ring=grown(sizes.vision.ring, patches)),
        temporal=temporal,
        guests=tuple(replace(guest, ring=grown(guest.ring, windows)) for guest in sizes.guests),
    )


def load_of(case: Case, sizes: ModelSizes) -> Load:
    """Return what the longest window of the case brings.

    The pictures of a window are views of the recording, which lies there before: nothing is buffered for them.
    """
    sees = "vision" in case.modalities
    budget = sizes.vision.token_budget if case.token_budget is None else case.token_budget
    storage = {name: storage_of(case, name) for name in _called(case, sizes)}
    frames = round(max(case.window_ms, *case.blocks.lengths_ms, 0.0) / sizes.frame_ms)
    is_together = case.conversation.mode == "turn" or case.conversation.silence == "speculated"
    return Load(
        frames=frames,
        tokens=budget if sees else 0,
        together=frames if is_together else 1,
        patches=case.temporal_patches,
        batch=case.sessions.seats if case.sessions.is_batched else 1,
        storage={name: held for name, held in storage.items() if held is not None},
    )


def _called(case: Case, sizes: ModelSizes) -> tuple[str, ...]:
    if case.is_virtual:
        return ()
    judged = called_components(case)
    return sizes.components_for(case.modalities) if judged is None else judged


def storage_of(case: Case, component: str) -> Storage | None:
    """Return how the component's engine holds its numbers; None where the backend computes nothing."""
    return engine_storage(*case.engines.of(component), allocation=case.allocation, options=case.engines.options)


def engine_storage(
    backend: str, precision: str, *, allocation: str = STATIC, options: PlanOptions = USUAL
) -> Storage | None:
    """Return how engines of a backend hold their numbers at a precision; None where the backend computes nothing."""
    member = find_member("backends", backend)
    if not member.NEEDS_MODEL and not member.GRAPHS:
        return None
    is_full = precision == FULL
    return Storage(
        precision=precision,
        rest=graph_precision(member, precision, options) or precision,
        is_mapped=getattr(member, "MAPS_WEIGHTS", False),
        has_own_pool=not member.NEEDS_MODEL,
        is_narrowed=member.NEEDS_MODEL and not is_full,
        shares_quantizer=member.NEEDS_MODEL and is_full,
        region_bytes=None if allocation == DYNAMIC else getattr(member, "ARENA_BYTES", None),
        gives_back=allocation == DYNAMIC and hasattr(member, "ARENA_BYTES"),
        is_spread=getattr(member, "SPREADS_LAYERS", False),
        product_bytes=getattr(member, "PRODUCT_BYTES", 0),
    )


def predicted_readings(case: Case, engines: Mapping[str, Manifest]) -> list[MemoryReading]:
    """Return the terms that have bytes and stay, as readings beside those that are measured.

    There are none where no component computes: what is left is the harness, which the model does not know. Nor where
    one computes on a GPU: what is measured is the host's memory, and its weights and state are not in that.

    Args:
        case: that is run.
        engines: that it runs on, by component; what their graphs take is known once they are built.
    """
    footprint = lasting_footprint(case, engines)
    return [
        MemoryReading(phase=PREDICTED, name=term.key, byte_count=footprint.held_bytes(term)) for term in footprint.terms
    ]


def lasting_footprint(case: Case, engines: Mapping[str, Manifest]) -> Footprint:
    """Return the terms of `predicted_readings`."""
    footprint = footprint_of(case)
    terms = (*footprint.terms, *object_terms(engines))
    is_modelled = not backends_on_gpu(case) and any(term.name in ("weights", "mapped") for term in terms)
    kept = (term for term in terms if is_modelled and term.na is None and term.is_lasting)
    return replace(footprint, terms=tuple(kept))


def object_terms(engines: Mapping[str, Manifest]) -> Iterator[Term]:
    """Yield what a runtime holds of each engine's graph, where its member says how much that is for a node."""
    for component, manifest in engines.items():
        member, nodes = find_member("backends", manifest.recipe.backend), manifest.notes.get("nodes")
        for name, constant in NODE_CONSTANTS.items():
            node_bytes = getattr(member, constant, None)
            if node_bytes is not None and nodes is not None:
                yield Term(
                    name=name,
                    part=component,
                    formula=f"{nodes} nodes of the graph × {node_bytes} bytes, fitted on `tiny`",
                    byte_count=nodes * node_bytes,
                    is_shared=True,
                )


def code_terms(case: Case) -> Iterator[Term]:
    """Yield the pages of code that become resident when a backend runs, where its member says how many these are."""
    called = _called(case, find_sizes(case.model))
    for backend in dict.fromkeys(case.engines.of(name)[0] for name in called):
        code_bytes = getattr(find_member("backends", backend), "CODE_BYTES", None)
        if code_bytes is not None:
            yield Term(
                name="code",
                formula=f"pages of the libraries of `{backend}` that loading and running read, fitted on `tiny`",
                byte_count=code_bytes,
                is_shared=True,
            )


def shortage(case: Case, available_bytes: int) -> str | None:
    """Return why the case cannot fit into what can still be had, or None where it may."""

    def fits(asked: Case) -> bool:
        return most_held_bytes(asked) <= available_bytes

    if fits(case):
        return None
    footprint, beside_bytes = on_host(case), _beside_bytes(case)
    neighbours = f", what works beside it {gib(beside_bytes)}," if beside_bytes else ""
    return (
        f"it would hold {gib(footprint.peak_bytes)} at its peak ({largest_terms(footprint)}){neighbours} and "
        f"{gib(available_bytes)} can be had here: {what_fits(case, fits, 'on a larger machine')}"
    )


def most_held_bytes(case: Case) -> int:
    """Return the most that a trial of the case and its neighbours hold at a time."""
    return on_host(case).peak_bytes + _beside_bytes(case)


def on_host(case: Case) -> Footprint:
    """Return what of the footprint lies in the host's memory: of what computes on a GPU the weights, until it has them.

    State and activations are made where they are used.
    """
    footprint = footprint_of(case)
    kept = (
        term for term in footprint.terms if term.summand == BASE or term.part is None or not is_on_gpu(case, term.part)
    )
    return replace(footprint, terms=tuple(kept))


def computes_on_host(case: Case) -> bool:
    """Return whether any of the case's engines computes in the host's memory."""
    return not all(is_on_gpu(case, name) for name in load_of(case, find_sizes(case.model)).storage)


def _beside_bytes(case: Case) -> int:
    """Return what the neighbours of a case hold."""
    beside = case.beside
    if beside.model is None:
        return beside.memory_bytes
    engines = EngineChoice(backend="eager")
    alone = replace(case, model=ModelChoice(preset=beside.model), engines=engines, beside=Beside(), sessions=Sessions())
    return beside.memory_bytes + footprint_of(alone).peak_bytes
