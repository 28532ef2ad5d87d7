"""`josie-bench train` as a person calls it: what it prints, and the exit codes."""

from __future__ import annotations

import pytest

from josie_bench.backends._cuda_driver import gpu_here
from josie_bench.backends._device import lacks_gpu
from josie_bench.cli import Terminated
from josie_bench.cli.train import _told
from josie_bench.corpora import find_corpus
from josie_bench.errors import UnavailableError
from josie_bench.training import codec
from tests.cli.calling import called
from tests.training.small import RECIPE, stand_in

SUITE = """
schema: josie-bench/suite.v1
name: trained
cases:
  - {name: spoken, preset: tiny, weights: out/weights.safetensors}
"""


@pytest.fixture
def speaker(monkeypatch):
    return stand_in(monkeypatch)


@pytest.fixture
def train(tmp_path, speaker):
    """Return a function that calls the command on a small recipe."""
    (tmp_path / "quick.yaml").write_text(RECIPE)
    return lambda *words, recipe="quick.yaml": called("train", recipe, "--threads", 1, *words, cwd=tmp_path)


def test_suites_and_recipes_are_listed_apart(tmp_path):
    suites = called("list", "suites", cwd=tmp_path).stdout
    assert "smoke" in suites
    assert "train_nano" not in suites
    recipes = called("list", "recipes", cwd=tmp_path).stdout
    assert "train_nano" in recipes
    assert "smoke" not in recipes


def test_a_recipe_is_checked_as_one(train, tmp_path):
    done = called("check", "train_nano", "quick.yaml", "smoke", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == "quick.yaml: ok: a recipe: tiny, 2 steps of codec"
    assert [": ok: a recipe: nano, " in line for line in done.stdout.splitlines()] == [True, False, False]
    (tmp_path / "quick.yaml").write_text(RECIPE.replace("flite_speech", "prompts_en"))
    broken = called("check", "quick.yaml", cwd=tmp_path)
    assert broken.returncode == 2
    assert broken.stderr == ("error: quick.yaml:6: corpus prompts_en is for tests and never trained on: leave it out\n")


def test_a_recipe_is_not_run(train, tmp_path):
    done = called("run", "quick.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("error: quick.yaml:2: is a recipe, no suite: use it with: josie-bench train quick.yaml\n")


def test_a_recipe_is_trained_and_its_weights_are_named(train, tmp_path):
    done = train()
    assert done.returncode == 0, done.stderr
    curve, weights = done.stdout.splitlines()
    assert curve.startswith("codec: step 2 of 2  ")
    assert "log_mel" in curve
    assert weights == "training/quick/weights.safetensors"
    assert "<h1>quick</h1>" in (tmp_path / "training/quick/curves.html").read_text()
    assert (tmp_path / weights).is_file()
    may = "flite_speech (CC0-1.0): weights trained on it may be shipped\n"
    assert done.stderr == f"flite_speech: 4 recordings are read or spoken\n{may}"
    again = train()
    assert (again.returncode, again.stdout, again.stderr) == (0, weights + "\n", may)


def test_whom_to_credit_and_what_stays_here_is_told():
    assert _told("prompts").endswith(f"may be shipped; credit {find_corpus('prompts').credit}")
    assert "GPL-2.0-only" in _told("stamps")
    assert "weights trained on it stay here" in _told("stamps")


def test_weights_say_what_they_are(train, tmp_path):
    train("--output", "out")
    done = called("weights", "inspect", "out/weights.safetensors", cwd=tmp_path)
    assert done.returncode == 0
    assert "source: josie-bench train quick.yaml (trained)" in done.stdout
    suite = SUITE
    (tmp_path / "suite.yaml").write_text(suite)
    assert called("check", "suite.yaml", cwd=tmp_path).returncode == 0
    (tmp_path / "suite.yaml").write_text(suite.replace("tiny", "nano"))
    assert "of preset tiny, not of nano" in called("check", "suite.yaml", cwd=tmp_path).stderr


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ("train_nan", "unknown recipe 'train_nan': did you mean 'train_nano'?"),
        ("none.yaml", "none.yaml: cannot be read: No such file or directory: give a recipe's name or path"),
        ("smoke", "is a suite, no recipe: use it with: josie-bench run"),
    ],
)
def test_what_is_no_recipe_ends_with_two(recipe, words, train):
    done = train(recipe=recipe)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_folder_that_cannot_be_written_ends_with_two_before_anything_is_spoken(train, speaker, tmp_path):
    (tmp_path / "taken").write_text("")
    done = train("--output", "taken/out")
    assert done.returncode == 2
    assert done.stderr == "error: cannot write taken/out: a part of its path is a file, not a folder\n"
    assert speaker.heard == 0


