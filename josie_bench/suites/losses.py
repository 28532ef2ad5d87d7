"""What cannot be lost, or not in the way that a case says."""

from __future__ import annotations

from collections.abc import Iterator

from josie_bench.plugins import find_member
from josie_bench.statistics.retained import QUALITIES
from josie_bench.suites.schema import CaseKeys
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.timebase import whole_frames

Conflict = tuple[tuple[str, ...], str]


def dropout_conflicts(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield the settings of `dropout` that conflict, the one to mend first, and what is wrong with how to mend it."""
    yield from _said(keys)
    yield from _patterns(keys)
    if keys.dropout.of:
        yield from _places(keys)


def _said(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield what is said of a loss without the rest of it."""
    dropout = keys.dropout
    is_said = dropout.present is not None or dropout.lost > 0.0 or dropout.late > 0.0 or dropout.snr is not None
    if is_said and not dropout.of:
        named = ("dropout.present", "dropout.lost", "dropout.late", "dropout.snr")
        yield named, "dropout: what is lost is not said: set dropout.of to one modality or more"
    if dropout.of and not is_said:
        ways = "dropout.present, dropout.lost, dropout.late or dropout.snr"
        yield ("dropout.of",), f"dropout: how it is lost is not said: set {ways}"


def _patterns(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield how nothing can be lost."""
    dropout = keys.dropout
    if dropout.absent is not None and dropout.present is None:
        what = "dropout.absent: for how many windows they arrive before is not said: set dropout.present"
        yield ("dropout.absent",), what
    if dropout.burst * (1.0 - dropout.lost) < dropout.lost:
        what = (
            f"a share of {dropout.lost:g} cannot be lost in bursts of {dropout.burst:g} windows with one between them"
        )
        yield ("dropout.burst", "dropout.lost"), f"dropout: {what}: lengthen burst"


def _places(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield where what is lost would not be missed."""
    for name in keys.dropout.of:
        if name not in keys.modalities:
            what = f"dropout.of: {name} is none of the modalities {', '.join(keys.modalities)}: add it there"
            yield ("dropout.of", "modalities"), f"{what}, or leave it out"
    arrival = find_member("scenarios", keys.scenario).ARRIVAL
    if arrival == "compared":
        yield ("dropout.of", "scenario"), f"scenario {keys.scenario} times nothing: leave dropout out"
    if keys.dropout.snr is not None:
        yield from _noise(keys, arrival)
    if arrival == "judged":
        yield from _tasks(keys)


def _noise(keys: CaseKeys, arrival: str) -> Iterator[Conflict]:
    """Yield where there can be no noise, or where it would change nothing that is measured."""
    if keys.dropout.of != ("audio",):
        yield ("dropout.snr", "dropout.of"), "dropout.snr: noise is added to sound: set dropout.of to audio alone"
    if keys.dropout.present == 0:
        yield ("dropout.snr", "dropout.present"), "dropout.snr: sound that never arrives has no noise: leave one out"
    if arrival != "judged":
        what = f"dropout.snr: scenario {keys.scenario} times windows, which noise does not change"
        yield ("dropout.snr", "scenario"), f"{what}: leave it out, or take scenario quality"


def _tasks(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield what cannot be lost of items of a corpus."""
    hop, late = keys.hop_ms, keys.dropout.late
    if late and whole_frames(late, hop) is None:
        what = f"dropout.late {late:g} ms is not whole hops of {hop:g} ms, by which items of a corpus come"
        yield ("dropout.late", "hop", "window"), f"{what}: write {max(round(late / hop), 1) * hop:g} ms"
    if unlike := [task for task in keys.tasks if task not in QUALITIES]:
        what = f"dropout: nothing can be lost of task {unlike[0]}: take {' or '.join(QUALITIES)}"
        yield ("tasks", "dropout.of"), f"{what}, or leave dropout out"
        return
    lost = Dropout(of=keys.dropout.of, present=keys.dropout.present)
    reasons = [why for task in keys.tasks if (why := QUALITIES[task].why_silent(task, lost)) is not None]
    if keys.tasks and len(reasons) == len(keys.tasks):
        yield ("dropout.of", "tasks"), f"dropout: {'; '.join(reasons)}: lose something else, or leave the case out"
