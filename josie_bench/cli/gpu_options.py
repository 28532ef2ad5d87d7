"""`--gpu-clock` and `--gpu-power`: what a run holds the GPU at while it measures."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import click

from josie_bench.cli.fleet_options import FLEET
from josie_bench.cli.measuring import Work
from josie_bench.errors import UsageError
from josie_bench.probes._nvml import VISIBLE
from josie_bench.probes.gpu_hold import held_gpu
from josie_bench.terms.quantity import parse_quantity

NOT_IN_A_FLEET = "--gpu-clock and --gpu-power hold a GPU of this machine, none of a fleet's workers: leave one out"


def gpu_options(body: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a GPU that is held."""
    clock = click.option("--gpu-clock", metavar="CLOCK", help="Hold the GPU's SM clock meanwhile, such as 1410MHz.")
    power = click.option("--gpu-power", metavar="POWER", help="Hold the GPU's power limit meanwhile, such as 300W.")
    return clock(power(body))


def holding(clock: str | None, power: str | None, fleet: str | None) -> AbstractContextManager[dict[str, float]]:
    """Return what holds the GPU as the options say, to be entered; see `held_gpu`.

    Raises:
        UsageError: an option is no number of its unit, or there is a fleet.
    """
    if fleet is not None and (clock or power):
        raise UsageError(NOT_IN_A_FLEET)
    clock_mhz = _number("--gpu-clock", clock, "MHz", "1410MHz")
    return held_gpu(clock_mhz, _number("--gpu-power", power, "W", "300W"), os.environ.get(VISIBLE))


def refuse_fleet(work: Work) -> None:
    """Refuse to hold a GPU for a fleet: its workers compute on others.

    Raises:
        UsageError: the run has a fleet and holds a GPU.
    """
    if work.order.held and FLEET in work.run.asked:
        raise UsageError(NOT_IN_A_FLEET)


def _number(option: str, text: str | None, unit: str, example: str) -> float | None:
    if text is None:
        return None
    try:
        number, found = parse_quantity(text)
    except ValueError:
        number, found = 0.0, None
    if found != unit or number <= 0.0:
        raise UsageError(f"{option} {text}: take a number of {unit} above zero, for example {example}")
    return number
