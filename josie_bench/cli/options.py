"""What several subcommands take or draw that need no suite: where engines lie, durations, tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from josie_bench.errors import UsageError
from josie_bench.terms.quantity import duration_ms
from josie_bench.terms.timebase import s_from_ms

MOST_DIGITS = 100  # of a whole number; Python reads no more than some thousand


class FiniteRange(click.FloatRange):
    """A number within bounds; NaN lies within click's, and what is compared with it is never beyond."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number, or say that it is none."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is no number", param, ctx)
        return number


engines_option = click.option(
    "--engines", type=click.Path(path_type=Path), default=Path("engines"), show_default=True, help="The engine store."
)
build_timeout_option = click.option(
    "--build-timeout", default="1 h", show_default=True, metavar="DURATION", help="The most that one engine may take."
)

history_option = click.option(
    "--history",
    type=click.Path(path_type=Path),
    default=Path("reports/history.sqlite"),
    show_default=True,
    help="The history of runs.",
)


def output_option(folder: str, words: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option `--output` of a folder that is `folder` unless it is given; `words` are its help."""
    return click.option(
        "--output", type=click.Path(path_type=Path), default=Path(folder), show_default=True, help=words
    )


def duration_s(option: str, text: str) -> float:
    """Return the duration that an option was given, in seconds.

    Raises:
        UsageError: it is none, or not above zero.
    """
    try:
        seconds = s_from_ms(duration_ms(text))
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error
    if seconds <= 0.0:
        raise UsageError(f"{option}: {text} is not above zero")
    return seconds


def only_one(option: str, given: Sequence[str], ask: str) -> str:
    """Return what an option that can be repeated was given once.

    Args:
        option: its name, without dashes.
        given: what it was given, something at least.
        ask: what to do once for each of several instead, as `build`.

    Raises:
        UsageError: it was given several things.
    """
    if len(given) > 1 or "," in given[0]:
        raise UsageError(f"--{option} {','.join(given)}: one {option} at a time: {ask} once for each")
    return given[0]


def whole_number(option: str, text: str, least: int, most: int) -> int:
    """Return the whole number that an option was given.

    Raises:
        UsageError: it is none, or outside of its range.
    """
    if not text.isdecimal() or len(text) > MOST_DIGITS or not least <= int(text) <= most:
        raise UsageError(f"{option} {text}: take a whole number from {least} to {most}")
    return int(text)


def table_console() -> Console:
    """Return a console for tables: as wide as the terminal, and wide enough for whole ids where there is none.

    Brackets are text to it: `[no bound, +2 %]` is an interval, and no style of that name. A style comes as `Text`.
    """
    console = Console(markup=False)
    return console if console.is_terminal else Console(markup=False, width=160)
