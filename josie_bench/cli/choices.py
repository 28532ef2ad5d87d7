"""What several subcommands take: a suite, with overrides and a choice of its cases."""

from __future__ import annotations

import click

from josie_bench.suites.expand import expand
from josie_bench.suites.load import Suite, find_suite, load_suite
from josie_bench.terms.case import Case
from josie_bench.terms.model_choice import ModelChoice


class ChoosingOption(click.Option):
    """One that chooses from a suite, and says nothing without it."""


suite_argument = click.argument("suite")
optional_suite_argument = click.argument("suite", required=False)
set_option = click.option(
    "--set",
    "overrides",
    cls=ChoosingOption,
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a setting, e.g. windows=20 (repeatable).",
)
case_option = click.option(
    "--case", "wanted", cls=ChoosingOption, multiple=True, help="Run only this case, by its id (repeatable)."
)


def read_cases(suite: str, overrides: tuple[str, ...], wanted: tuple[str, ...] = ()) -> tuple[Suite, tuple[Case, ...]]:
    """Return the suite and its cases, or those asked for by id.

    Raises:
        SuiteError: the suite says something it may not.
        UsageError: no case has an id that was asked for.
    """
    from josie_bench.errors import UsageError
    from josie_bench.plugins import unknown_name

    loaded = load_suite(find_suite(suite), overrides)
    cases = expand(loaded, _require_weights)
    known = [case.id for case in cases]
    for name in wanted:
        if name not in known:
            raise UsageError(unknown_name("case", name, known))
    return loaded, tuple(case for case in cases if not wanted or case.id in wanted)


def _require_weights(choice: ModelChoice) -> None:
    from josie_bench.model.assembly import require_weights

    require_weights(choice)
