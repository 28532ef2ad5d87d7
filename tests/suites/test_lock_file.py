"""Lock files that cannot be written."""

from __future__ import annotations

import pytest

from josie_bench.errors import OutputError
from josie_bench.suites.lock_file import write_lock


def test_a_lock_that_cannot_be_written_names_its_path(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match="lock"):
        write_lock({"name": "x"}, tmp_path / "taken" / "suite.lock.yaml")
