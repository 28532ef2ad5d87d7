"""`josie-bench weights` as a person calls it: what it prints, what lands on disk, what it refuses."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from safetensors import safe_open
from safetensors.torch import save_file

from josie_bench.cli.weights import command, tell_import
from josie_bench.errors import OutputError, UsageError, WeightsError
from josie_bench.model.checkpoint import preset_counts, save_weights
from josie_bench.model.label import Label
from josie_bench.model.presets import MIMI_24K
from josie_bench.model.published import mimi
from josie_bench.model.weights import build_meta_model
from tests.cli.calling import called, called_apart

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NORM = "temporal_transformer.norm.weight"


def call(*words, cwd, **environment):
    return called_apart("weights", *words, cwd=cwd, env=os.environ | environment)


def refused(*words, error=UsageError):
    """Return the one line that a call within this process ends with."""
    result = CliRunner().invoke(command, [str(word) for word in words])
    assert isinstance(result.exception, error), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


@pytest.fixture
def kyutai_s_mimi(tmp_path):
    """A checkpoint of the real size in a hub's cache, halves of zeros: 79 million numbers."""
    shapes = {name: part.shape for name, part in build_meta_model(MIMI_24K).named_parameters()}
    state = {}
    for rule in mimi.rules(MIMI_24K):
        shape = shapes[rule.ours]
        for key in rule.theirs:
            if key.endswith("cluster_usage"):
                size = shape[1:2]
            elif key.endswith("embed_sum"):
                size = shape[1:]
            else:
                size = (*shape, 1) if key.endswith(("input_proj.weight", "output_proj.weight")) else shape
            state[key] = torch.zeros(size, dtype=torch.bfloat16)
    home = tmp_path / "models--kyutai--mimi"
    snapshot = home / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(COMMIT)
    save_file(state, snapshot / "model.safetensors")
    yield tmp_path
    for file in tmp_path.rglob("*.safetensors"):
        file.unlink()


