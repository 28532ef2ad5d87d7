"""How the work grows: an exponent for each O(·) of the paper, fitted to the FLOPs that follow from sizes.

Beside it stands the exponent of the measured time, over sizes that are small enough to run: calls, reading weights and
all that does not grow with the size keep it below that of the FLOPs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from josie_bench.claims._evidence import measured_growth
from josie_bench.claims._stated import CONTEXT, WINDOW_MS
from josie_bench.model.codec_work import audio_encoder
from josie_bench.model.layer_work import attention
from josie_bench.model.presets import JOSIE_V4O
from josie_bench.model.sizes import ModelSizes
from josie_bench.model.work import WindowShape, depth_transformer, temporal_transformer, vision_encoder
from josie_bench.statistics.growth import CONTEXT as CONTEXT_AXIS
from josie_bench.statistics.growth import DEPTH_LAYERS, LENGTH, TOKENS
from josie_bench.terms.claim import AT_MOST, Claim, Figure, Reading
from josie_bench.terms.timebase import MS_PER_S

UNIT = "(exponent)"
SLACK = 0.05
MINUTE, HOUR = 60, 3600  # of sound, in seconds
MANY = 1_000_000
FULL_HD, ULTRA_HD = 2_691, 16 * 2_691  # tokens of 1932 x 1092 pixels, and of four times the edge


def exponent(cost: Callable[[int], float], low: int, high: int) -> float:
    """Return the b for which cost grows as sizeᵇ from `low` to `high`.

    >>> exponent(lambda size: 7.0 * size**2, 3, 30)
    2.0
    """
    return round(math.log(cost(high) / cost(low)) / math.log(high / low), 9)


def _of(value: float) -> Figure:
    return Figure(value=value, unit=UNIT, slack=SLACK)


def _t_log_t() -> float:
    rate = JOSIE_V4O.audio.sample_rate_hz
    return exponent(lambda seconds: seconds * rate * math.log(seconds * rate), MINUTE, HOUR)


def _audio(seconds: int, *, is_whole: bool) -> float:
    """Return the encoder's FLOPs for sound that comes window by window.

    Args:
        seconds: of it.
        is_whole: attention looks back to the begin, not only as far as the ring. A window's work grows evenly with
            what it looks back on, so that all of them cost as much as if each looked back half as far as the last.
    """
    audio = JOSIE_V4O.audio
    windows = seconds * MS_PER_S / WINDOW_MS
    frames = round(WINDOW_MS / JOSIE_V4O.frame_ms)
    heard = round(windows * frames * audio.half)
    return windows * audio_encoder(replace(audio, ring=heard // 2) if is_whole else audio, frames).flops


def _vision(tokens: int, whole_layers: int) -> float:
    """Return the encoder's FLOPs where so many layers look at the whole frame, and the others at their windows."""
    vision = JOSIE_V4O.vision
    assert vision.window_tokens is not None
    patches, window = tokens * vision.merge**2, (vision.window_tokens * vision.merge) ** 2
    spared = attention(patches, patches, vision.dim).flops - attention(patches, window, vision.dim).flops
    return vision_encoder(vision, tokens).flops - (vision.layers - whole_layers) * spared


def _temporal(positions: int, sizes: ModelSizes = JOSIE_V4O) -> float:
    return temporal_transformer(sizes, WindowShape(frames=1, tokens=positions - 1, context=0)).flops


def _temporal_behind(held: int) -> float:
    temporal = replace(JOSIE_V4O.temporal, frame_ring=held, vision_ring=0)
    return temporal_transformer(replace(JOSIE_V4O, temporal=temporal), WindowShape(frames=1, context=held)).flops


def _temporal_of_width(times: int) -> float:
    temporal = JOSIE_V4O.temporal
    wide = replace(temporal, dim=temporal.dim * times, head_dim=temporal.head_dim * times, ff=temporal.ff * times)
    return _temporal(CONTEXT, replace(JOSIE_V4O, temporal=wide))


def _depth(*, layers: int = 1, width: int = 1) -> float:
    """Return the FLOPs of one frame with so many times the layers and the width."""
    depth = JOSIE_V4O.depth
    scaled = replace(depth, layers=depth.layers * layers, dim=depth.dim * width, ff=depth.ff * width)
    return depth_transformer(replace(JOSIE_V4O, depth=scaled), 1).flops


