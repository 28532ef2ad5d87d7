"""`josie-bench judge`: what stops it before anything is judged."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from josie_bench.bench.resynthesis import Resynthesis
from josie_bench.cli import judge as module
from josie_bench.cli.judge import command
from josie_bench.errors import UnavailableError, UsageError, WeightsError
from josie_bench.model.checkpoint import save_weights
from josie_bench.model.label import Label
from josie_bench.model.presets import find_codec
from josie_bench.model.weights import build_model
from josie_bench.terms.score import Interval, Score, missing


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    file = tmp_path_factory.mktemp("judged") / "w.safetensors"
    tensors = {name: part.contiguous() for name, part in build_model(find_codec("nano")).named_parameters()}
    save_weights(file, tensors, Label(preset="nano", layout="trained", source="x", files={}))
    return file


def fail(*words):
    return CliRunner().invoke(command, [str(word) for word in words]).exception


def test_weights_that_are_not_there_are_one_line(tmp_path):
    error = fail(tmp_path / "none.safetensors")
    assert isinstance(error, WeightsError)
    assert "none.safetensors" in str(error)


def test_a_codec_that_is_not_whole_is_not_judged(tmp_path):
    """The other half would be drawn from a seed, and its numbers would look like any."""
    file = tmp_path / "half.safetensors"
    half = {
        name: part.contiguous()
        for name, part in build_model(find_codec("nano")).named_parameters()
        if name.startswith("audio_encoder")
    }
    save_weights(file, half, Label(preset="nano", layout="trained", source="x", files={}))
    error = fail(file, "--corpus", "mini")
    assert isinstance(error, WeightsError)
    assert "holds no whole codec" in str(error)


def test_one_that_hears_no_words_is_no_recogniser(weights):
    assert "hears no words" in str(fail(weights, "--corpus", "mini", "--recogniser", "stoi"))
    assert "did you mean 'whisper_base'" in str(fail(weights, "--corpus", "mini", "--recogniser", "whisper_bas"))


def test_what_was_judged_before_an_interrupt_is_kept(weights, monkeypatch, tmp_path):
    judges = {"recogniser": None, "normaliser": str.lower, "quality": None, "fidelity": None}
    monkeypatch.setattr(module, "_opened", lambda members, recogniser: judges)

    def cut_off(*_):
        yield Resynthesis(
            item="i0", cluster="s", reference="a", before="a", after="b",
            quality_before={}, quality_after={}, fidelity={},
        )  # fmt: skip
        raise KeyboardInterrupt

    monkeypatch.setattr("josie_bench.bench.resynthesis.judge_codec", cut_off)
    CliRunner().invoke(command, [str(weights), "--corpus", "mini", "--output", str(tmp_path / "rows.jsonl")])
    assert json.loads((tmp_path / "rows.jsonl").read_text())["after"] == "b"


def test_a_corpus_that_is_not_known_or_not_here_is_told(weights, tmp_path):
    error = fail(weights, "--corpus", "prompt_en", "--folder", tmp_path)
    assert isinstance(error, UsageError)
    assert "did you mean 'prompts_en'" in str(error)
    error = fail(weights, "--folder", tmp_path)
    assert isinstance(error, UnavailableError)
    assert "josie-bench corpus fetch prompts_en" in str(error)


def test_a_judge_that_is_not_here_says_how_to_get_it(weights, monkeypatch):
    missing_one = UnavailableError("whisper is not installed", mend="pip install it")

    def refuse(members, recogniser):
        raise missing_one

    monkeypatch.setattr(module, "_opened", refuse)
    assert fail(weights, "--corpus", "mini") is missing_one


def test_a_corpus_without_words_to_test_with_is_told(weights, monkeypatch):
    judges = {"recogniser": None, "normaliser": lambda text: "", "quality": None, "fidelity": None}
    monkeypatch.setattr(module, "_opened", lambda members, recogniser: judges)
    assert "corpus mini has no item with a transcript to test with" in str(fail(weights, "--corpus", "mini"))


def test_numbers_are_shown_with_what_they_rest_on():
    interval = Interval(level=0.95, low=0.01, high=0.052, method="bootstrap over 40 items, within one cluster")
    score = Score(value=0.0312, n=40, interval=interval)
    assert module._shown("wer_codec", score) == "3.1 % [1.0, 5.2] (bootstrap over 40 items, within one cluster)"
    assert module._shown("p808.after", Score(value=3.214, n=5)) == "3.21 (n 5, too few for an interval)"
    assert module._shown("wer_codec", missing("no_samples", "no item")) == "n/a: no item"
