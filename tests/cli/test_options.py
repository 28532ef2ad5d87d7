"""What options take: numbers that are none are refused where they are given."""

from __future__ import annotations

import pytest

from tests.cli.calling import called

NUMBERS = {
    "narrow": ("parity", "--loss"),
    "bisect": ("parity", "--tolerance"),
    "loadgen": ("smoke", "--scenario", "server", "--per-second"),
}


@pytest.mark.parametrize("command", NUMBERS)
def test_a_number_that_is_none_is_refused(command, tmp_path):
    suite, *words = NUMBERS[command]
    done = called(command, suite, *words, "nan", cwd=tmp_path)
    assert done.returncode == 2
    assert f"Invalid value for '{words[-1]}': nan is no number" in done.stderr
    assert list(tmp_path.iterdir()) == []
