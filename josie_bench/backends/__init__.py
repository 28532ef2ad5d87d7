"""A backend is one way to run a component.

Every member file offers:

- `SUMMARY`: one line for `josie-bench list`.
- `PRECISIONS`: what it can be asked for.
- `NEEDS_MODEL`: whether it runs or builds from the PyTorch component itself instead of the exported graph.
- `GRAPHS`: for each precision it builds from an exported graph, the precision of that graph.
- `CALIBRATED`: the precisions whose build looks at a calibration set.
- `QUANTIZED`: for each precision whose graph is given pairs of QuantizeLinear and DequantizeLinear before it is built,
  the precision of that graph; members that name the same share it.
- `TARGETS`: the GPUs that engines are built for, `sm80`; none for a backend that builds for the machine it is on.
- `IMPORTS`: the libraries it computes with.
- `unavailable() -> UnavailableError | None`: why it cannot run here, or None.
- `cannot_build(target) -> UnavailableError | None`: why no engine for one of TARGETS can be built here, or None; what
  can be built here need not run here. Only members with TARGETS have it.
- `versions() -> dict[str, str]`: of the libraries that decide what an engine is.
- `build(job)`: write an engine into the job's folder; may return notes for the manifest, by name.
- `load(source) -> Executable`: an engine ready to run.
- `ON_GPU`: whether it computes on a GPU. Members that compute on the CPU need not have it.
- `target_here() -> str | None`: which target engines are run on here. Only members with TARGETS have it.
- `driver(target) -> str | None`: which CUDA the driver knows that compiles for a target here, and so decides what an
  engine is; None where no driver takes part, or there is none. Only members whose builds a driver decides have it.
- `CONTEXT_BYTES`: what the driver's context takes of a GPU beside what the memory model derives, fitted on preset
  `tiny`. Only members with ON_GPU of which that was measured have it.
- `ALLOCATIONS`: the ways its engines can take memory, of `terms.allocation`. Members that know one way only need not
  have it.
- `SLOTS`: the precisions whose engines may hold a batch of sessions that come and go, each with a slot of its own: rows
  of a step must not decide each other's numbers. Members without it hold no batch.
- `HAS_PROFILES`: whether its engines run between the shapes of `terms.profile` alone. Members without it take any.
- `FUSES`: whether its engines of two components can be joined in one piece of work. Members without it join none.
- `OPTIONS`: which of `terms.plan_options` its engines can have. Only members over TensorRT have it.
- `ARENA_BYTES`: the first region of the pool that each engine computes in, every further one being twice as large;
  weights of transposed convolutions lie in it. Only members whose pools grow that way have it.
- `NODE_BYTES`: what a loaded engine takes beside its weights for each of the `nodes` that `build` notes,
  `EXECUTOR_BYTES`: what its first calls add for each, and `CODE_BYTES`: the pages of its libraries' code that loading
  and running read. All fitted on preset `tiny`, and only members of which that was measured have them.
- `PRODUCT_BYTES`: what a kernel of a product of two computed tensors holds for each shape, and `SPREADS_LAYERS`:
  whether what each layer computes with lies in blocks of its own. Only members of which either was seen have it.
- `MAPS_WEIGHTS`: whether weights are read where they lie in their file, and those of products and convolutions laid out
  once more. Members that hold them once need not have it.
- `open_up(source, tensors) -> Opened`: an engine that also gives tensors from its inside, by the names that these have
  in the exported graph. Only members that can show their inside have it.
- `observe(source) -> Observed`: an engine that also says what its operators took. Only members of which a profiler can
  tell that have it.

Arrays at the border are numpy's; state stays inside the executable, so that copying it through the host is nobody's
default. What one component on a GPU hands to the next need not pass the border: such an executable is `OnDevice`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.allocation import STATIC
from josie_bench.terms.plan_options import USUAL, WEAK, PlanOptions
from josie_bench.terms.profiling import Operators
from josie_bench.terms.signature import Signature

Array = NDArray[Any]
HandOn = Mapping[str, Callable[[Mapping[str, Any]], Any]]


class Executable(Protocol):
    """An engine, loaded, with the state of its sessions."""

    signature: Signature

    def step(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs by name for the inputs by name; the state moves on."""
        ...

    def reset(self) -> None:
        """Return to the state at the start of a session."""
        ...

    def undo(self) -> None:
        """Return to the state before the last step; once for each step."""
        ...

    def state(self, *names: str) -> dict[str, Array]:
        """Return what the next step will read, by name; floats of 16 bits as FP32.

        Args:
            names: of the tensors that are wanted, for on some backends each is copied; all if none is named.
        """
        ...


