"""A case's entry: its name, and that its parts keep their places."""

from __future__ import annotations

import pytest

from josie_bench.errors import SuiteError
from josie_bench.suites.document import Place, Placed, read_document
from josie_bench.suites.entry import read_case

ENTRY = """name: a
seed: 1
matrix:
  grid: {threads: [1, 2]}
budgets:
  - {assert: response_latency.p95 < 3 ms, severity: warn}
"""


def read(folder, text, defaults=None):
    file = folder / "t.yaml"
    file.write_text(text)
    return read_case(read_document(file)[0], file, defaults or {})


def test_an_entry_is_read_with_its_places(tmp_path):
    default = Placed(value=3, at=Place(path=tmp_path, line=7))
    case = read(tmp_path, ENTRY, {"seed": default, "windows": default})
    assert (case.name, case.at.line) == ("a", 1)
    assert {key: (mark.value, mark.at.line) for key, mark in case.settings.items()} == {
        "seed": (1, 2),
        "windows": (3, 7),
    }
    assert [mark.at.line for mark in case.matrix.grid["threads"]] == [4, 4]
    assert [budget.severity for budget in case.budgets] == ["warn"]
    assert case.overrides == {}


@pytest.mark.parametrize("name", ["", "..", "a/../b", "/a", "é", "[a]", "3"])
def test_a_name_that_no_file_or_lock_can_hold_is_refused(tmp_path, name):
    with pytest.raises(SuiteError, match=r"t.yaml:1: .*name"):
        read(tmp_path, ENTRY.replace("name: a", f"name: {name}"))
