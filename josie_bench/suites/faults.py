"""Faults in a suite: their keys as terms and as a lock writes them, and which of them no conversation can have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from josie_bench.model.presets import find_sizes
from josie_bench.plugins import find_member, unknown_name
from josie_bench.suites.groups import BlockKeys, DropoutKeys, FaultKeys, SimulatedKeys
from josie_bench.suites.schema import CaseKeys
from josie_bench.terms.fault import (
    CORRUPTED,
    DIES,
    DISCONNECT,
    DUPLICATED,
    HANGS,
    INF,
    LATE,
    LOST,
    NAN,
    OF_COMPONENTS,
    OF_NUMBERS,
    RAISES,
    REORDERED,
    SKEWED,
    STALL,
    Expected,
    Fault,
)
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.simulated import VIRTUAL

Conflict = tuple[tuple[str, ...], str]

NO_ANSWERS = ("null", "simulated")  # backends whose answers say nothing
# What each kind is told beside `kind`, `at` and `expect`: what it needs, and what it may have.
NEEDED: dict[str, tuple[str, ...]] = {
    LATE: ("of", "by"),
    LOST: ("of",),
    DUPLICATED: ("of",),
    REORDERED: ("of",),
    CORRUPTED: ("of", "how"),
    DIES: ("of",),
    SKEWED: ("ppm",),
    STALL: ("lasts",),
    DISCONNECT: (),
    RAISES: ("component",),
    HANGS: ("component",),
    NAN: ("component",),
}
ALLOWED: dict[str, tuple[str, ...]] = {
    LATE: ("windows", "share", "variation"),
    LOST: ("windows", "share"),
    DUPLICATED: ("windows", "share", "by"),
    REORDERED: ("windows", "share", "by"),
    CORRUPTED: ("windows", "share"),
    DIES: (),
    SKEWED: ("windows",),
    STALL: (),
    DISCONNECT: ("windows",),
    RAISES: ("windows",),
    HANGS: ("lasts",),
    NAN: ("windows",),
}
SAID = ("windows", "of", "component", "share", "by", "variation", "how", "ppm", "lasts")


def fault_of(keys: FaultKeys) -> Fault:
    """Return one entry of `faults` as the fault it means."""
    expect = keys.expect
    return Fault(
        kind=keys.kind,
        at=keys.at,
        windows=keys.windows,
        of=keys.of,
        component=keys.component,
        share=keys.share,
        by_ms=keys.by,
        variation=keys.variation,
        how=keys.how,
        ppm=keys.ppm,
        lasts_ms=keys.lasts,
        expected=Expected(
            recovers_within_ms=expect.recovers_within,
            loses=expect.loses,
            unchanged=expect.unchanged,
            ends=expect.ends,
        ),
    )


def locked_fault(fault: Fault) -> dict[str, Any]:
    """Return a fault as a suite writes it, without what it does not say."""
    said = asdict(fault)
    expected = said.pop("expected")
    found = {name.removesuffix("_ms"): _locked(name, value) for name, value in said.items() if _is_said(name, value)}
    expect = {name.removesuffix("_ms"): _locked(name, value) for name, value in expected.items() if value or value == 0}
    expect = {name: value for name, value in expect.items() if value is not False}
    return found | ({"expect": expect} if expect else {})


def _is_said(name: str, value: object) -> bool:
    usual = Fault(kind="", at=0)
    return name in ("kind", "at") or value != getattr(usual, name)


def _locked(name: str, value: Any) -> Any:
    if name.endswith("_ms"):
        return f"{value!r} ms"
    return list(value) if isinstance(value, tuple) else value


def fault_conflicts(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield the settings that conflict with faults, or faults with each other, and what is wrong with its mend."""
    if not keys.faults:
        return
    yield from _places(keys)
    for number, fault in enumerate(keys.faults, start=1):
        for what in (*_keys_of(fault), *_aims(fault, keys), *_expectations(fault, keys)):
            yield ("faults",), f"faults: {number} ({fault.kind}): {what}"
    yield from _order(keys)


