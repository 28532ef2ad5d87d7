"""The run that holds the model against implementations by others: it is never green with one of them missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

HERE = Path(__file__).parent
OPTIONS = """
def pytest_addoption(parser):
    parser.addoption("--write-agreement", action="store_true")
    parser.addoption("--require-oracles", action="store_true")
"""
ONE = """
import pytest

pytestmark = pytest.mark.oracle


def test_one(agreement):
    agreement(ours="a", theirs="numpy array", what="sums", found="0e+00", bar="1e-5")


def test_two(agreement):
    agreement(ours="b", theirs="numpy array", what="sums", found="2e-05", bar="1e-5")
"""
OTHER = """
import pytest

pytestmark = pytest.mark.oracle
WHERE
def test_three():
    NOW
"""
PAGE = f"""# Page

<!-- agreement: begin -->

| ours | theirs | what is compared | agreement | bar |
| --- | --- | --- | --- | --- |
| a | numpy {version("numpy")} array | sums | 0 | 1e-5 |
| b | numpy {version("numpy")} array | sums | 2e-05 | 1e-5 |

<!-- agreement: end -->

end
"""
WRITE, REQUIRE = "--write-agreement", "--require-oracles"


@pytest.fixture
def folder(tmp_path):
    """Return a checkout with three oracles, whose page holds their rows."""
    oracles = tmp_path / "tests" / "oracles"
    oracles.mkdir(parents=True)
    for name in ("marked_text.py", "oracles/conftest.py"):
        shutil.copy(HERE / name, tmp_path / "tests" / name)
    (tmp_path / "tests" / "conftest.py").write_text(OPTIONS)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "model.md").write_text(PAGE)
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\ntestpaths = tests\nmarkers = oracle\n")
    (oracles / "test_one.py").write_text(ONE)
    write_other(tmp_path)
    return tmp_path


def write_other(folder, where="", now="assert True"):
    file = folder / "tests" / "oracles" / "test_other.py"
    file.write_text(OTHER.replace("WHERE", where).replace("NOW", now))


def page(folder):
    return (folder / "docs" / "model.md").read_text()


def run(folder, *words):
    """Return the exit code of the oracles' run and what it printed."""
    command = [sys.executable, "-m", "pytest", "--import-mode=importlib", "-m", "oracle", *words]
    plain = {"PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "200"}
    done = subprocess.run(command, cwd=folder, env=os.environ | plain, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_a_whole_run_writes_the_table_and_then_finds_it_current(folder):
    (folder / "docs" / "model.md").write_text(re.sub(r"\| b .*\n", "", PAGE).replace("2e-05", "gone"))
    assert run(folder, REQUIRE)[0] == 1
    assert run(folder, REQUIRE, WRITE)[0] == 0
    assert page(folder) == PAGE
    code, told = run(folder, REQUIRE)
    assert (code, "3 passed" in told) == (0, True)


def test_other_figures_are_current_and_other_rows_are_not(folder):
    file = folder / "tests" / "oracles" / "test_one.py"
    file.write_text(ONE.replace("2e-05", "3e-05"))
    assert run(folder, REQUIRE)[0] == 0
    file.write_text(ONE.replace('ours="b"', 'ours="c"'))
    code, told = run(folder, REQUIRE)
    assert code == 1
    assert "\n  b | numpy" in told and "\n  c | numpy" in told
    assert "write it anew: nox -s oracles -- --write-agreement" in told
    assert page(folder) == PAGE


@pytest.mark.parametrize(("option", "place"), [(REQUIRE, "where"), (WRITE, "where"), (REQUIRE, "now"), (WRITE, "now")])
def test_an_oracle_that_is_not_installed_fails_the_run(folder, option, place):
    write_other(folder, **{place: 'pytest.importorskip("no_such_oracle")'})
    code, told = run(folder, option)
    assert code in (1, 2)
    assert "an oracle is missing: could not import 'no_such_oracle'" in told
    assert page(folder) == PAGE


@pytest.mark.parametrize(
    ("option", "words", "left_out"),
    [
        (REQUIRE, "-k two", "test_one.py::test_one"),
        (WRITE, "-k two", "test_one.py::test_one"),
        (WRITE, "--deselect tests/oracles/test_one.py::test_two", "test_one.py::test_two"),
        (REQUIRE, "tests/oracles/test_one.py", "test_other.py"),
        (WRITE, "tests/oracles/test_one.py", "test_other.py"),
        (WRITE, "tests/oracles/test_one.py::test_one tests/oracles/test_other.py", "what is not tests"),
    ],
)  # fmt: skip
def test_a_part_of_the_oracles_neither_passes_nor_writes(folder, option, words, left_out):
    code, told = run(folder, option, *words.split())
    assert (code, " failed" in told) == (1, False)
    assert left_out in told and "would lose rows: run all of nox -s oracles" in told
    assert page(folder) == PAGE


def test_without_the_options_any_part_may_run(folder):
    write_other(folder, 'pytest.importorskip("no_such_oracle")')
    code, told = run(folder, "-k", "two or three")
    assert (code, "1 passed, 1 skipped" in told) == (0, True)


def test_nox_requires_every_oracle():
    source = (HERE.parent / "noxfile.py").read_text(encoding="utf-8")
    assert REQUIRE in source.partition("def oracles")[2].partition("\n\n\n")[0]