def test_mimi_comes_in_from_the_hub_s_cache_and_can_be_looked_into(kyutai_s_mimi, tmp_path):
    pytest.importorskip("huggingface_hub")
    offline = {"HF_HUB_CACHE": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = call("import", "kyutai/mimi", "--preset", "mimi-24k", cwd=tmp_path, **offline)
    assert done.returncode == 0, done.stderr
    file = tmp_path / "weights" / "mimi-24k-mimi.safetensors"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    lines = done.stdout.splitlines()
    assert lines[0] == f"from kyutai/mimi@{COMMIT}, layout mimi"
    assert lines[1].startswith("filled: audio_encoder ")
    assert lines[2] == "stays seeded: nothing"
    assert lines[3] == f"weights/mimi-24k-mimi.safetensors: {file.stat().st_size:,} bytes, sha256 {digest}"
    assert lines[4].startswith("mimi-24k is a codec alone")
    with safe_open(file, framework="pt") as reader:
        assert reader.get_slice("audio_decoder.seanet.last.conv.weight").get_dtype() == "BF16"
    told = CliRunner().invoke(command, ["inspect", str(file)]).output
    assert f"source: kyutai/mimi@{COMMIT} (mimi)" in told
    assert "  model.safetensors: sha256 " in told
    assert "BF16, F32" in told  # codebooks are quotients, made in float32


def test_inspecting_says_what_a_file_holds(tmp_path):
    file = tmp_path / "our.safetensors"
    label = Label(preset="tiny", layout="qwen2", source="org/name@0123abc", files={"model.safetensors": "00ff"})
    save_weights(file, {NORM: torch.ones(64), "audio_encoder.a": torch.zeros(2, 3)}, label)
    told = CliRunner().invoke(command, ["inspect", str(file)]).output.splitlines()
    assert told == [
        "preset: tiny",
        "source: org/name@0123abc (qwen2)",
        "  model.safetensors: sha256 00ff",
        "components: audio_encoder 6, temporal_transformer 64",
        f"tensors: 2, {file.stat().st_size} bytes, F32",
    ]


def test_what_stays_seeded_and_how_a_suite_takes_the_file_is_told(tmp_path, capsys):
    file = tmp_path / "our.safetensors"
    label = Label(preset="tiny", layout="qwen2", source="org/name@0123abc", files={})
    save_weights(file, {NORM: torch.ones(64)}, label)
    whole = preset_counts("tiny")
    tell_import(file, {NORM: 64})
    lines = capsys.readouterr().out.splitlines()
    temporal = whole["temporal_transformer"]
    assert lines[1] == f"filled: temporal_transformer 64 of {temporal:,}"
    assert lines[2].startswith(f"stays seeded: audio_encoder {whole['audio_encoder']:,}, vision_encoder ")
    assert f"temporal_transformer {temporal - 64:,} of {temporal:,}, depth_transformer" in lines[2]
    assert lines[4] == f"in a suite of preset tiny, under defaults: weights: [{file}]"


def test_errors_are_one_line_and_exit_2(tmp_path):
    done = call("inspect", "none.safetensors", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "error: none.safetensors: cannot be read: No such file or directory\n"
    done = call("import", "none.safetensors", cwd=tmp_path)
    assert done.returncode == 2
    assert "Missing option '--preset'" in done.stderr


def test_a_preset_that_takes_no_weights_is_refused_before_anything_is_fetched():
    assert "did you mean 'mimi-24k'" in refused("import", "org/name", "--preset", "mimi24k")
    told = refused("import", "org/name", "--preset", "nano", error=WeightsError)
    assert told.startswith("no published weights fit preset nano: josie-v4o takes qwen2, qwen2_vision; mimi-24k takes")


def test_sources_that_are_no_checkpoint_are_refused(tmp_path):
    def of(source):
        return refused("import", source, "--preset", "mimi-24k", error=WeightsError)

    assert "No such file" in of(tmp_path / "none.safetensors")
    assert "no .safetensors file in it (it holds nothing)" in of(tmp_path)
    assert "a pickle can run code" in of(tmp_path / "pytorch_model.bin")
    (tmp_path / "gone").symlink_to("nowhere")
    assert "No such file" in of(tmp_path / "gone")
    told = refused("import", "https://huggingface.co/kyutai/mimi", "--preset", "mimi-24k")
    assert told.endswith("not a path and not a repository's name: write org/name")


def test_an_empty_source_is_not_the_folder_one_stands_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for source in ("", " "):
        told = refused("import", source, "--preset", "mimi-24k")
        assert told == "SOURCE is empty: name a .safetensors file, a folder of them, or org/name"


def test_a_revision_of_a_path_is_refused(tmp_path):
    told = refused("import", tmp_path, "--preset", "mimi-24k", "--revision", "main")
    assert told == f"{tmp_path}: a path has no --revision: leave it out"


def test_an_output_that_could_not_be_loaded_is_refused(tmp_path):
    told = refused("import", tmp_path, "--preset", "mimi-24k", "--output", "weights.bin")
    assert told == "weights.bin: a file of weights ends in .safetensors"


def test_the_source_itself_is_never_written(kyutai_s_mimi):
    source = next(Path(kyutai_s_mimi).rglob("model.safetensors"))
    before = hashlib.sha256(source.read_bytes()).hexdigest()
    link = kyutai_s_mimi / "link.safetensors"
    link.symlink_to(source)
    told = refused("import", source.parent, "--preset", "mimi-24k", "--output", link, error=OutputError)
    assert told == f"{link}: is the source itself: choose another --output"
    assert hashlib.sha256(source.read_bytes()).hexdigest() == before


SUITE = """
schema: josie-bench/suite.v1
name: fits
defaults: {preset: tiny, scenario: compute, backend: eager, windows: 2, warm_up: {windows: 1}}
cases:
  - name: a
    weights: our.safetensors
"""
UNFIT = {
    "nan": (torch.full((64,), torch.nan), f"{NORM} holds NaN or infinity: the file is damaged, fetch it again"),
    "int8": (torch.zeros(64, dtype=torch.int8), f"{NORM} is of type I8, not one of F64, F32, F16, BF16: take un"),
    "shape": (torch.zeros(8, 8), f"parameters 1 of another shape ({NORM} [8, 8] for [64]): import them again"),
}


@pytest.fixture
def suite(tmp_path):
    """Return a function that writes a suite whose file of weights has this tensor as a norm's."""

    def write(tensor):
        label = Label(preset="tiny", layout="qwen2", source="by hand", files={})
        save_weights(tmp_path / "our.safetensors", {NORM: tensor}, label)
        (tmp_path / "suite.yaml").write_text(SUITE.lstrip())
        return "suite.yaml"

    return write


@pytest.mark.parametrize("fault", UNFIT)
@pytest.mark.parametrize("words", [("check",), ("run",), ("run", "--quiet"), ("plan",)], ids=" ".join)
def test_weights_that_do_not_fit_are_one_line_before_there_is_a_run(suite, tmp_path, fault, words):
    tensor, told = UNFIT[fault]
    done = called(*words, suite(tensor), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: suite.yaml:6: weights: ")
    assert told in done.stderr and done.stderr.count("\n") == 1
    assert {entry.name for entry in tmp_path.iterdir()} == {"our.safetensors", "suite.yaml"}


def test_weights_that_fit_are_ok(suite, tmp_path):
    done = called("check", suite(torch.ones(64)), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "suite.yaml: ok: 1 cases, 0 gated\n")


def test_the_mean_of_two_files_is_written_and_says_what_it_is_of(tmp_path):
    label = Label(preset="tiny", layout="trained", source="a recipe", files={})
    for name, value in (("a", 1.0), ("b", 2.0)):
        save_weights(tmp_path / f"{name}.safetensors", {NORM: torch.tensor([value])}, label)
    result = call("mean", "a.safetensors", "b.safetensors", "--output", "c.safetensors", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert hashlib.sha256((tmp_path / "c.safetensors").read_bytes()).hexdigest() in result.stdout
    with safe_open(tmp_path / "c.safetensors", "pt") as file:
        assert file.get_tensor(NORM).tolist() == [1.5]
    alone = refused("mean", tmp_path / "a.safetensors", "--output", tmp_path / "d.safetensors")
    assert "name two files or more" in alone
    files = [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]
    assert "ends in .safetensors" in refused("mean", *files, "--output", tmp_path / "d.bin")
    assert "is the source itself" in refused("mean", *files, "--output", files[1], error=OutputError)
    assert "none.safetensors" in refused(
        "mean", files[0], tmp_path / "none.safetensors", "--output", tmp_path / "d.safetensors", error=WeightsError
    )