def test_a_torn_checkpoint_ends_with_two(train, tmp_path):
    train()
    (tmp_path / "training/quick/codec/checkpoint.safetensors").write_bytes(b"torn")
    done = train()
    assert done.returncode == 2
    assert "not a whole checkpoint: delete it" in done.stderr


def test_a_missing_program_ends_with_three_and_how_to_get_it(train, speaker):
    speaker.missing = "flite is not installed: apt-get install flite"
    done = train()
    assert (done.returncode, done.stderr) == (3, "error: flite is not installed: apt-get install flite\n")


def test_a_program_that_fails_while_it_speaks_ends_with_three(train, speaker):
    speaker.fault = UnavailableError("flite wrote no sound (exit 1)")
    done = train()
    assert done.returncode == 3
    assert done.stderr.endswith("error: flite wrote no sound (exit 1)\n")


def test_a_corpus_that_was_not_fetched_ends_with_three(train, tmp_path):
    (tmp_path / "quick.yaml").write_text(RECIPE.replace("flite_speech", "prompts"))
    done = train("--folder", "elsewhere")
    assert done.returncode == 3
    assert "corpus prompts is not in elsewhere: fetch it with: josie-bench corpus fetch prompts" in done.stderr


@pytest.mark.skipif(gpu_here() is not None, reason="there is a GPU here")
def test_without_a_gpu_there_is_none_to_train_on_and_nothing_is_spoken(train, speaker):
    done = train("--device", "cuda")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"error: {lacks_gpu(instead='train without --device cuda')}\n"
    assert speaker.heard == 0


def test_the_cpu_may_be_named_and_no_third_place(train):
    assert train("--device", "cpu").returncode == 0
    done = train("--device", "mps")
    assert done.returncode == 2
    assert "'mps' is not one of 'cpu', 'cuda'" in done.stderr


def test_a_loss_that_is_no_number_ends_with_three(train, monkeypatch):
    monkeypatch.setitem(codec.WEIGHTS, "log_mel", float("nan"))
    done = train()
    assert done.returncode == 3
    assert "step 0 has a loss or gradient that is no number" in done.stderr
    assert done.stderr.endswith("lower lr, and it goes on from step 0\n")


@pytest.mark.parametrize(("stop", "code"), [(KeyboardInterrupt, 130), (Terminated, 143)])
def test_an_interrupt_says_how_to_go_on(stop, code, train, speaker):
    speaker.fault = stop()
    done = train("--output", "some where")
    assert done.returncode == code
    assert "go on with: josie-bench train quick.yaml --threads 1 --output 'some where'\n" in done.stderr
    speaker.fault = None
    assert train("--output", "some where").returncode == 0


def test_variants_leave_a_suite_that_scores_them(train, tmp_path):
    """Files of weights that learnt without a part fit the case that is without it."""
    variants = "seeds: [0]\nvariants:\n  full: {}\n  single: {ablate: [dual_stream]}\n"
    (tmp_path / "quick.yaml").write_text(RECIPE + variants)
    done = train("--output", "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "score them with: josie-bench run out/suite.yaml"
    checked = called("check", "out/suite.yaml", cwd=tmp_path)
    assert checked.stdout == "out/suite.yaml: ok: 2 cases, 0 gated\n", checked.stderr
    suite = tmp_path / "out" / "suite.yaml"
    suite.write_text(suite.read_text().replace("  ablate:\n  - dual_stream\n", ""))
    broken = called("check", "out/suite.yaml", cwd=tmp_path)
    assert broken.returncode == 2
    assert "learnt without dual_stream, which this model has: write ablate: [dual_stream] beside it" in broken.stderr
