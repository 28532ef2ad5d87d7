"""Open a session: load a case's engines and wire them to one step. Torch is loaded only for a backend that needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType
from typing import Any

from josie_bench.backends import EngineSource, Executable
from josie_bench.engines.manifest import Manifest
from josie_bench.errors import EngineError
from josie_bench.model.sizes import ModelSizes
from josie_bench.model.tokenizer import find_tokenizer
from josie_bench.plugins import find_member
from josie_bench.runtime.seats import Seats
from josie_bench.runtime.step import Step
from josie_bench.terms.case import Case
from josie_bench.terms.model_choice import ModelChoice


def open_session(
    case: Case,
    sizes: ModelSizes,
    engines: Mapping[str, Manifest],
    wrap: Callable[[str, Executable], Executable] = lambda _, executable: executable,
    load: Callable[[ModuleType, EngineSource], Executable] = lambda member, source: member.load(source),
) -> Step:
    """Return a step over the case's engines, at the start of a session; in a batch, in the first of their seats.

    Args:
        case: with the rules of its conversation.
        sizes: of its model.
        engines: by component.
        wrap: put around each loaded engine, which it is given with its component's name.
        load: makes the engine, given its backend.

    Raises:
        EngineError: an engine cannot be loaded, or the model's weights are not those it was built from.
    """
    parts = _module_maker(case.model)
    executables: dict[str, Executable] = {}
    for name, manifest in engines.items():
        member = find_member("backends", manifest.recipe.backend)
        executable = load(
            member,
            EngineSource(
                component=name,
                signature=manifest.signature,
                folder=manifest.folder,
                module=_checked(parts, manifest) if member.NEEDS_MODEL else None,
                threads=case.threads,
                batch=case.sessions.seats if case.sessions.is_batched else 1,
                allocation=case.allocation,
                grow=_growing_rings,
            ),
        )
        loaded = wrap(name, executable)
        executables[name] = Seats(loaded, case.sessions.seats).sit() if case.sessions.is_batched else loaded
    tokenizer = find_tokenizer(sizes.text.tokenizer)
    return Step(
        sizes,
        executables,
        tokenizer.encode,
        case.conversation,
        temperature=case.temperature,
        seed=case.seed,
        token_budget=case.token_budget,
        prepare={guest.name: find_member("model.components", guest.component).prepare for guest in sizes.guests},
        fuses=case.engines.fused,
    )


def _module_maker(choice: ModelChoice) -> Callable[[str], Any]:
    """Return a function that gives a PyTorch component by name, each once, and keeps none; the model is built once."""

    @cache
    def model() -> Any:
        from josie_bench.model.assembly import make_model

        return make_model(choice)

    def taken(name: str) -> Any:
        component = model().component(name)
        delattr(model(), name)  # once it is narrowed, nothing holds it at FP32 any more
        return component

    return taken


def _growing_rings(module: Any) -> Any:
    from josie_bench.model.layers.growing_rings import GrowingRings

    return GrowingRings(module)


def _checked(parts: Callable[[str], Any], manifest: Manifest) -> Callable[[], Any]:
    def module() -> Any:
        from josie_bench.model.narrowed import at_precision
        from josie_bench.model.slots import Slotted
        from josie_bench.model.weights import weights_digest

        component = parts(manifest.recipe.component)
        if weights_digest(component) != manifest.weights_sha256:
            raise EngineError(f"{manifest.folder}: its weights are not those of seed and code now: delete the folder")
        at_its_precision = at_precision(component, manifest.recipe.precision)
        return Slotted(at_its_precision) if manifest.recipe.has_slots else at_its_precision

    return module
