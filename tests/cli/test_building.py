"""What commands that build engines take, and that they all take it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from josie_bench.cli.building import OPTIONS, BuildOrder, building
from josie_bench.errors import UsageError
from tests.cli.test_profile import SUITE


@pytest.fixture
def order():
    """Return a function that gives the order that words of the command line make."""
    found = []

    @click.command()
    @building
    @click.option("--own", default="")
    def command(order, *, own):
        found.append((order, own))

    def read(*words):
        CliRunner().invoke(command, words, catch_exceptions=False, standalone_mode=False)
        return found.pop()

    return read


def test_words_become_an_order_beside_the_command_s_own(order):
    words = ("--set", "seed=1", "--set", "windows=2", "--case", "a", "--engines", "e", "--build-timeout", "2 min")
    assert order(*words, "--own", "x") == (
        BuildOrder(overrides=("seed=1", "windows=2"), wanted=("a",), engines=Path("e"), build_timeout_s=120.0),
        "x",
    )
    assert order()[0] == BuildOrder(overrides=(), wanted=(), engines=Path("engines"), build_timeout_s=3600.0)


def test_a_duration_that_is_none_is_refused_by_the_name_of_its_option(order):
    with pytest.raises(UsageError, match="--build-timeout"):
        order("--build-timeout", "soon")


def test_an_order_reads_the_cases_it_wants_with_its_settings(order, tmp_path):
    suite = tmp_path / "quick.yaml"
    suite.write_text(SUITE)
    found, _ = order("--case", "eager/eager-fp32/w300", "--set", "seed=7")
    (case,) = found.cases(str(suite))
    assert (case.id, case.seed) == ("eager/eager-fp32/w300", 7)
    with pytest.raises(UsageError, match="did you mean 'eager/eager-fp32/w300'"):
        order("--case", "eager/eager-fp32/w301")[0].cases(str(suite))


@pytest.mark.parametrize("name", ["bisect", "build", "calibrate", "loadgen", "profile", "run"])
def test_commands_that_build_engines_take_the_same_options(name):
    @click.command()
    @building
    def plain(order):
        """Take nothing else."""

    taken = {option.name: option.to_info_dict() for option in import_module(f"josie_bench.cli.{name}").command.params}
    assert len(plain.params) == len(OPTIONS)
    assert all(taken[option.name] == option.to_info_dict() for option in plain.params)
