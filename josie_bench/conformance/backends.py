"""The promises of a backend: it says what it is, and its executables keep signature, state and numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from types import ModuleType

import numpy as np

from josie_bench.backends import Array, Executable, Forkable, options_of, slots_of
from josie_bench.conformance import Check, UncheckedError, require
from josie_bench.terms.plan_options import USUAL
from josie_bench.terms.precision import PRECISIONS
from josie_bench.terms.signature import Signature, TensorSpec

SIZES = {"batch": 1, "frames": 3, "time": 2, "tokens": 4}  # an engine's profiles hold them
OTHER_SIZES = {"batch": 2, "frames": 5, "time": 1, "tokens": 8}
STEPS = 12
NEAR = 2e-4  # what another order of sums leaves of FP32
CONSTANTS = ("SUMMARY", "PRECISIONS", "NEEDS_MODEL", "GRAPHS", "CALIBRATED", "QUANTIZED", "TARGETS", "IMPORTS")
FUNCTIONS = ("unavailable", "versions", "build", "load")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A component as a backend runs it.

    Attributes:
        load: gives an executable for so many sessions that step together.
        reference: gives the eager reference likewise; None where the backend computes nothing.
    """

    load: Callable[[int], Executable]
    reference: Callable[[int], Executable] | None


def executable_checks(component: str, subject: Callable[[], Subject]) -> Iterator[Check]:
    """Yield every promise of a backend's executables, held against one component."""
    for promise, check in PROMISES.items():
        yield Check(name=f"{component}: {promise}", run=partial(_on, check, subject))


def _on(check: Callable[[Subject], None], subject: Callable[[], Subject]) -> None:
    check(subject())


def says_what_it_is(member: ModuleType) -> None:
    """It has all that a member of the family offers, and names only what there is."""
    lacking = [name for name in (*CONSTANTS, *FUNCTIONS) if not hasattr(member, name)]
    require(not lacking, f"lacks {', '.join(lacking)}")
    require(member.SUMMARY, "SUMMARY is empty")
    require(isinstance(member.NEEDS_MODEL, bool), "NEEDS_MODEL is neither True nor False")
    offered, graphs, calibrated = set(member.PRECISIONS), set(member.GRAPHS), set(member.CALIBRATED)
    require(offered, "PRECISIONS is empty")
    require(offered <= set(PRECISIONS), f"PRECISIONS names other than {', '.join(PRECISIONS)}")
    require(graphs | calibrated <= offered, "GRAPHS or CALIBRATED names what is not in PRECISIONS")
    require(set(slots_of(member)) <= offered, "SLOTS names what is not in PRECISIONS")
    require(set(options_of(member) or ()) <= set(asdict(USUAL)), f"OPTIONS names other than {', '.join(asdict(USUAL))}")
    quantized = set(member.QUANTIZED)
    require(quantized <= graphs & calibrated, "QUANTIZED names what is not in both GRAPHS and CALIBRATED")
    require(set(member.QUANTIZED.values()) <= set(PRECISIONS), "QUANTIZED names a graph's precision that there is not")
    if member.unavailable() is None:
        is_text = all(isinstance(version, str) for version in member.versions().values())
        require(is_text, "versions() gives other than texts")


def keeps_the_signature(subject: Subject) -> None:
    """Outputs have the names, shapes and types of the signature, whatever the lengths; so has all state, or one."""
    for sizes in (SIZES, OTHER_SIZES):
        executable = subject.load(sizes["batch"])
        state = executable.signature.state
        _require_fit(executable.state(), state, sizes, "state")
        for spec in state[:1]:
            _require_fit(executable.state(spec.name), (spec,), sizes, "state")
        outputs = executable.step(inputs_of(executable.signature, 0, sizes))
        _require_fit(outputs, executable.signature.outputs, sizes, "output")


def _require_fit(
    arrays: Mapping[str, Array], specs: tuple[TensorSpec, ...], sizes: Mapping[str, int], kind: str
) -> None:
    wanted, found = {spec.name for spec in specs}, set(arrays)
    require(found == wanted, f"{kind}s are {', '.join(sorted(found))} instead of {', '.join(sorted(wanted))}")
    for spec in specs:
        array, shape = arrays[spec.name], spec.shape(dict(sizes))
        require(array.shape == shape, f"{kind} {spec.name} has shape {array.shape} instead of {shape}")
        is_float = kind == "state" and array.dtype.kind == "f"  # floats of 16 bits come as FP32
        fits = is_float or array.dtype == np.dtype(spec.dtype)
        require(fits, f"{kind} {spec.name} is {array.dtype} instead of {spec.dtype}")


