"""A recipe to its end, on a corpus of tones: what lies there then, and what is not done twice."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from josie_bench.engines.lock import marked_in_use
from josie_bench.errors import UnavailableError, UsageError, WeightsError
from josie_bench.model.checkpoint import load_weights
from josie_bench.model.label import Label, read_label
from josie_bench.model.presets import TINY, find_sizes
from josie_bench.model.weights import build_model, weights_digest
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.training import loop, run
from josie_bench.training.recipe import load_recipe
from josie_bench.training.run import train_recipe
from tests.training.small import LANGUAGE, RECIPE, Talker, save_codec, stand_in

TEXT = RECIPE.lstrip()


def train(tmp_path, text=TEXT, place="out"):
    """Train a recipe and return the lines of its curve, its folder and what it told."""
    file = tmp_path / "quick.yaml"
    file.write_text(text)
    told = []
    lines = list(train_recipe(load_recipe(file), tmp_path / place, tmp_path / "corpora", told.append))
    return lines, tmp_path / place, told


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_recipe_leaves_weights_that_a_model_takes(speaker, tmp_path):
    (line,), folder, _ = train(tmp_path)
    assert (line.section, line.steps, line.progress.step) == ("codec", 2, 2)
    assert {"log_mel", "magnitude", "commitment", "phoneme"} == line.progress.losses.keys()
    assert sorted(path.name for path in folder.iterdir()) == ["codec", "sounds", "weights.safetensors"]
    assert read_label(folder / "weights.safetensors") == Label(
        preset="tiny",
        layout="trained",
        source="josie-bench train quick.yaml",
        files={"quick.yaml": sha256(tmp_path / "quick.yaml")},
    )
    model, seeded = build_model(TINY, seed=0), build_model(TINY, seed=0)
    assert load_weights(model, folder / "weights.safetensors") == {"audio_encoder", "audio_decoder"}
    codes = model.audio_encoder.quantizer.semantic.codebooks
    assert not torch.equal(codes, seeded.audio_encoder.quantizer.semantic.codebooks)
    assert weights_digest(model.temporal_transformer) == weights_digest(seeded.temporal_transformer)


def test_two_never_train_in_one_folder(speaker, tmp_path):
    """They would write one checkpoint in turn."""
    (tmp_path / "out").mkdir()
    with marked_in_use(tmp_path / "out"), pytest.raises(UsageError, match="another training is at work in it: wait"):
        train(tmp_path)
    assert list((tmp_path / "out").iterdir()) == []
    lines, _, _ = train(tmp_path)
    assert len(lines) == 1


def test_the_same_recipe_gives_the_same_file_and_another_seed_another(speaker, tmp_path):
    files = []
    for place, text in (("a", TEXT), ("b", TEXT), ("c", TEXT + "seed: 1\n")):
        torch.manual_seed(len(files))
        _, folder, _ = train(tmp_path, text, place)
        files.append(folder / "weights.safetensors")
    assert sha256(files[0]) == sha256(files[1])
    name = "audio_encoder.quantizer.semantic.codebooks"
    assert not torch.equal(load_file(files[0])[name], load_file(files[2])[name])


def test_a_codec_that_was_cut_gives_the_same_weights(speaker, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "SAVE_EVERY_S", -1.0)
    monkeypatch.setattr(run, "train", partial(loop.train, every=2))
    text = TEXT.replace("steps: 2", "steps: 8").replace("unquantised: 1", "unquantised: 3")
    files = []
    for place, cuts in (("whole", ()), ("cut", (1, 2))):  # before the codebooks have begun, and after
        folder = tmp_path / place
        for lines in cuts:
            going = train_recipe(load_recipe(tmp_path / "quick.yaml"), folder, tmp_path, lambda _: None)
            assert len([line for _, line in zip(range(lines), going, strict=False)]) == lines
            going.close()
        assert train(tmp_path, text, place)[0][-1].progress.step == 8
        files.append(sha256(folder / "weights.safetensors"))
    assert files[0] == files[1]


def test_what_was_trained_is_not_trained_or_heard_again(speaker, tmp_path):
    _, folder, told = train(tmp_path)
    before, heard = sha256(folder / "weights.safetensors"), speaker.heard
    lines, _, told_again = train(tmp_path)
    assert (lines, told_again) == ([], [])
    assert len(told) == 1
    assert sha256(folder / "weights.safetensors") == before
    assert speaker.heard == heard


@pytest.mark.parametrize("change", [("batch: 2", "batch: 3"), ("name: quick", "name: quick\nseed: 4")])
def test_another_recipe_in_its_folder_is_refused(change, speaker, tmp_path):
    train(tmp_path)
    with pytest.raises(WeightsError, match="trained by another recipe"):
        train(tmp_path, TEXT.replace(*change))


def test_another_rate_may_go_on(speaker, tmp_path):
    train(tmp_path)
    assert train(tmp_path, TEXT.replace("batch: 2", "batch: 2\n  lr: 0.001"))[0] == []


def test_a_corpus_that_is_not_here_is_told_before_another_is_spoken(speaker, tmp_path):
    with pytest.raises(UnavailableError, match="josie-bench corpus fetch prompts"):
        train(tmp_path, TEXT.replace("{flite_speech: 1}", "{flite_speech: 1, prompts: 1}"))
    assert speaker.heard == 0


def test_a_crop_longer_than_all_recordings_is_one_line(speaker, tmp_path):
    with pytest.raises(UsageError, match="write fewer frames"):
        train(tmp_path, TEXT.replace("frames: 8", "frames: 800"))


def test_a_language_part_is_trained_over_a_codec_and_both_are_one_file(talker, tmp_path):
    """The codec stays as it was, to the bit; the rest is stored in half."""
    digest = save_codec(tmp_path)
    lines, folder, told = train(tmp_path, LANGUAGE.lstrip())
    assert lines[-1].section == "language"
    assert lines[-1].progress.losses.keys() == {"text", "semantic", "acoustic"}
    assert "converse_words" in lines[-1].progress.held_out
    assert sorted(path.name for path in folder.iterdir()) == ["language", "tapes", "weights.safetensors"]
    assert [line.partition(":")[0] for line in told] == ["transcribe", "converse"] * 2
    model = build_model(TINY, seed=9)
    assert load_weights(model, folder / "weights.safetensors") == {
        *("audio_encoder", "audio_decoder", "temporal_transformer", "depth_transformer")
    }
    assert weights_digest(model.audio_encoder) == digest
    kinds = {name.partition(".")[0]: part.dtype for name, part in load_file(folder / "weights.safetensors").items()}
    assert kinds["audio_encoder"] == kinds["audio_decoder"] == torch.float32
    assert kinds["temporal_transformer"] == kinds["depth_transformer"] == torch.float16


def test_a_language_part_that_was_cut_gives_the_same_weights(talker, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "SAVE_EVERY_S", -1.0)
    monkeypatch.setattr(run, "train", partial(loop.train, every=2))
    save_codec(tmp_path)
    whole = train(tmp_path, LANGUAGE.lstrip(), "whole")[1]
    going = train_recipe(load_recipe(tmp_path / "quick.yaml"), tmp_path / "cut", tmp_path, lambda _: None)
    next(going)
    going.close()
    cut = train(tmp_path, LANGUAGE.lstrip(), "cut")[1]
    assert sha256(whole / "weights.safetensors") == sha256(cut / "weights.safetensors")


def test_codec_and_language_part_of_one_recipe_follow_each_other(speaker, tmp_path, monkeypatch):
    stand_in(monkeypatch, ("synthetic_speech", "talks"), Talker)
    section = LANGUAGE[LANGUAGE.index("language:") :].replace("  weights: [codec.safetensors]\n", "")
    both = TEXT + section
    lines, folder, _ = train(tmp_path, both)
    assert [line.section for line in lines] == ["codec", "language"]
    assert {path.name for path in folder.iterdir()} == {"codec", "language", "sounds", "tapes", "weights.safetensors"}


def test_a_language_part_without_a_codec_is_one_line(talker, tmp_path):
    with pytest.raises(UsageError, match="add a section codec"):
        train(tmp_path, LANGUAGE.lstrip().replace("  weights: [codec.safetensors]\n", ""))
    assert talker.heard == 0


VARIANTS = (
    LANGUAGE[LANGUAGE.index("language:") :].replace("  weights: [codec.safetensors]\n", "")
    + """
