"""`josie-bench fit`: what fits into a GPU's memory, before anything is run."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from typing import Any

import click

from josie_bench.bench.fit import Answer, Ask, answer, needed_bytes, precisions
from josie_bench.cli.fit_table import draw, memory_entries
from josie_bench.cli.ledger_table import entry_json
from josie_bench.cli.model import frames_of
from josie_bench.cli.options import only_one, whole_number
from josie_bench.errors import UsageError
from josie_bench.model.presets import find_preset
from josie_bench.model.work import ring_capacities
from josie_bench.plugins import unknown_name
from josie_bench.terms.accelerator import find_accelerator, numbered
from josie_bench.terms.gpu_reserve import GpuReserve
from josie_bench.terms.quantity import size_bytes

MOST_SESSIONS, MOST_CONTEXT, MOST_TOKENS, MOST_PIXELS, MOST_FPS = 10**6, 10**8, 10**5, 16_384, 1_000


@click.command("fit")
@click.option("--gpu", required=True, metavar="SIZE|NAME", help="Memory such as 8GiB, or a GPU by its name.")
@click.option("--preset", default="josie-v4o", show_default=True, help="Size of the model.")
@click.option("--precision", multiple=True, default=["fp16"], show_default=True, help="Of the engines.")
@click.option("--window", metavar="DURATION", help="Length of a window, whole frames.  [default: 300 ms]")
@click.option("--resolution", default="1920x1080", show_default=True, metavar="WxH", help="Of the video that comes.")
@click.option("--fps", default="30", show_default=True, metavar="N", help="Pictures of it in a second.")
@click.option("--tokens", metavar="N", help="The most vision tokens in a window.  [default: the preset's budget]")
@click.option("--context", metavar="N", help="Positions the temporal rings keep.  [default: the preset's]")
@click.option("--sessions", default="1", show_default=True, metavar="N", help="At once.")
@click.option("--gpu-context", metavar="SIZE", help="Taken by the driver's context.  [default: 512 MiB, assumed]")
@click.option("--gpu-fragments", metavar="SHARE", help="Of the memory, lost to fragments.  [default: 0.1, assumed]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def command(
    gpu: str,
    preset: str,
    precision: tuple[str, ...],
    *,
    window: str | None,
    resolution: str,
    fps: str,
    tokens: str | None,
    context: str | None,
    sessions: str,
    gpu_context: str | None,
    gpu_fragments: str | None,
    as_json: bool,
) -> None:
    """Say what fits into a GPU's memory: the most sessions, the longest window, context and resolution.

    Everything follows from the preset's sizes; nothing is built or run. Exit codes: 0 it fits, 1 it does not, 2 wrong
    usage.
    """
    memory_bytes = memory_of(gpu)
    sizes = find_preset(preset)
    wanted = only_one("precision", precision, "ask")
    if wanted not in precisions():
        raise UsageError(f"--precision: {unknown_name('precision', wanted, precisions())}")
    width, height = _resolution(resolution)
    positions = sum(ring_capacities(sizes).values())
    ask = Ask(
        sizes=sizes,
        precision=wanted,
        frames=frames_of(sizes, window),
        context=positions if context is None else whole_number("--context", context, 2, MOST_CONTEXT),
        width=width,
        height=height,
        fps=whole_number("--fps", fps, 1, MOST_FPS),
        tokens=sizes.vision.token_budget if tokens is None else whole_number("--tokens", tokens, 0, MOST_TOKENS),
        sessions=whole_number("--sessions", sessions, 1, MOST_SESSIONS),
        reserve=GpuReserve(
            context=None if gpu_context is None else _size("--gpu-context", gpu_context),
            fragments=None if gpu_fragments is None else _share("--gpu-fragments", gpu_fragments),
        ),
    )
    found = answer(ask, memory_bytes)
    if as_json:
        click.echo(json.dumps(_as_json(gpu, found), indent=2))
    else:
        draw(found)
    sys.exit(0 if found.does_fit else 1)


def memory_of(gpu: str) -> int:
    """Return the bytes of memory that a size or a GPU's name stands for.

    Raises:
        UsageError: it is neither, or not above zero.
    """
    if not re.match(r"\s*[+-]?\.?\d", gpu):
        return find_accelerator(gpu).memory_bytes
    try:
        return _size("--gpu", gpu, least=1)
    except UsageError as error:
        number = re.match(r"\s*(\d+)", gpu)
        if number is None or not (near := numbered(number[1])):
            raise
        raise UsageError(f"{error}, or did you mean the GPU {' or '.join(map(repr, near))}?") from error


def _size(option: str, text: str, least: int = 0) -> int:
    try:
        found = size_bytes(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error
    if found < least:
        raise UsageError(f"{option}: {text} is {'not above' if least else 'below'} zero: write a size such as 8 GiB")
    return found


def _share(option: str, text: str) -> float:
    if re.fullmatch(r"(0|0?\.\d{1,9}|0\.)", text) is None:
        raise UsageError(f"{option} {text}: take a share from 0 to below 1, such as 0.05")
    return float(text)


def _resolution(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"\s*(\d{1,6})\s*[x×]\s*(\d{1,6})\s*", text)
    sides = (0, 0) if match is None else (int(match[1]), int(match[2]))
    if not all(1 <= side <= MOST_PIXELS for side in sides):
        raise UsageError(f"--resolution {text}: write width x height in pixels, each 1 to {MOST_PIXELS}: 1920x1080")
    return sides


def _as_json(gpu: str, found: Answer) -> dict[str, Any]:
    ask, footprint, frames = found.ask, found.footprint, found.largest["window"]
    return {
        "schema": "josie-bench/fit.v1",
        "gpu": gpu,
        "memory_bytes": found.memory_bytes,
        "asked": _ask_json(ask),
        "fits": found.does_fit,
        "total_bytes": footprint.total_bytes,
        "shared_bytes": footprint.shared_bytes,
        "session_bytes": footprint.session_bytes,
        "needed_gpu_bytes": needed_bytes(ask),
        "largest": found.largest | {"window_ms": None if frames is None else frames * ask.sizes.frame_ms},
        "terms": [
            asdict(term) | {"summand": term.summand, "all_bytes": footprint.held_bytes(term)}
            for term in footprint.terms
        ],
        "changes": [{"option": change.option, "asked": _ask_json(change.ask)} for change in found.changes],
        "gpus_that_hold_it": list(found.gpus),
        "paper": [entry_json(entry) for entry in memory_entries()],
    }


def _ask_json(ask: Ask) -> dict[str, Any]:
    return {
        "preset": ask.sizes.name,
        "precision": ask.precision,
        "window_ms": ask.frames * ask.sizes.frame_ms,
        "context": ask.context,
        "resolution": f"{ask.width}x{ask.height}",
        "fps": ask.fps,
        "tokens": ask.tokens,
        "sessions": ask.sessions,
        "gpu_context_bytes": ask.reserve.context_bytes,
        "gpu_fragments": round(ask.reserve.lost_share, 9),
    }