@runtime_checkable
class Forkable(Executable, Protocol):
    """An executable that can hold several sessions beside each other, as those of all our members can."""

    def fork(self) -> Executable:
        """Return the same engine with a state of its own, at the start of a session; weights are shared."""
        ...


class Held(Protocol):
    """A tensor that lies where an executable computes; numpy copies it to the host where its numbers are asked for.

    It may be used until the executable that it came from takes its next step.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """As an array's."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, key: Any) -> Held: ...

    def __array__(self, dtype: Any = None, *, copy: Any = None) -> Array: ...


class GpuSpan(NamedTuple):
    """When a GPU was at work, on the host's monotonic clock.

    Attributes:
        name: the component's, or `COPIES` for what is moved to the GPU or back.
        start_ns, end_ns: as far apart as they were.
        error_ns: how much earlier or later both may have been.
    """

    name: str
    start_ns: int
    end_ns: int
    error_ns: int


COPIES = "copies"
FRAME = "frame"  # temporal and depth transformer in one piece


@runtime_checkable
class OnDevice(Executable, Protocol):
    """An executable that takes and gives tensors where it computes, and says when it was at work there."""

    def step_there(self, inputs: Mapping[str, Array | Held]) -> Mapping[str, Held]:
        """Return the outputs by name without waiting for them; the state moves on."""
        ...

    def hold(self, array: Array) -> Held:
        """Return a copy of an array where it computes, to be given to many steps."""
        ...

    def gpu_spans(self) -> list[GpuSpan]:
        """Return when it was at work since this was last asked, as far as somebody has waited for it."""
        ...


@runtime_checkable
class Fusible(OnDevice, Protocol):
    """An executable that can be joined with the one behind it, so that both are asked for at once."""

    def fused_with(self, second: Executable, hand_on: HandOn) -> OnDevice:
        """Return both in one piece, under the name `FRAME`, with the usual shapes captured.

        It takes the inputs of both but those handed on, gives the outputs of both, and shares the state of this one,
        which can be stepped by itself in between. A fork of this one has to be joined anew.

        Args:
            second: on the same backend, without state.
            hand_on: by the name of an input of the second, what makes it of the outputs of the first.
        """
        ...


@runtime_checkable
class Accounting(Executable, Protocol):
    """An executable that says what its library takes of a GPU's memory."""

    def library_bytes(self) -> dict[str, int]:
        """Return sizes by name so far, in bytes, of it and its forks together; empty where nobody tells."""
        ...


class Observed(Executable, Protocol):
    """An engine that a profiler watches, which slows it."""

    def forget(self) -> None:
        """Leave out what was seen so far."""
        ...

    def operators(self) -> Operators:
        """Return what was seen since; the engine is not called again."""
        ...