def _places(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield what cannot have faults."""
    is_one = keys.scenario != "capacity" and not keys.is_of_many
    if find_member("scenarios", keys.scenario).ARRIVAL != "isochronous" or not is_one:
        what = "faults are injected into one conversation in real time: take scenario realtime without sessions or stay"
        yield ("faults", "scenario", "sessions", "stay"), what
    if keys.blocks != BlockKeys():
        yield ("faults", "blocks.windows"), "faults: windows are of one kind then: leave blocks out"
    if keys.dropout != DropoutKeys():
        what = "faults: what is lost all along is no fault: leave dropout out, or let a modality be lost or die here"
        yield ("faults", "dropout.of"), what
    if keys.backend == "simulated" and (keys.simulated or SimulatedKeys()).clock == VIRTUAL:
        what = "faults: in virtual time nothing runs that could go wrong: set simulated.clock to real"
        yield ("faults", "simulated.clock", "backend"), what


def _keys_of(fault: FaultKeys) -> Iterator[str]:
    """Yield what is not said of a fault and has to be, and what is said and has no meaning."""
    said = {name for name in SAID if getattr(fault, name) != FaultKeys.model_fields[name].default}
    for name in NEEDED[fault.kind]:
        if name not in said:
            yield f"{name} is missing: add it"
    for name in sorted(said - {*NEEDED[fault.kind], *ALLOWED[fault.kind]}):
        yield f"{name} has no meaning here: leave it out"


def _aims(fault: FaultKeys, keys: CaseKeys) -> Iterator[str]:
    """Yield how a fault hits nothing."""
    for name in fault.of:
        if name not in keys.modalities:
            yield f"{name} is none of the modalities {', '.join(keys.modalities)}: add it there, or leave it out"
    if fault.kind == CORRUPTED and fault.how in (NAN, INF) and fault.of != ("audio",):
        yield f"{fault.how} is of numbers with a point, as of audio: set of to audio"
    if fault.kind == REORDERED and not fault.by and fault.of != ("audio",):
        yield "a window has several chunks of audio alone: set by, so that they come in another window's time"
    if fault.component is not None and fault.kind in OF_COMPONENTS:
        known = find_sizes(ModelChoice(preset=keys.preset)).components
        if fault.component not in known:
            yield unknown_name("component", fault.component, known)
        elif fault.kind == NAN and fault.component not in OF_NUMBERS:
            yield f"{fault.component} gives whole numbers, and none of them is NaN: take {' or '.join(OF_NUMBERS)}"


def _expectations(fault: FaultKeys, keys: CaseKeys) -> Iterator[str]:
    """Yield what cannot be expected."""
    expect = fault.expect
    is_endless = fault.kind == HANGS and fault.lasts is None
    if expect.ends is not None and not is_endless:
        yield "expect.ends is of a component that hangs for ever: leave it out"
    if is_endless and (expect.recovers_within is not None or expect.loses is not None or expect.unchanged):
        yield "nobody recovers from a hang for ever: set lasts, or expect no more than ends"
    if expect.unchanged and not keys.audit:
        yield "whether answers are unchanged is seen when they are audited: set audit above 0, or leave it out"
    if expect.unchanged and keys.backend in NO_ANSWERS:
        yield f"backend {keys.backend} gives no answers that could stay unchanged: leave expect.unchanged out"


def _order(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield faults that come at once, in no order, or too late to see what becomes of them."""
    for number, (one, following) in enumerate(pairwise(keys.faults), start=1):
        if _is_endless(one):
            yield ("faults",), f"faults: {number} ({one.kind}) goes on to the end: put it last"
        elif following.at <= (end := one.at + (one.windows or 1)):
            what = f"begins with window {following.at}, before a window without a fault: begin at {end + 1} or later"
            yield ("faults",), f"faults: {number + 1} ({following.kind}) {what}"
    last = keys.faults[-1]
    end = last.at + (1 if _is_endless(last) else (last.windows or 1) + 1)
    if end > keys.windows:
        what = f"needs {end} windows for what becomes of it to be seen, and there are {keys.windows}: raise windows"
        yield ("faults", "windows"), f"faults: {len(keys.faults)} ({last.kind}) {what}"


def _is_endless(fault: FaultKeys) -> bool:
    return fault_of(fault).is_endless
