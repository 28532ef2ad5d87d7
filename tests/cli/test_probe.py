"""`josie-bench probe`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from josie_bench.cli.probe import command
from josie_bench.corpora import find_corpus
from josie_bench.errors import UsageError, WeightsError
from josie_bench.model.checkpoint import save_weights
from josie_bench.model.label import Label
from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return written(tmp_path_factory.mktemp("probed") / "w.safetensors", "audio_encoder")


def written(file, component):
    tensors = {
        name: part.contiguous() for name, part in build_model(TINY).named_parameters() if name.startswith(component)
    }
    save_weights(file, tensors, Label(preset="tiny", layout="trained", source="x", files={}))
    return file


def run(*words):
    return CliRunner().invoke(command, [str(word) for word in words])


def test_weights_without_an_encoder_are_refused(tmp_path):
    error = run(written(tmp_path / "w.safetensors", "audio_decoder")).exception
    assert isinstance(error, WeightsError)
    assert "holds no audio_encoder" in str(error)


def test_a_corpus_without_phonemes_is_one_line(weights):
    error = run(weights, "--corpus", "mini").exception
    assert isinstance(error, UsageError)
    assert "mini does not say phonemes" in str(error)
    assert "shapes does not say phonemes" in str(run(weights, "--corpus", "shapes").exception)
    assert "did you mean 'mini'" in str(run(weights, "--corpus", "min").exception)


@pytest.mark.skipif(find_corpus("synthetic_speech").needs() is not None, reason="eSpeak NG is not installed")
def test_every_code_gets_a_line_and_json_has_the_same(weights):
    lines = run(weights, "--items", "2").stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == ["nothing", *(f"code_{level}" for level in range(1, 5))]
    told = json.loads(run(weights, "--items", "2", "--json").stdout)
    assert (told["corpus"], list(told["scores"])) == ("synthetic_speech", [line.split(":")[0] for line in lines])
