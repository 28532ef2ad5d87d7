"""`josie-bench check`: suites and recipes held against their schemas, without running anything."""

from __future__ import annotations

import click

from josie_bench.cli.choices import read_cases, set_option
from josie_bench.errors import UsageError
from josie_bench.suites.document import is_recipe
from josie_bench.suites.load import find_suite


@click.command("check")
@click.argument("suites", nargs=-1, required=True)
@set_option
def command(suites: tuple[str, ...], overrides: tuple[str, ...]) -> None:
    """Check SUITES (names or files): keys, units, names of metrics and backends, media, budgets.

    A recipe of training is checked as one: keys, preset, corpora. All are checked before the first error ends the
    command with exit code 2.
    """
    errors = []
    for suite in suites:
        try:
            click.echo(_checked(suite, overrides))
        except UsageError as error:
            errors.append(error)
            click.echo(f"error: {error}", err=True)
    if errors:
        raise SystemExit(UsageError.exit_code)


def _checked(suite: str, overrides: tuple[str, ...]) -> str:
    """Return what to say of a suite or recipe that is as it should be."""
    path = find_suite(suite)
    if is_recipe(path):
        from josie_bench.training.recipe import load_recipe

        recipe = load_recipe(path)
        steps = ", ".join(f"{getattr(recipe.keys, name).steps} steps of {name}" for name in recipe.sections)
        models = f", {len(recipe.variants)} models" if recipe.keys.variants else ""
        return f"{path}: ok: a recipe: {recipe.preset}, {steps}{models}"
    loaded, cases = read_cases(suite, overrides)
    return f"{loaded.path}: ok: {len(cases)} cases, {sum(case.is_gated for case in cases)} gated"
