"""Agreement with implementations by others: each test notes what it found, and `docs/model.md` has the table of it.

`pytest -m oracle --require-oracles` fails where an oracle is missing or the table's rows are not those that were noted;
`--write-agreement` puts the rows between the marks instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.marked_text import between, markdown_table, table_rows, with_between

FOLDER = Path(__file__).parent
DOCUMENT = FOLDER.parents[1] / "docs" / "model.md"
BEGIN, END = "<!-- agreement: begin -->", "<!-- agreement: end -->"
Rows = dict[tuple[str, str, str], tuple[str, str]]
ROWS = pytest.StashKey[Rows]()
LEFT_OUT = pytest.StashKey[list[str]]()
COMPLAINT = pytest.StashKey[str]()


os.environ["NO_TORCH_COMPILE"] = "1"  # moshi compiles its norms otherwise, seconds for each shape


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS] = {}
    config.stash[LEFT_OUT] = []


@pytest.fixture
def agreement(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return a function that notes one row of the table: ours, theirs (a package's name first), what, found, bar."""

    def note(*, ours: str, theirs: str, what: str, found: str, bar: str) -> None:
        package, _, part = theirs.partition(" ")
        figure = "0" if found == "0e+00" else found
        request.config.stash[ROWS][ours, f"{package} {version(package)} {part}", what] = (figure, bar)

    return note


def is_strict(config: pytest.Config) -> bool:
    return bool(config.getoption("--require-oracles") or config.getoption("--write-agreement"))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if is_strict(collector.config):
        fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if is_strict(item.config):
        fail_if_skipped(report)
    return report


def fail_if_skipped(report: pytest.CollectReport | pytest.TestReport) -> None:
    if report.outcome == "skipped":
        said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = said.removeprefix("Skipped: ")
        report.outcome, report.longrepr = "failed", f"an oracle is missing: {reason}: run nox -s oracles"


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == FOLDER:
            item.config.stash[LEFT_OUT].append(item.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    if not is_strict(config) or exitstatus != pytest.ExitCode.OK:
        return
    rows, left_out = config.stash[ROWS], not_run(session)
    if left_out:
        told = f"{', '.join(left_out[:3])}{' …' * (len(left_out) > 3)} did not run"
        config.stash[COMPLAINT] = f"{told}, so that the table would lose rows: run all of nox -s oracles"
    elif config.getoption("--write-agreement"):
        write_table(DOCUMENT, rows)
    elif differing := sorted(" | ".join(key) for key in noted_rows(DOCUMENT) ^ rows.keys()):
        told = f"{DOCUMENT}: its table and this run differ in\n  " + "\n  ".join(differing)
        config.stash[COMPLAINT] = f"{told}\nwrite it anew: nox -s oracles -- --write-agreement"
    if COMPLAINT in config.stash:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if COMPLAINT in config.stash:
        terminalreporter.section("agreement", red=True)
        terminalreporter.line(config.stash[COMPLAINT])


def not_run(session: pytest.Session) -> list[str]:
    """Return what of this folder's tests was deselected, not collected, or named apart from its file."""
    collected = {item.path for item in session.items}
    files = [file.name for file in sorted(FOLDER.glob("test_*.py")) if file not in collected]
    beside_named = [f"what is not {name}" for name in session.config.args if "::" in name]
    return [*files, *session.config.stash[LEFT_OUT], *beside_named]


def noted_rows(document: Path) -> set[tuple[str, ...]]:
    """Return what the document's rows compare: their first three cells."""
    return {tuple(row[:3]) for row in table_rows(between(document.read_text(encoding="utf-8"), BEGIN, END))}


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
