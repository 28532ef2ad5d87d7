"""The loop: a run that was cut is gone on with bit for bit, and what cannot be gone on with says so in one line."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from josie_bench.errors import JosieBenchError, OutputError, TrainingError, WeightsError
from josie_bench.training.loop import CHECKPOINT, CURVE, LAST_SHARE, _placed, _read_checkpoint, learning_rate, train
from tests.training.pieces import EVERY, STEPS, Line, hurried, steps_of


def trained(piece, folder):
    assert list(steps_of(piece, folder))
    return piece


def cut_after(lines, folder, piece=None):
    """Train until so many lines of the curve have come."""
    steps = steps_of(piece or Line(), folder)
    return [next(steps) for _ in range(lines)]


def refused(piece, folder, error=WeightsError):
    with pytest.raises(JosieBenchError) as caught:
        list(steps_of(piece, folder))
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(folder), "FOLDER")


def curve(folder):
    return [json.loads(line) for line in (folder / CURVE).read_text().splitlines()]


def assert_same(one, other):
    left, right = one.module.state_dict(), other.module.state_dict()
    assert left.keys() == right.keys()
    assert [name for name in left if not torch.equal(left[name], right[name])] == []


@pytest.fixture(scope="module")
def uncut(tmp_path_factory):
    """Return a piece that was trained in one go, and its folder."""
    folder = tmp_path_factory.mktemp("uncut")
    return trained(Line(), folder), folder


def test_the_rate_rises_for_a_hundred_steps_and_falls_by_half_a_cosine():
    assert learning_rate(0.1, 0, 1000) == pytest.approx(0.1 / 100)
    assert learning_rate(0.1, 49, 10**6) == pytest.approx(0.1 * 50 / 100, rel=1e-4)
    assert learning_rate(0.1, 500, 1000) == pytest.approx(0.1 * (0.5 * (1 - LAST_SHARE) + LAST_SHARE))
    assert learning_rate(0.1, 250, 1000) == pytest.approx(
        0.1 * ((0.5 + 0.5 / math.sqrt(2)) * (1 - LAST_SHARE) + LAST_SHARE)
    )
    assert learning_rate(0.1, 1000, 1000) == pytest.approx(0.1 * LAST_SHARE)


def test_what_is_learnt_goes_down_and_the_curve_tells_it(uncut):
    _, folder = uncut
    lines = curve(folder)
    assert [line["step"] for line in lines] == list(range(EVERY, STEPS + 1, EVERY))
    assert lines[-1]["losses"]["first"] < lines[0]["losses"]["first"]
    assert lines[2]["lr"] == pytest.approx(learning_rate(0.01, 11, STEPS))
    assert [line["elapsed_s"] for line in lines] == [61.0 * (at + 1) for at in range(len(lines))]


@pytest.mark.parametrize("lines", [1, 3, 7])
def test_a_run_that_was_cut_gives_the_same_weights(lines, uncut, tmp_path):
    assert cut_after(lines, tmp_path)[-1] == lines * EVERY
    gone_on = trained(Line(), tmp_path)
    assert gone_on.taken[0] == lines * EVERY
    assert_same(gone_on, uncut[0])
    keep = ("step", "lr", "losses")
    assert [[line[key] for key in keep] for line in curve(tmp_path)] == [
        [line[key] for key in keep] for line in curve(uncut[1])
    ]


def test_the_checkpoints_of_both_are_the_same(uncut, tmp_path):
    cut_after(5, tmp_path)
    trained(Line(), tmp_path)
    left, right = load_file(tmp_path / CHECKPOINT), load_file(uncut[1] / CHECKPOINT)
    assert left.keys() == right.keys()
    assert all(torch.equal(left[name], right[name]) for name in left)


def test_one_cut_twice_is_the_same_too(uncut, tmp_path):
    cut_after(2, tmp_path)
    cut_after(4, tmp_path)
    assert_same(trained(Line(), tmp_path), uncut[0])


def test_a_trained_piece_is_not_trained_again(uncut):
    piece = Line()
    assert list(steps_of(piece, uncut[1])) == []
    assert piece.taken == []
    assert_same(piece, uncut[0])


def test_the_global_source_of_chance_changes_nothing(uncut, tmp_path):
    torch.manual_seed(99)
    assert_same(trained(Line(), tmp_path), uncut[0])


def test_a_checkpoint_is_written_once_a_minute_and_at_the_end(tmp_path):
    ticks = iter(range(10**6))
    file = tmp_path / CHECKPOINT
    run = train(Line(), tmp_path, seed=3, every=EVERY, clock=lambda: 25.0 * next(ticks))
    written = [file.exists() and file.stat().st_mtime_ns for _ in run]
    assert written[:2] == [False, False]  # 25 and 50 s
    assert len(set(written[2:])) == 4  # 75, 150, 225 s and the last step


def test_a_line_is_the_mean_since_the_one_before(tmp_path):
    every = [line.losses["first"] for line in train(Line(steps=6), tmp_path / "a", seed=3, every=1)]
    found = list(train(Line(steps=6), tmp_path / "b", seed=3, every=4))
    assert [line.step for line in found] == [4, 6]
    assert found[0].losses["first"] == pytest.approx(sum(every[:4]) / 4)
    assert found[1].losses["first"] == pytest.approx(sum(every[4:]) / 2)


def test_every_tenth_line_and_the_last_say_how_good_it_is_at_what_was_held_out(tmp_path):
    found = list(train(Line(steps=25), tmp_path, seed=3, every=1))
    assert {line.step: line.held_out for line in found if line.held_out} == {
        step: {"taken": float(step)} for step in (10, 20, 25)
    }
    assert curve(tmp_path)[9]["held_out"] == {"taken": 10.0}


def test_a_loss_that_is_no_number_ends_it_and_the_checkpoint_stays(tmp_path):
    told = refused(Line(bad=13), tmp_path, TrainingError)
    assert told == (
        "FOLDER: step 13 has a loss or gradient that is no number (first nan): lower lr, and it goes on from step 12"
    )
    gone_on = Line(lr=0.001)
    assert list(steps_of(gone_on, tmp_path))[-1] == STEPS
    assert gone_on.taken[0] == 12


def test_a_gradient_that_is_no_number_ends_it_too(tmp_path):
    piece = Line()
    piece.total = lambda losses: losses["first"] * math.inf
    assert "goes on from step 0" in refused(piece, tmp_path, TrainingError)
    assert not (tmp_path / CHECKPOINT).exists()


def test_what_an_optimiser_keeps_goes_where_its_parameter_is_but_for_the_count_of_steps():
    kept = {name: torch.ones(()) for name in ("step", "exp_avg", "momentum")}
    found = _placed(kept, torch.empty(2, device="meta"))
    assert {name: part.device.type for name, part in found.items()} == {
        "step": "cpu",
        "exp_avg": "meta",
        "momentum": "meta",
    }


@pytest.mark.parametrize("other", [{"identity": "another"}, {"width": 64}], ids=str)
def test_another_recipes_checkpoint_is_refused(other, tmp_path):
    cut_after(2, tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()
    told = refused(Line(**other), tmp_path)
    assert told == f"FOLDER/{CHECKPOINT}: trained by another recipe: take another --output, or delete FOLDER"
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_a_file_that_is_no_checkpoint_of_ours_is_refused(tmp_path):
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(1)}, tmp_path / CHECKPOINT)
    assert "another recipe" in refused(Line(), tmp_path)


@pytest.mark.parametrize("keeps", [0, 5, 0.5])
def test_a_torn_checkpoint_is_one_line(keeps, tmp_path):
    cut_after(2, tmp_path)
    whole = (tmp_path / CHECKPOINT).read_bytes()
    (tmp_path / CHECKPOINT).write_bytes(whole[: int(len(whole) * keeps) if keeps < 1 else keeps])
    told = refused(Line(), tmp_path)
    assert told == f"FOLDER/{CHECKPOINT}: not a whole checkpoint: delete it, and the piece begins anew"


def test_a_checkpoint_that_cannot_be_read_says_why(tmp_path):
    with pytest.raises(WeightsError, match="cannot be read: No such file"):
        _read_checkpoint(tmp_path / CHECKPOINT)


def test_a_torn_curve_is_one_line_and_a_lost_one_costs_itself_alone(uncut, tmp_path):
    cut_after(4, tmp_path)
    whole = (tmp_path / CURVE).read_text()
    (tmp_path / CURVE).write_text(whole[:-20])
    assert "not a curve: delete it" in refused(Line(), tmp_path)
    (tmp_path / CURVE).unlink()
    assert_same(trained(Line(), tmp_path), uncut[0])
    assert curve(tmp_path)[0]["step"] > EVERY


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "taken").write_text("")
    assert "cannot write" in refused(Line(), tmp_path / "taken", OutputError)


def test_a_clock_hurries():
    clock = hurried()
    assert [clock(), clock()] == [0.0, 61.0]


@pytest.mark.slow
def test_a_run_that_was_killed_gives_the_same_weights(uncut, tmp_path):
    root = Path(__file__).parents[2]
    words = [sys.executable, "-m", "tests.training.pieces", str(tmp_path)]
    seen = []
    for lines in (2, 3):
        with subprocess.Popen(words, cwd=root, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
            seen.append([int(process.stdout.readline()) for _ in range(lines)])
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
    assert seen[1][0] > EVERY  # the second went on
    assert_same(trained(Line(), tmp_path), uncut[0])