seeds: [0, 1]
variants:
  full: {}
  plain: {ablate: [rms_norm]}
  single: {ablate: [dual_stream]}
  bare: {ablate: [temporal]}
"""
)


def test_variants_are_trained_over_one_codec_where_they_quantise_alike_and_are_scored_by_a_suite(
    speaker, tmp_path, monkeypatch
):
    stand_in(monkeypatch, ("synthetic_speech", "talks"), Talker)
    text = TEXT + VARIANTS
    lines, folder, _ = train(tmp_path, text)
    assert [line.variant for line in lines if line.section == "codec"] == ["", ""]
    names = ["full-0", "plain-0", "single-0", "bare-0", "full-1", "plain-1", "single-1", "bare-1"]
    assert [line.variant for line in lines if line.section == "language"] == names
    files = {name: folder / name / "weights.safetensors" for name in names}
    assert {path.name for path in folder.iterdir()} == {
        *("codec-residual", "codec-single", "sounds", "tapes", "suite.yaml"),
        *names,
    }
    assert read_label(files["plain-1"]).ablate == ("rms_norm",)
    for name, switches in (("full-0", ()), ("plain-0", ("rms_norm",)), ("single-1", ("dual_stream",))):
        model = build_model(find_sizes(ModelChoice(preset="tiny", ablate=switches)))
        assert "temporal_transformer" in load_weights(model, files[name])
    again = train(tmp_path, text)[0]
    assert again == []


def test_a_variant_is_what_a_recipe_of_it_alone_would_be(talker, tmp_path):
    """The same seed: first weights, crops and draws are those of the recipe without variants."""
    save_codec(tmp_path)
    alone = train(tmp_path, LANGUAGE.lstrip() + "seed: 1\n", "alone")[1]
    among = train(tmp_path, LANGUAGE.lstrip() + "seeds: [0, 1]\nvariants:\n  full: {}\n", "among")[1]
    first, second = (load_file(place / "weights.safetensors") for place in (alone, among / "full-1"))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_without_m_rope_nothing_is_learnt_otherwise_where_nothing_is_seen(talker, tmp_path):
    """Frames and words stand at one number on all its axes: the row of Table 1 takes a lesson that shows something."""
    save_codec(tmp_path)
    text = LANGUAGE.lstrip() + "variants:\n  full: {}\n  flat: {ablate: [m_rope]}\n"
    folder = train(tmp_path, text)[1]
    full, flat = (load_file(folder / f"{name}-0" / "weights.safetensors") for name in ("full", "flat"))
    assert all(torch.equal(full[name], flat[name]) for name in full)


def test_a_variant_that_was_renamed_is_another_recipe(talker, tmp_path):
    save_codec(tmp_path)
    text = LANGUAGE.lstrip() + "variants:\n  one: {ablate: [m_rope]}\n"
    train(tmp_path, text)
    with pytest.raises(WeightsError, match="trained by another recipe"):
        train(tmp_path, text.replace("{ablate: [m_rope]}", "{}"))
