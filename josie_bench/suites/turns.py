"""What mode `turn` gives no meaning to, and turns that cannot be typed as a case says."""

from __future__ import annotations

from collections.abc import Iterator

from josie_bench.plugins import find_member
from josie_bench.suites.groups import TurnKeys
from josie_bench.suites.schema import CaseKeys
from josie_bench.terms.conversation import Conversation

Conflict = tuple[tuple[str, ...], str]


def turn_conflicts(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield the settings that conflict, the one to mend first, and what is wrong with how to mend it.

    In mode `turn` its marks alone say whose turn it is, and its silence is gated.
    """
    if keys.turns != TurnKeys():
        yield from _typed(keys)
    if keys.mode != "turn":
        return
    if keys.turn_taking != Conversation().turn_taking:
        what = f"turn_taking {keys.turn_taking} has no meaning in mode turn, where tokens mark the turns: leave it out"
        yield ("turn_taking", "mode"), what
    if keys.silence == "speculated":
        yield ("silence", "mode"), "silence speculated has no meaning in mode turn, which is always gated: leave it out"


def _typed(keys: CaseKeys) -> Iterator[Conflict]:
    """Yield why turns cannot be typed at instants of their own."""
    every = keys.turns.every
    if every is None:
        yield ("turns.variation",), "turns: how often one is typed is not said: set turns.every, or leave turns out"
        return
    if keys.mode != "turn":
        yield ("turns.every", "mode"), "turns are typed in mode turn: set mode to turn, or leave turns out"
    if "text" not in keys.modalities:
        yield ("turns.every", "modalities"), "turns: nothing is typed: add text to modalities, or leave turns out"
    if "audio" in keys.modalities:
        what = "turns: the recording's speaker has turns of their own: take audio out of modalities, or leave turns out"
        yield ("turns.every", "modalities"), what
    if find_member("scenarios", keys.scenario).ARRIVAL != "isochronous":
        what = f"scenario {keys.scenario} has no clock by which turns could begin: leave turns out, or take realtime"
        yield ("turns.every", "scenario"), what
    if every < max((keys.hop_ms, *keys.blocks.lengths)):
        yield ("turns.every", "hop"), f"turns.every: {every:g} ms is shorter than a hop: lengthen it"
    if keys.dropout.late and "text" in keys.dropout.of:
        what = "turns: text that is late has no instant at which it was typed: leave dropout.late out, or turns"
        yield ("turns.every", "dropout.late"), what