def starts_over(subject: Subject) -> None:
    """After `reset` the first step gives what the first step gave."""
    executable = subject.load(1)
    given = inputs_of(executable.signature, 0)
    first = _kept(executable.step(given))
    executable.step(inputs_of(executable.signature, 1))
    executable.reset()
    _require_same(executable.step(given), first, "after reset, output")


def takes_back(subject: Subject) -> None:
    """`undo` returns to the state before the step, and the step can be taken again."""
    executable = subject.load(1)
    for seed in range(3):
        executable.step(inputs_of(executable.signature, seed))
    before = _kept(executable.state())
    first = _kept(executable.step(inputs_of(executable.signature, 3)))
    moved = executable.state()
    moves = any(not np.array_equal(moved[name], array) for name, array in before.items())
    require(moves or not before or subject.reference is None, "a step changes nothing of the state")
    executable.undo()
    _require_same(executable.state(), before, "after undo, state")
    executable.step(inputs_of(executable.signature, 4))
    executable.undo()
    _require_same(executable.step(inputs_of(executable.signature, 3)), first, "after undo, output")


def gives_the_reference_s_numbers(subject: Subject) -> None:
    """At FP32 it gives the reference's numbers and state over many steps, whole numbers exactly."""
    if subject.reference is None:
        raise UncheckedError("it computes nothing that could be compared")
    reference, executable = subject.reference(1), subject.load(1)
    for seed in range(STEPS):
        given = inputs_of(reference.signature, seed)
        _require_near(executable.step(given), reference.step(given), f"step {seed}: output")
        _require_near(executable.state(), reference.state(), f"step {seed}: state")


def inputs_of(signature: Signature, seed: int, sizes: Mapping[str, int] = SIZES) -> dict[str, Array]:
    """Return inputs that `seed` draws, by name."""
    draw = np.random.default_rng(seed)
    arrays: dict[str, Array] = {}
    for spec in signature.inputs:
        shape = spec.shape(dict(sizes))
        is_float = spec.dtype == "float32"
        arrays[spec.name] = draw.normal(size=shape).astype("f4") if is_float else draw.integers(0, 2, size=shape)
    return arrays


def _kept(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name: array.copy() for name, array in arrays.items()}


def _require_same(found: Mapping[str, Array], wanted: Mapping[str, Array], what: str) -> None:
    for name, array in wanted.items():
        require(np.array_equal(found[name], array), f"{what} {name} is not what it was")


def _require_near(found: Mapping[str, Array], wanted: Mapping[str, Array], what: str) -> None:
    for name, array in wanted.items():
        if array.dtype.kind in "ib":
            require(np.array_equal(found[name], array), f"{what} {name} has other whole numbers than the reference")
        else:
            far = float(np.max(np.abs(found[name] - array), initial=0.0))
            is_near = np.allclose(found[name], array, atol=NEAR, rtol=1e-7)
            require(is_near, f"{what} {name} is {far:.3g} from the reference")


def keeps_sessions_apart(subject: Subject) -> None:
    """A fork begins a session of its own, and what either is given changes nothing for the other."""
    executable = subject.load(1)
    if not isinstance(executable, Forkable):
        raise UncheckedError("its executables have no fork(): they hold one session each")
    given = [inputs_of(executable.signature, seed) for seed in range(3)]
    first = _kept(executable.step(given[0]))
    other = executable.fork()
    _require_same(other.step(given[0]), first, "of a fork, output")
    other.step(given[1])
    alone = subject.load(1)
    alone.step(given[0])
    expected = _kept(alone.step(given[2]))
    _require_same(executable.step(given[2]), expected, "beside a fork, output")


PROMISES: dict[str, Callable[[Subject], None]] = {
    "outputs and state are those of the signature": keeps_the_signature,
    "reset starts over": starts_over,
    "undo takes the last step back": takes_back,
    "forks are sessions of their own": keeps_sessions_apart,
    "FP32 gives the reference's numbers": gives_the_reference_s_numbers,
}
