"""The words for a case that cannot fit: what of it takes most, and with which single setting it would fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from josie_bench.backends import slots_of
from josie_bench.model.presets import PRESETS, find_sizes
from josie_bench.model.work import ring_capacities
from josie_bench.plugins import find_member
from josie_bench.terms.accelerator import GIB
from josie_bench.terms.case import Case
from josie_bench.terms.memory_model import Footprint, largest
from josie_bench.terms.precision import WEIGHT_BYTES

Fits = Callable[[Case], bool]
LEAST_CONTEXT = 2  # a position of each kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A number that a case asks for, of which it could ask for less.

    Attributes:
        setting: its name in a suite.
        asked: how much it is now.
        at: the case with another number.
        words: the number as a suite writes it.
        least: that it can be.
    """

    setting: str
    asked: int
    at: Callable[[int], Case]
    words: Callable[[int], str] = str
    least: int = 1


def what_fits(case: Case, fits: Fits, place: str) -> str:
    """Return with which single settings a case would fit, each the most that does, as `--set` takes them.

    Args:
        case: that does not.
        fits: whether one does.
        place: where it would as it is, such as `on a larger machine`.
    """
    found = [f"{setting}={value}" for setting, value in _changes(case, fits)]
    if not found:
        return f"no single setting makes it fit: as it is it does {place}"
    return f"it fits with {', '.join(found)}, or as it is {place}"


def largest_terms(footprint: Footprint) -> str:
    """Return the three terms that take most, in words."""
    return ", ".join(f"{name} {gib(count)}" for name, count in islice(footprint.by_name().items(), 3))


def gib(byte_count: float) -> str:
    """Return a size in words."""
    return f"{byte_count / GIB:.2f} GiB"


def _changes(case: Case, fits: Fits) -> Iterator[tuple[str, str]]:
    """Yield a setting and its value for each change that is enough by itself."""
    for axis in _axes(case):
        if (most := _most(axis, fits)) is not None:
            yield axis.setting, axis.words(most)
    for precision in _narrower(case):
        if fits(replace(case, engines=replace(case.engines, precision=precision))):
            yield "precision", precision
            break
    for preset in _smaller(case):
        if fits(replace(case, model=replace(case.model, preset=preset))):
            yield "preset", preset
            break


def _most(axis: Axis, fits: Fits) -> int | None:
    """Return the most that fits, all else as asked."""
    most = largest(lambda count: fits(axis.at(count)), axis.asked)
    return None if most is None or most < axis.least else most


def _axes(case: Case) -> Iterator[Axis]:
    sizes = find_sizes(case.model)
    yield Axis(
        setting="admit" if _is_admitting(case) else "sessions",
        asked=case.sessions.seats,
        at=lambda count: _with_seats(case, count),
    )
    if not case.blocks.lengths_ms:
        yield Axis(
            setting="window",
            asked=round(case.window_ms / sizes.frame_ms),
            at=lambda frames: _with_window(case, frames * sizes.frame_ms),
            words=lambda frames: f"'{frames * sizes.frame_ms:g} ms'",
        )
    yield Axis(
        setting="context" if case.model.prune_to is None else "prune_to",
        asked=sum(ring_capacities(sizes).values()),
        at=lambda count: _with_context(case, count),
        least=LEAST_CONTEXT,
    )
    if "vision" in case.modalities:
        yield Axis(
            setting="token_budget",
            asked=sizes.vision.token_budget if case.token_budget is None else case.token_budget,
            at=lambda count: replace(case, token_budget=count),
        )


def _is_admitting(case: Case) -> bool:
    """Return whether the number of sessions is that of seats: some are refused, or they come as they were recorded."""
    return case.sessions.admit is not None or case.sessions.visits is not None


def _with_seats(case: Case, count: int) -> Case:
    sessions = case.sessions
    fewer = replace(sessions, admit=count) if _is_admitting(case) else replace(sessions, count=count)
    return replace(case, sessions=fewer)


def _with_context(case: Case, count: int) -> Case:
    model = case.model
    shorter = replace(model, context=count) if model.prune_to is None else replace(model, prune_to=count)
    return replace(case, model=shorter)


def _with_window(case: Case, window_ms: float) -> Case:
    return replace(case, window_ms=window_ms, hop_ms=min(case.hop_ms, window_ms))


def _narrower(case: Case) -> list[str]:
    """Return the precisions of the case's backend that take fewer bytes, the widest of them first."""
    member = find_member("backends", case.backend)
    offered = slots_of(member) if case.sessions.is_batched else member.PRECISIONS
    narrow = [name for name in offered if WEIGHT_BYTES[name] < WEIGHT_BYTES[case.precision]]
    return sorted(narrow, key=lambda name: -WEIGHT_BYTES[name])


def _smaller(case: Case) -> list[str]:
    """Return the presets with shorter rings than the case's, the longest first; none where its own are cut."""
    if case.model.prune_to is not None:
        return []
    held = {name: sum(ring_capacities(sizes).values()) for name, sizes in PRESETS.items()}
    return sorted((name for name in held if held[name] < held[case.preset]), key=lambda name: -held[name])
