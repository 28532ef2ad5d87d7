"""`josie-bench bisect` as a person calls it: the table, its last line, and what each exit code stands for."""

from __future__ import annotations

import pytest

from josie_bench.backends import onnxruntime
from josie_bench.bench.bisect import LayerError
from josie_bench.cli.bisect import verdict
from tests.cli.calling import called_apart

SUITE = """
schema: josie-bench/suite.v1
name: quick
defaults: {preset: tiny, scenario: parity, windows: 4}
cases:
  - {name: graph, backend: onnxruntime}
  - {name: closed, backend: eager}
"""


@pytest.fixture
def look(tmp_path, store):
    """Return a function that calls the command."""
    (tmp_path / "quick.yaml").write_text(SUITE)

    return lambda *words: called_apart("bisect", "quick.yaml", "--engines", store, *words, cwd=tmp_path)


def one(component, *words):
    return ("--case", "graph/onnxruntime-fp32/w300", "--component", component, "--windows", "2", *words)


def needs_onnxruntime():
    if (reason := onnxruntime.unavailable()) is not None:
        pytest.skip(str(reason))


def test_an_engine_that_stays_with_the_reference_is_exit_0(look):
    needs_onnxruntime()
    done = look(*one("temporal_transformer"))
    assert done.returncode == 0, done.stderr
    assert "layers.1.feed.down" in done.stdout
    assert "relative error" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("none beyond its bar; nearest layers.")


def test_one_that_leaves_it_is_exit_1_and_the_last_line_names_the_first_layer(look):
    needs_onnxruntime()
    done = look(*one("temporal_transformer", "--tolerance", "1e-12"))
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[-1].startswith("first beyond 1e-12: layers.0.")


def test_one_that_shows_nothing_is_exit_3_with_the_reason(look):
    done = look("--case", "closed/eager-fp32/w300", "--component", "audio_decoder")
    assert done.returncode == 3, done.stderr
    said = "closed/eager-fp32/w300 audio_decoder: cannot be looked into: eager shows nothing of its inside"
    assert done.stdout.startswith(said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--component", "audio_decodr"), "unknown component 'audio_decodr': did you mean 'audio_decoder'?"),
        (("--case", "graf/onnxruntime-fp32/w300"), "did you mean 'graph/onnxruntime-fp32/w300'?"),
        (("--tolerance", "-1"), "--tolerance"),
        (("--windows", "0"), "--windows"),
    ],
)
def test_a_wrong_word_is_exit_2_and_says_the_near_one(words, said, look):
    done = look(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def layer(name, error, bar=0.01):
    return LayerError(layer=name, error=error, bar=bar)


def test_the_last_line_names_the_first_beyond_its_own_bar():
    layers = [layer("a", 0.02, bar=0.03), layer("layers.2.attention", 0.034), layer("c", 9.0)]
    assert verdict(layers) == "first beyond 0.01: layers.2.attention (relative error 0.034)"


def test_without_one_the_last_line_names_the_nearest():
    layers = [layer("a", 0.009), layer("b", 0.01, bar=0.1), layer("gone", None)]
    assert verdict(layers) == "none beyond its bar; nearest a (relative error 0.009, bar 0.01)"
    assert verdict([layer("gone", None)]) == "none beyond its bar"
