"""`josie-bench model`: what a preset holds, computes and reads in a window, from its sizes alone."""

from __future__ import annotations

import json
import math
from typing import Any

import click

from josie_bench.cli.model_table import draw
from josie_bench.errors import UsageError
from josie_bench.model.layer_work import Work
from josie_bench.model.memory import FULL
from josie_bench.model.presets import find_any
from josie_bench.model.sizes import CodecSizes, ModelSizes
from josie_bench.model.work import (
    WindowShape,
    WindowWork,
    codec_frame_ms,
    position_floats,
    ring_capacities,
    ring_spans_ms,
    window_work,
)
from josie_bench.terms.accelerator import ACCELERATORS, Accelerator
from josie_bench.terms.precision import STATE_BYTES
from josie_bench.terms.quantity import LONGEST_MS, duration_ms
from josie_bench.terms.roofline import floor_of, sessions_on
from josie_bench.terms.timebase import whole_frames

USUAL_WINDOW_MS = 300.0
PRECISIONS = ("fp32", "fp16", "int8")
ON_GPUS = ("fp16", "int8")


@click.command("model")
@click.argument("preset")
@click.option("--window", metavar="DURATION", help="Length of a window, whole frames.  [default: 300 ms, rounded up]")
@click.option("--tokens", metavar="N", help="Vision tokens in a window.  [default: the preset's budget]")
@click.option("--context", metavar="N", help="Positions the key-value rings hold.  [default: full]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def command(preset: str, window: str | None, tokens: str | None, context: str | None, *, as_json: bool) -> None:
    """Say what PRESET holds, computes and reads in a window, and what that costs a GPU at least.

    Everything follows from the preset's sizes and the GPUs' data sheets; nothing is built or run.
    """
    sizes = find_any(preset)
    frames = frames_of(sizes, window)
    work = window_work(sizes, _shape(sizes, frames, tokens, context))
    if as_json:
        click.echo(json.dumps(_as_json(work), indent=2))
    else:
        draw(work)


def frames_of(sizes: ModelSizes | CodecSizes, window: str | None) -> int:
    """Return how many frames a window has; where none is given as many as the usual one needs.

    Raises:
        UsageError: it is no duration of whole frames, or longer than a day.
    """
    frame_ms = codec_frame_ms(sizes.audio)
    if window is None:
        return math.ceil(USUAL_WINDOW_MS / frame_ms)
    try:
        window_ms = duration_ms(window)
    except ValueError as error:
        raise UsageError(f"--window: {error}") from error
    if window_ms > LONGEST_MS:
        raise UsageError(f"--window {window}: longer than a day: write at most 24 h")
    frames = whole_frames(window_ms, frame_ms)
    if frames is None:
        near = max(1, round(window_ms / frame_ms)) * frame_ms
        raise UsageError(f"--window {window}: a frame of {sizes.name} is {frame_ms:g} ms: take {near:g} ms")
    return frames


def _shape(sizes: ModelSizes | CodecSizes, frames: int, tokens: str | None, context: str | None) -> WindowShape:
    if isinstance(sizes, CodecSizes):
        for option, value in (("--tokens", tokens), ("--context", context)):
            if value is not None:
                raise UsageError(f"{option}: {sizes.name} is a codec alone and has none: leave it out")
        return WindowShape(frames=frames)
    capacities = ring_capacities(sizes)
    held = sum(capacities.values())
    return WindowShape(
        frames=frames,
        tokens=_within("--tokens", tokens, sizes.vision.token_budget, capacities["vision"], "the vision ring holds"),
        context=_within("--context", context, held, held, f"the rings of {sizes.name} hold"),
    )


def _within(option: str, value: str | None, usual: int, most: int, what_holds: str) -> int:
    if value is None:
        return usual
    if not value.isdecimal() or int(value) > most:
        raise UsageError(f"{option} {value}: {what_holds} {most} positions: take a whole number from 0 to {most}")
    return int(value)


def _as_json(work: WindowWork) -> dict[str, Any]:
    sizes, window = work.sizes, work.window
    document: dict[str, Any] = {
        "schema": "josie-bench/model.v1",
        "preset": sizes.name,
        "summary": sizes.summary,
        "window": {
            "window_ms": work.window_ms,
            "frame_ms": codec_frame_ms(sizes.audio),
            "frames": window.frames,
            "codec_delay_ms": sizes.audio.delay_ms,
            "vision_tokens": window.tokens,
            "context": window.context,
        },
        "components": {name: _work_json(part) for name, part in work.components.items()},
        "total": _work_json(work.total),
        "int8_engines": {"bytes": work.engine_bytes("int8", FULL), "state_bytes": work.total.state_bytes(FULL)},
    }
    if isinstance(sizes, CodecSizes):
        return document
    spans = ring_spans_ms(sizes, window)
    kinds = ("frame", "vision")
    floats = position_floats(sizes.temporal)
    return document | {
        "streams": sizes.streams,
        "kv_bytes_per_position": {precision: floats * STATE_BYTES[precision] for precision in PRECISIONS},
        "rings": {
            kind: {"positions": positions, "holds_ms": spans[kind]}
            for kind, positions in ring_capacities(sizes).items()
        },
        "sees": {
            kind: dict(zip(kinds, row, strict=True)) for kind, row in zip(kinds, sizes.temporal.visibility, strict=True)
        },
        "gpus": [_gpu_json(work, gpu) for gpu in ACCELERATORS],
    }


def _work_json(work: Work) -> dict[str, Any]:
    return {
        "parameters": work.parameters,
        "constants": work.constants,
        "bytes": {precision: work.weight_bytes(precision) for precision in PRECISIONS},
        "flops": work.flops,
        "read_bytes": {precision: work.read_bytes(precision) for precision in PRECISIONS},
        "state_bytes": {precision: work.state_bytes(precision) for precision in PRECISIONS},
    }


def _gpu_json(work: WindowWork, gpu: Accelerator) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": gpu.name,
        "memory_gib": gpu.memory_gib,
        "bandwidth_gb_per_s": gpu.bandwidth_gb_per_s,
        "fp16_tflops": gpu.fp16_tflops,
    }
    for precision in ON_GPUS:
        demand = work.demand(precision)
        floor, sessions = floor_of(demand, gpu), sessions_on(demand, gpu)
        document[precision] = {
            "read_ms": floor.read_ms,
            "compute_ms": floor.compute_ms,
            "floor_ms": floor.ms,
            "share_of_hop": floor.share,
            "floor_bound_by": floor.binds,
            "sessions_in_time": sessions.in_time,
            "sessions_in_memory": sessions.in_memory,
            "sessions": sessions.count,
            "sessions_bound_by": sessions.binds,
        }
    return document
