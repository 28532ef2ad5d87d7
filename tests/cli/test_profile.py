"""`josie-bench profile` as a person calls it."""

from __future__ import annotations

import json

import pytest

from tests.cli.calling import called_apart

SUITE = """
schema: josie-bench/suite.v1
name: quick
defaults: {preset: tiny, scenario: compute}
cases:
  - {name: eager, backend: eager}
  - {name: off, backend: torch_tensorrt, precision: fp16}
  - {name: still, scenario: parity, backend: eager}
"""


@pytest.fixture
def profile(tmp_path, store):
    """Return a function that calls the command."""
    (tmp_path / "quick.yaml").write_text(SUITE)
    return lambda *words: called_apart("profile", *words, "--engines", store, cwd=tmp_path)


def test_a_profile_leaves_its_files_and_says_what_binds(profile, tmp_path):
    done = profile("quick.yaml", "--case", "eager/eager-fp32/w300", "--windows", "3", "--output", "out")
    assert done.returncode == 0, done.stderr
    assert "profiler_start" not in done.stderr
    assert "roof: cpu, fp32, 1 thread" in done.stdout
    document = json.loads((tmp_path / "out" / "profile.json").read_text())
    assert document["cases"][0]["components"][0]["component"] == "audio_encoder"
    assert "<h1>Profile</h1>" in (tmp_path / "out" / "profile.html").read_text()


def test_what_cannot_run_here_is_told_and_nothing_profiled_is_exit_3(profile, tmp_path):
    done = profile("quick.yaml", "--case", "off/torch_tensorrt-fp16/w300", "--output", "out")
    assert done.returncode == 3, done.stderr
    assert "not profiled" in done.stdout
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("quick.yaml", "--case", "still/eager-fp32/w300"), "times nothing"),
        (("quick.yaml", "--case", "eager/eager-fp32/w300", "--nvtx"), "computes on no GPU"),
        (("nanno",), "nanno"),
    ],
)
def test_wrong_words_are_exit_2_in_one_line(profile, words, said):
    done = profile(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
