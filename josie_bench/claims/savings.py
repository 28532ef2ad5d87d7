"""What the paper says that memory can be saved: three percentages without a base."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from josie_bench.claims._evidence import SAVINGS, measured_word_loss
from josie_bench.claims._held import measured_saving
from josie_bench.claims._stated import (
    CONTEXT,
    PRECISION,
    SAVED,
    TRAINED,
    audio_bytes,
    held_bytes,
    percent,
    video_bytes,
    window_of_ours,
)
from josie_bench.model.presets import JOSIE_V4O
from josie_bench.model.work import position_floats
from josie_bench.terms.accelerator import ACCELERATORS
from josie_bench.terms.claim import AT_LEAST, AT_MOST, Claim, Reading, printed
from josie_bench.terms.precision import STATE_BYTES

BUFFER, SCALING, PRUNING = 18.0, 12.0, 15.0
SMALLEST = ACCELERATORS[0]


def _buffer_share() -> float:
    return percent(audio_bytes() + video_bytes(), held_bytes())


def _weight_share() -> float:
    """Return what is saved if all weights go from FP16 to int8."""
    total = window_of_ours().total
    return percent(total.weight_bytes(PRECISION) - total.weight_bytes("int8"), held_bytes())


def _cache_bytes() -> float:
    return CONTEXT * position_floats(JOSIE_V4O.temporal) * STATE_BYTES[PRECISION]


def _cache_share(sessions: int) -> float:
    weights = window_of_ours().total.weight_bytes(PRECISION)
    each = held_bytes() - weights
    return percent(sessions * _cache_bytes(), weights + sessions * each)


def _most_sessions() -> int:
    """Return how many lie in memory where nothing else does, so that no more can share the weights."""
    weights = window_of_ours().total.weight_bytes(PRECISION)
    return int((SMALLEST.memory_bytes - weights) // (held_bytes() - weights))


def _multiplied() -> float:
    left = 1.0
    for saved in (BUFFER, SCALING, PRUNING):
        left *= 1.0 - saved / 100.0
    return 100.0 * (1.0 - left)


def _bound(formula: str, most: Callable[[], float], option: str, name: str = "") -> Reading:
    """Return the reading that no more can be saved than this; whether so much is saved, a run has to show."""
    return replace(_shown(option, name), formula=formula, compute=most, is_limit=True)


def _shown(option: str, name: str = "") -> Reading:
    """Return the reading that a run shows, with an option of the runtime and without."""
    measure = partial(measured_saving, options=frozenset({option}))
    return Reading(name=name, relation=AT_LEAST, measure=measure, waits_for=SAVED)


def _sum(name: str, formula: str, value: Callable[[], float]) -> Reading:
    untestable = "no sum is published"
    return Reading(name=name, formula=formula, compute=value, unit="%", relation=None, untestable=untestable)


CLAIMS = (
    Claim(
        id="opt.buffer",
        section="9.3",
        statement="dynamic buffer allocation saves 18 % of the memory",
        published="-18% memory footprint",
        kind="system",
        figure=printed(f"{BUFFER:g}", "%"),
        readings=(
            Reading(
                name="of all memory, by the window's buffers",
                formula="window buffers ÷ (weights + state + buffers), the most that could be saved of them",
                compute=_buffer_share,
                relation=AT_LEAST,
                is_limit=True,
                waits_for=SAVED,
            ),
            _shown("allocation", name="of all memory, by rings that grow or activations without a pool"),
            Reading(name="of the buffers alone", waits_for="a base: which buffers are counted"),
        ),
        note="With the buffers as the paper prints them the most would be 0.02 %.",
    ),
    Claim(
        id="opt.precision",
        section="9.3",
        statement="adaptive precision scaling saves 12 % of the memory",
        published="-12% VRAM usage",
        kind="system",
        figure=printed(f"{SCALING:g}", "%"),
        readings=(
            _bound("all weights at one byte for two, the most that could be saved of them", _weight_share, "precision"),
        ),
    ),
    Claim(
        id="opt.pruning",
        section="9.3",
        statement="cache pruning saves 15 % of the memory",
        published="-15% memory",
        kind="system",
        figure=printed(f"{PRUNING:g}", "%"),
        readings=(
            _bound(
                "both key-value rings, full, ÷ (weights + state + buffers)",
                lambda: _cache_share(1),
                "prune_to",
                name="one session",
            ),
            _bound(
                "the same of the most sessions that lie in 8 GiB beside the weights they share, and nothing else",
                lambda: _cache_share(_most_sessions()),
                "prune_to",
                name="as many as 8 GB hold",
            ),
        ),
        note=(
            "The most that could be saved is the whole cache. An engine that keeps the state before its last step "
            "holds it twice: of one session it could save up to 4 %."
        ),
    ),
    Claim(
        id="opt.pruning_impact",
        section="9.3",
        statement="cache pruning costs 0.8 % of the performance",
        published="0.8% performance impact",
        kind="quality",
        figure=printed("0.8", "%"),
        readings=(
            Reading(
                name="of the words that the model writes",
                relation=AT_MOST,
                is_universal=True,  # a ring that is pruned to more than a sentence takes loses nothing
                measure=partial(measured_word_loss, options=frozenset({"prune_to"})),
                waits_for=f"{TRAINED}: josie-bench run savings",
            ),
            Reading(name="of the rest", waits_for=TRAINED),
        ),
        note="Of which performance is not said.",
    ),
    Claim(
        id="opt.together",
        section="9.3",
        statement="the three savings reduce VRAM usage",
        published="-18%, -12%, -15%",
        kind="undefined",
        readings=(
            Reading(
                name="as measured together",
                relation=None,
                measure=partial(measured_saving, options=frozenset(SAVINGS)),
                untestable="no sum is published",
            ),
            _sum("each of what the others leave", "1 − 0.82 · 0.88 · 0.85", _multiplied),
            _sum("each of the whole", "18 + 12 + 15", lambda: BUFFER + SCALING + PRUNING),
        ),
    ),
)
