"""Agreement with implementations by others: each test notes what it found, and the run can write the table of it.

`pytest -m oracle --write-agreement` puts the table between the marks in `docs/model.md`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.marked_text import markdown_table, with_between

DOCUMENT = Path(__file__).parents[2] / "docs" / "model.md"
BEGIN, END = "<!-- agreement: begin -->", "<!-- agreement: end -->"
Rows = dict[tuple[str, str, str], tuple[str, str]]
ROWS = pytest.StashKey[Rows]()


os.environ["NO_TORCH_COMPILE"] = "1"  # moshi compiles its norms otherwise, seconds for each shape


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS] = {}


@pytest.fixture
def agreement(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return a function that notes one row of the table: ours, theirs (a package's name first), what, found, bar."""

    def note(*, ours: str, theirs: str, what: str, found: str, bar: str) -> None:
        package, _, part = theirs.partition(" ")
        figure = "0" if found == "0e+00" else found
        request.config.stash[ROWS][ours, f"{package} {version(package)} {part}", what] = (figure, bar)

    return note


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if session.config.getoption("--write-agreement") and exitstatus == 0:
        write_table(DOCUMENT, session.config.stash[ROWS])


def write_table(document: Path, rows: Rows) -> None:
    """Put the rows between the marks of `document`."""
    columns = ["ours", "theirs", "what is compared", "agreement", "bar"]
    inner = markdown_table(columns, [[*key, *found] for key, found in sorted(rows.items())])
    text = document.read_text(encoding="utf-8")
    document.write_text(with_between(text, BEGIN, END, f"\n\n{inner}\n\n"), encoding="utf-8")


@pytest.fixture(autouse=True)
def quiet_libraries() -> Iterator[None]:
    """Let the oracles' own libraries warn: their deprecations are not ours."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
