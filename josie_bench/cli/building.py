"""What every command that builds the engines of a suite's cases takes: which cases, and where and how long."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from josie_bench.bench.calibration import prepare_engines
from josie_bench.cli.choices import case_option, read_cases, set_option
from josie_bench.cli.options import build_timeout_option, duration_s, engines_option
from josie_bench.engines.manifest import Manifest
from josie_bench.engines.store import EngineRequest
from josie_bench.terms.case import Case

OPTIONS = (set_option, case_option, engines_option, build_timeout_option)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOrder:
    """What the command line asks of every command that builds engines.

    Attributes:
        overrides: settings of its cases.
        wanted: ids of the cases that are chosen; empty for all.
        engines: the store.
        build_timeout_s: the most that one engine may take.
    """

    overrides: tuple[str, ...]
    wanted: tuple[str, ...]
    engines: Path
    build_timeout_s: float

    def cases(self, suite: str) -> tuple[Case, ...]:
        """Return the cases of a suite that are asked for.

        Raises:
            SuiteError: the suite says something it may not.
            UsageError: no case has an id that was asked for.
        """
        return read_cases(suite, self.overrides, self.wanted)[1]

    def prepare(self, request: EngineRequest) -> tuple[dict[str, Manifest], frozenset[str]]:
        """Return the engines of `request` and which had to be built, telling on stderr how it goes.

        Raises:
            EngineError: an engine cannot be made.
            UnavailableError: a backend cannot run here.
        """
        return prepare_engines(self.engines, request, tell, self.build_timeout_s)


def tell(line: str) -> None:
    """Tell on stderr how building goes."""
    click.echo(line, err=True)


def building(body: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of all that build engines; it gets them as its first argument, a `BuildOrder`."""

    @functools.wraps(body)
    def command(
        *, overrides: tuple[str, ...], wanted: tuple[str, ...], engines: Path, build_timeout: str, **own: Any
    ) -> None:
        order = BuildOrder(
            overrides=overrides,
            wanted=wanted,
            engines=engines,
            build_timeout_s=duration_s("--build-timeout", build_timeout),
        )
        body(order, **own)

    for option in reversed(OPTIONS):
        option(command)
    return command
