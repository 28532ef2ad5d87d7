"""`josie-bench narrow`: in real processes, with wrong input, and gone on with."""

from __future__ import annotations

import json

import pytest

from josie_bench.bench.narrowing import PartWidth
from josie_bench.cli.narrow import mix_lines
from tests.cli.calling import called as call_here
from tests.cli.calling import called_apart as call

SUITE = """
schema: josie-bench/suite.v1
name: widths
defaults: {preset: tiny, window: 300 ms, scenario: parity, windows: 12}
cases:
  - {name: wide, backend: eager}
  - {name: half, backend: eager, precision: fp16}
"""


@pytest.fixture
def suite(tmp_path):
    file = tmp_path / "widths.yaml"
    file.write_text(SUITE)
    return file


@pytest.mark.slow  # three processes that load torch
def test_parts_are_narrowed_as_far_as_they_may_and_the_mix_is_compared_too(suite, store, tmp_path):
    """At 16 bits `tiny` is right to 1 % in numbers; its seeded codes flip, and so its encoders may stay wide."""
    done = call("narrow", suite, "--engines", store, "--loss", "0.01", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "What each component may be where it may lose 1.00%" in done.stdout
    assert "eager-fp16" in done.stdout and "weights and state: " in done.stdout
    folder = tmp_path / done.stdout.strip().splitlines()[-1]
    result = json.loads((folder / "result.json").read_text())
    assert [case["status"] for case in result["cases"]] == ["OK"] * len(result["cases"])
    again = call("narrow", "--resume", folder, "--engines", store, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines()[:-1] == done.stdout.splitlines()[:-1]
    nothing = call("narrow", suite, "--engines", store, "--loss", "0", cwd=tmp_path)
    assert "backend: eager\nprecision: fp32\n\n" in nothing.stdout


def test_a_mix_that_cannot_be_compared_is_said():
    parts = [PartWidth(component="audio_encoder", engine=("eager", "fp16"), widest=("eager", "fp32"), widths=())]
    assert list(mix_lines(None, parts)) == ["the mix could not be compared: the first case stays"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--loss", "2"), "2.0 is not in the range 0.0<=x<=1.0"),
        (("--loss", "-0.1"), "-0.1 is not in the range 0.0<=x<=1.0"),
        (("--case", "wide/eager-fp32/w300"), "cases of scenario parity: 1; narrow chooses among two or more"),
        (("--set", "cases.half.windows=13"), "differ in windows"),
    ],
)
def test_wrong_input_is_one_line(suite, tmp_path, words, complaint):
    done = call_here("narrow", suite, *words, cwd=tmp_path)
    assert done.returncode == 2
    assert complaint in done.stderr.strip().splitlines()[-1]
    assert not (tmp_path / "reports").exists()