CLAIMS = (
    Claim(
        id="cost.audio",
        section="8.2",
        statement="audio costs O(T log T) of its length T",
        published="O(T_a log T_a)",
        kind="arith",
        figure=_of(_t_log_t()),
        readings=(
            Reading(
                name="attention over a ring",
                formula="FLOPs of audio_encoder from a minute to an hour, window by window, 160 positions looked back",
                compute=lambda: exponent(lambda seconds: _audio(seconds, is_whole=False), MINUTE, HOUR),
                relation=AT_MOST,
                measure=partial(measured_growth, axis=LENGTH, part="audio_encoder"),
            ),
            Reading(
                name="attention over all that was heard",
                formula="the same, looking back to the begin",
                compute=lambda: exponent(lambda seconds: _audio(seconds, is_whole=True), MINUTE, HOUR),
                relation=AT_MOST,
            ),
        ),
        note=(
            "Held as an upper bound: the exponent of T log T over the same range. No part has a log: convolutions are "
            "O(T), attention is O(T·w) over w positions and O(T²) over all."
        ),
    ),
    Claim(
        id="cost.vision",
        section="8.2",
        statement="vision costs O(HW) of height and width",
        published="O(HW)",
        kind="arith",
        figure=_of(1.0),
        readings=(
            Reading(
                name="windows alone",
                formula="FLOPs of vision_encoder from Full HD to four times its edge, each layer within its windows",
                compute=lambda: exponent(lambda tokens: _vision(tokens, 0), FULL_HD, ULTRA_HD),
                relation=AT_MOST,
            ),
            Reading(
                name="4 of 32 layers look at the whole frame",
                formula="the same with the preset's full layers",
                compute=lambda: exponent(
                    lambda tokens: _vision(tokens, len(JOSIE_V4O.vision.full_layers)), FULL_HD, ULTRA_HD
                ),
                relation=AT_MOST,
                measure=partial(measured_growth, axis=TOKENS, part="vision_encoder"),
            ),
            Reading(
                name="all layers look at the whole frame",
                formula="the same with all",
                compute=lambda: exponent(lambda tokens: _vision(tokens, JOSIE_V4O.vision.layers), FULL_HD, ULTRA_HD),
                relation=AT_MOST,
            ),
        ),
        note="The paper's intra-frame attention (section 5) is over the whole frame; it names no windows.",
    ),
    Claim(
        id="cost.temporal",
        section="8.2",
        statement="the temporal transformer costs O(N²d) of N tokens and width d",
        published="O(N²d)",
        kind="arith",
        figure=_of(2.0),
        readings=(
            Reading(
                name="in N",
                formula="FLOPs of a pass from a million to two million tokens",
                compute=lambda: exponent(_temporal, MANY, 2 * MANY),
                relation=AT_MOST,
            ),
            Reading(
                name="in N, token by token",
                formula="FLOPs of one token's pass over a million to two million that are held, N² ÷ N",
                compute=lambda: exponent(_temporal_behind, MANY, 2 * MANY),
                relation=AT_MOST,
                figure=_of(1.0),
                measure=partial(measured_growth, axis=CONTEXT_AXIS, part="temporal_transformer"),
            ),
            Reading(
                name="in d, at the 4 096 positions that are held",
                formula="FLOPs of a pass with all widths doubled",
                compute=lambda: exponent(_temporal_of_width, 1, 2),
                relation=AT_MOST,
                figure=_of(1.0),
            ),
        ),
        note="Maps and feed-forward layers cost O(N·d²), and outweigh attention below some 15 000 tokens.",
    ),
    Claim(
        id="cost.depth",
        section="8.2",
        statement="the depth transformer costs O(L·N²d) of L layers, N tokens and width d",
        published="O(L × N²d)",
        kind="arith",
        figure=_of(1.0),
        readings=(
            Reading(
                name="in L",
                formula="FLOPs of a frame with twice the layers",
                compute=lambda: exponent(lambda times: _depth(layers=times), 1, 2),
                relation=AT_MOST,
                measure=partial(measured_growth, axis=DEPTH_LAYERS, part="depth_transformer"),
            ),
            Reading(
                name="in d",
                formula="FLOPs of a frame with all widths doubled",
                compute=lambda: exponent(lambda times: _depth(width=times), 1, 2),
                relation=AT_MOST,
            ),
        ),
        note="Its N is the nine steps of a frame, so that attention is hardly any of its work.",
    ),
)
