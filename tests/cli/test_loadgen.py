"""`josie-bench loadgen` as a person calls it; what LoadGen says is tested where it is installed."""

from __future__ import annotations

import pytest

from josie_bench.bench.loadgen import unavailable
from tests.cli.calling import called_apart

SUITE = """
schema: josie-bench/suite.v1
name: quick
defaults: {preset: tiny, scenario: compute}
cases:
  - {name: one, backend: eager}
  - {name: two, backend: eager}
"""


@pytest.fixture
def ask(tmp_path, store):
    """Return a function that calls the command."""
    (tmp_path / "quick.yaml").write_text(SUITE)
    return lambda *words: called_apart("loadgen", "quick.yaml", *words, "--engines", store, cwd=tmp_path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "quick.yaml has 2 cases, and LoadGen asks one: name it with --case"),
        (("--case", "one/eager-fp32/w300", "--component", "audio_decodr"), "audio_decoder"),
        (("--case", "one/eager-fp32/w300", "--scenario", "multi-stream"), "single-stream"),
    ],
)
def test_wrong_words_are_exit_2(ask, words, said):
    done = ask(*words)
    assert done.returncode == 2
    assert said in done.stderr


def test_without_the_library_it_says_how_to_install_it_and_with_it_the_figures(ask, tmp_path):
    done = ask("--case", "one/eager-fp32/w300", "--component", "audio_decoder", "--queries", "70", "--output", "out")
    if unavailable() is not None:
        assert done.returncode == 3
        assert done.stderr == "error: mlcommons-loadgen is not installed: pip install 'josie-bench[loadgen]'\n"
        assert not (tmp_path / "out").exists()
        return
    assert "LoadGen calls its result" in done.stdout
    assert done.returncode == (0 if "result VALID" in done.stdout else 3)
    assert {"loadgen.json", "mlperf_log_summary.txt", "mlperf_log_detail.txt"} <= {
        path.name for path in (tmp_path / "out").iterdir()
    }