class Opened(Protocol):
    """An engine whose inside can be read, one call at a time: it keeps no state."""

    def run(self, call: Mapping[str, Array]) -> dict[str, Array]:
        """Return outputs, new state and what was found of the tensors, by the exported graph's names.

        Args:
            call: inputs and state by those names, `state.NAME`.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineJob:
    """What an engine is built from.

    Attributes:
        component: its name.
        precision: one of the backend's PRECISIONS.
        signature: the engine's named tensors.
        folder: where it is written.
        graph: the exported graph's file, beside which its weights lie if it is large; None for backends without GRAPHS.
        module: makes the PyTorch component at the engine's precision; only backends with NEEDS_MODEL call it.
        program: makes the same as a `torch.export` program with dynamic axes; only backends with NEEDS_MODEL call it.
        calibration: gives the component's inputs and state in real windows, call by call, by their names in the graph;
            None where none is looked at.
        target: the machine or GPU it is for.
        options: of TensorRT's engines; only those that the backend has are looked at.
        timing_cache: the file of what kernels took, which may not be there yet; None where none is asked for. Nobody
            else has it meanwhile.
    """

    component: str
    precision: str
    signature: Signature
    folder: Path
    graph: Path | None
    module: Callable[[], Any]
    program: Callable[[], Any]
    calibration: Callable[[], Iterator[dict[str, Array]]] | None
    target: str
    options: PlanOptions = USUAL
    timing_cache: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSource:
    """What an executable is loaded from.

    Attributes:
        component: its name.
        signature: its named tensors.
        folder: where `build` wrote; None for backends that run the PyTorch component itself.
        module: makes the PyTorch component at the engine's precision; only backends with NEEDS_MODEL call it.
        threads: how many threads may compute.
        batch: how many sessions step together.
        allocation: one of the backend's ALLOCATIONS.
        grow: lets the rings of a PyTorch component begin small and grow; only for dynamic allocation.
    """

    component: str
    signature: Signature
    folder: Path | None
    module: Callable[[], Any] | None
    threads: int
    batch: int = 1
    allocation: str = STATIC
    grow: Callable[[Any], Any] | None = None


def allocations_of(member: ModuleType) -> tuple[str, ...]:
    """Return the ways in which engines of a backend can take memory."""
    found: tuple[str, ...] = getattr(member, "ALLOCATIONS", (STATIC,))
    return found


def slots_of(member: ModuleType) -> tuple[str, ...]:
    """Return the precisions of a backend whose engines may hold a batch of sessions."""
    found: tuple[str, ...] = getattr(member, "SLOTS", ())
    return found


def options_of(member: ModuleType) -> tuple[str, ...] | None:
    """Return which options engines of a backend can have; None where TensorRT has no part in them."""
    found: tuple[str, ...] | None = getattr(member, "OPTIONS", None)
    return found


def graph_precision(member: ModuleType, precision: str, options: PlanOptions) -> str | None:
    """Return the precision of the exported graph that an engine is built from; None where it is built from none."""
    if precision in member.GRAPHS and options.typing == WEAK and "typing" in (options_of(member) or ()):
        return "fp32"  # TensorRT narrows it
    found: str | None = member.GRAPHS.get(precision)
    return found


def driver_of(member: ModuleType, target: str) -> str | None:
    """Return which CUDA the driver knows that decides a backend's engines for a target; None where none does."""
    driver: Callable[[str], str | None] | None = getattr(member, "driver", None)
    return None if driver is None else driver(target)


def fuses(member: ModuleType) -> bool:
    """Return whether a backend's engines of two components can be joined."""
    return bool(getattr(member, "FUSES", False))


def has_profiles(member: ModuleType) -> bool:
    """Return whether engines of a backend run between the shapes of profiles alone."""
    return bool(getattr(member, "HAS_PROFILES", False))


def computes_on_gpu(member: ModuleType) -> bool:
    """Return whether a backend computes on a GPU."""
    return bool(getattr(member, "ON_GPU", False))


def zero_state(signature: Signature, batch: int = 1) -> dict[str, Array]:
    """Return the state at the start of a session: zeros, by name."""
    return {spec.name: np.zeros(spec.shape({"batch": batch}), dtype=spec.dtype) for spec in signature.state}
