"""What sessions cannot be that come and go, are let in or sent away."""

from __future__ import annotations

from collections.abc import Iterator

from josie_bench.suites.groups import VisitsKeys
from josie_bench.suites.schema import CaseKeys
from josie_bench.terms.comings import EXPONENTIAL
from josie_bench.terms.sessions import CONTINUOUS, RANDOM

CAPACITY = "capacity"

Conflict = tuple[tuple[str, ...], str]


def coming_conflicts(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield the settings that conflict, the one to mend first, and what is wrong with how to mend it."""
    yield from _comings(keys)
    yield from _admission(keys)
    yield from _eviction(keys)


def _comings(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield what sessions cannot be that come, go and come back."""
    if keys.scenario == CAPACITY and (keys.away or keys.admit is not None):
        what = f"scenario {CAPACITY} looks for as many as are there at a time: leave away, grace and admit out"
        yield ("admit", "away", "scenario"), what
        return
    if keys.visits != VisitsKeys():
        yield from _replayed(keys)
        return
    if keys.away and keys.stay is None:
        yield ("away", "stay"), "away is between two sessions, and none ends: set stay, or leave away out"
    if keys.variation != EXPONENTIAL and keys.stay is None:
        what = "variation is of how long sessions stay and are away: set stay, or leave variation out"
        yield ("variation", "stay"), what
    if keys.grace and not keys.away:
        yield ("grace", "away"), "grace is for who is away for a while: set away, or leave grace out"
    if keys.admit is not None and not keys.away:
        yield ("admit", "away"), "admit: when somebody asks again after a refusal is not said: set away"
    yield from _admitted(keys)


def _replayed(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield what recorded sessions cannot be."""
    file, said = "visits.file", "the file says when sessions come and go"
    if keys.visits.file is None:
        yield ("visits.sha256",), "visits.sha256 is of a file: set visits.file, or leave it out"
    if keys.scenario == CAPACITY:
        what = f"scenario {CAPACITY} looks for as many as are there at a time: leave visits out"
        yield (file, "scenario"), what
    for key, usual in (("stay", None), ("away", 0.0), ("variation", EXPONENTIAL), ("phase", RANDOM)):
        if getattr(keys, key) != usual:
            yield (key, file), f"visits: {said}: leave {key} out"
    yield from _admitted(keys)


def _admitted(keys: CaseKeys) -> Iterator[Conflict]:
    if keys.admit is not None and keys.admit >= keys.sessions:
        what = f"admit: {keys.sessions} sessions all find one of {keys.admit} seats: lower admit, or leave it out"
        yield ("admit", "sessions"), what


def _admission(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield where nobody can be let in by a forecast."""
    said, busy = keys.admission, "admission.busy"
    if said.busy is None:
        if "over" in said.model_fields_set:  # its usual value too does nothing
            yield ("admission.over",), "admission.over is of a forecast: set admission.busy, or leave it out"
        return
    if keys.scenario == CAPACITY:
        yield (busy, "scenario"), f"scenario {CAPACITY} refuses nobody: leave admission out"
    elif keys.stay is None and keys.visits.file is None:
        yield (busy, "stay"), "admission: nobody comes once the trial has begun: set stay, or leave admission out"
    if said.over < (hop := keys.hop_ms):
        what = f"admission: in {said.over:g} ms, less than a hop of {hop:g} ms, often nothing is measured: raise over"
        yield ("admission.over", "hop", "window"), what
    if keys.admit is not None:
        yield ("admit", busy), "admission: who is refused by a number is not by a forecast too: leave admit out"
    if keys.batching == CONTINUOUS:
        what = "admission: what one more costs where all are stepped together no rule says: set batching to sequential"
        yield ("batching", busy), what


def _eviction(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield where nobody can be sent away."""
    said, missed = keys.eviction, "eviction.missed"
    if said.missed is None:
        if "over" in said.model_fields_set:
            yield ("eviction.over",), "eviction.over is of a bound: set eviction.missed, or leave it out"
        return
    if keys.scenario == CAPACITY:
        yield (missed, "scenario"), f"scenario {CAPACITY} asks who holds, and sends nobody away: leave eviction out"
    elif keys.sessions < 2:
        yield (missed, "sessions"), "eviction: the last one there is not sent away: set sessions, or leave eviction out"
    if said.over < (hop := keys.hop_ms):
        what = f"eviction: in {said.over:g} ms, less than a hop of {hop:g} ms, one late window decides: raise over"
        yield ("eviction.over", "hop", "window"), what
