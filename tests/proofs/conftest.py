"""Proofs by simulation: each notes its figures, and the run can write them into the docs, as tables and drawn.

`nox -s proofs` writes `docs/statistics.md` between its marks, and `docs/statistics.svg`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.proofs.figures import Figures, write_figures

FIGURES = pytest.StashKey[Figures]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = {}


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return a function that notes one row of a table: its name, then its cells by column."""

    def add(table: str, **cells: object) -> None:
        request.config.stash[FIGURES].setdefault(table, []).append(cells)

    return add


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if session.config.getoption("--write-proofs") and exitstatus == 0:
        write_figures(session.config.stash[FIGURES])
