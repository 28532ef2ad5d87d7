"""`josie-bench judge`: what stops it before anything is judged."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from josie_bench.bench.quality import Judges
from josie_bench.cli import judge as module
from josie_bench.cli.judge import command
from josie_bench.errors import UnavailableError, UsageError, WeightsError
from josie_bench.model.checkpoint import save_weights
from josie_bench.model.label import Label
from josie_bench.model.presets import find_codec
from josie_bench.model.weights import build_model
from josie_bench.terms.judged import JudgedItem, JudgeUse
from josie_bench.terms.result import MetricScore
from josie_bench.terms.score import Interval, NotAvailable
from tests.corpora.packaging import wav_of


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
    def cut_off(*_, **__):
        yield JudgedItem(item="i0", cluster="s", task="codec", texts={"after": "b"})
        raise KeyboardInterrupt

    monkeypatch.setattr("josie_bench.bench.quality.cannot_judge", lambda *_: None)
    monkeypatch.setattr("josie_bench.bench.quality.judge_items", cut_off)
    CliRunner().invoke(command, [str(weights), "--corpus", "mini", "--output", str(tmp_path / "rows.jsonl")])
    assert json.loads((tmp_path / "rows.jsonl").read_text())["texts"] == {"after": "b"}


def test_a_corpus_that_is_not_known_or_not_here_is_told(weights, tmp_path):
    error = fail(weights, "--corpus", "prompt_en", "--folder", tmp_path)
    assert isinstance(error, UsageError)
    assert "did you mean 'prompts_en'" in str(error)
    error = fail(weights, "--corpus", tmp_path / "mine")
    assert isinstance(error, UnavailableError)
    assert "mine: no such folder" in str(error)
    error = fail(weights, "--folder", tmp_path)
    assert isinstance(error, UnavailableError)
    assert "josie-bench corpus fetch prompts_en" in str(error)


def known_judges(*_):
    uses = (JudgeUse(role="normaliser", identity="small:1"), JudgeUse(role="stoi", reason="no pystoi: pip install it"))
    return Judges(uses=uses, opened={"normaliser": str.lower})


def test_no_judge_at_all_says_how_to_get_one(weights, monkeypatch):
    monkeypatch.setattr("josie_bench.bench.quality.cannot_judge", lambda *_: "no judge: pip install it")
    error = fail(weights, "--corpus", "mini")
    assert isinstance(error, UnavailableError)
    assert str(error) == "no judge: pip install it"


def test_a_judge_that_is_missing_leaves_its_figures_out(weights, monkeypatch):
    monkeypatch.setattr("josie_bench.bench.quality.cannot_judge", lambda *_: None)
    monkeypatch.setattr("josie_bench.bench.quality.open_judges", known_judges)
    shown = CliRunner().invoke(command, [str(weights), "--corpus", "mini", "--items", "1"])
    assert "stoi.mean: n/a: no pystoi: pip install it" in shown.output
    assert "1 items of mini; judges: small:1; no stoi (no pystoi: pip install it)" in shown.output
    assert "task_parity" not in shown.output
    told = CliRunner().invoke(command, [str(weights), "--corpus", "mini", "--items", "1", "--json"])
    assert json.loads(told.stdout)["scores"]["stoi.mean"]["na"]["reason"] == "no_judge"


def test_a_folder_of_one_s_own_is_judged_by_its_name(weights, monkeypatch, tmp_path):
    monkeypatch.setattr("josie_bench.bench.quality.cannot_judge", lambda *_: None)
    monkeypatch.setattr("josie_bench.bench.quality.open_judges", known_judges)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/a.wav").write_bytes(wav_of(np.full(1600, 0.25)))
    said = {"audio": "a.wav", "text": "Good evening to all.", "language": "en", "split": "test"}
    (tmp_path / "mine/transcripts.jsonl").write_text(json.dumps(said), encoding="utf-8")
    done = CliRunner().invoke(command, [str(weights), "--corpus", "mine", "--folder", str(tmp_path)])
    assert "1 items of mine; judges: small:1" in done.output


def test_numbers_are_shown_with_what_they_rest_on():
    interval = Interval(level=0.95, low=0.01, high=0.052, method="bootstrap over 40 items, within one cluster")
    blank = MetricScore(value=None, unit="", direction="", definition="", origin="", n=0)
    score = replace(blank, value=0.0312, n=40, ci=interval)
    assert module._shown("wer_codec.source", score) == "3.1 % [1.0, 5.2] (bootstrap over 40 items, within one cluster)"
    assert (
        module._shown("dnsmos.p808.after", replace(blank, value=3.214, n=5))
        == "3.21 (n 5, no interval: too few, or all alike)"
    )
    assert (
        module._shown("pesq.mean", replace(blank, na=NotAvailable(reason="no_samples", detail="no item")))
        == "n/a: no item"
    )
