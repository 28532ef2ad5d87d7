"""Losses of the reference's tokens, worked by hand with a depth transformer whose logits are the hidden state."""

from __future__ import annotations

from collections import defaultdict
from math import log
from types import SimpleNamespace

import numpy as np
import pytest

from josie_bench.bench.token_loss import TokenLoss

SILENCE, NOT_YET = 1, 2
SIZES = SimpleNamespace(text=SimpleNamespace(silence_id=SILENCE), audio=SimpleNamespace(card=NOT_YET))
SAYS, IS_SILENT = [0, 0, 0, 0], [SILENCE, 0, 0, 0]  # text, one semantic and two acoustic codes
SAID, NOTHING, SILENT = [0, 0], [0, NOT_YET], [SILENCE, 0]  # text and semantic code of the frame before
SURE, UNSURE = [log(3.0), 0.0] * 4, [0.0, 0.0] * 4  # 3/4 and 1/2 for 0, step by step


class Depth:
    """Two candidates at each of four steps; their logits lie behind one another in the hidden state."""

    def scores(self, hidden, tokens):
        assert len(tokens) == 4
        yield from hidden.split(2, dim=-1)


def losses(tokens, before, *, engine=UNSURE, reference=SURE, forced=-1, text_noise=(0.0, 0.0)):
    """Return what was noted, by measure, of frames that the reference drew after what came before each."""
    found = defaultdict(list)
    count = len(tokens)
    listeners = TokenLoss(Depth(), SIZES, lambda component, measure, value: found[measure].append(value)).listeners
    seen = [[9, 9], *before]  # what was seen came first
    hidden = np.array([[7.0] * 8] + [engine] * count, dtype=np.float32)
    listeners["temporal_transformer"]({"tokens": np.array([seen])}, {}, {"hidden": hidden[None]})
    inputs = {
        "hidden": np.array([reference] * count, dtype=np.float32),
        "forced": np.array([[forced, -1, -1, -1]] * count),
        "text_noise": np.array([text_noise] * count, dtype=np.float32),
    }
    listeners["depth_transformer"](inputs, {"tokens": np.array(tokens)}, {})
    return dict(found)


def test_a_token_that_one_side_gives_three_quarters_and_the_other_a_half_costs_what_they_say():
    found = losses([SAYS], [SAID])
    assert len(found) == 2 * 3
    for kind in ("text", "semantic", "acoustic"):
        assert found[f"{kind}_loss"] == [pytest.approx(log(2.0))]
        assert found[f"{kind}_loss_reference"] == [pytest.approx(log(4.0 / 3.0))]


def test_a_frame_s_acoustic_loss_is_the_mean_of_its_codes():
    found = losses([[0, 0, 0, 1]], [SAID])
    assert found["acoustic_loss_reference"] == [pytest.approx((log(4.0 / 3.0) + log(4.0)) / 2.0)]


def test_sides_with_the_same_hidden_states_have_the_same_loss_to_the_last_bit():
    found = losses([SAYS, SAYS], [SAID, SAID], engine=SURE)
    assert found["text_loss"] == found["text_loss_reference"]


@pytest.mark.parametrize(
    ("tokens", "before", "counted"),
    [
        (IS_SILENT, SILENT, {"text"}),
        (SAYS, NOTHING, {"text", "semantic"}),
        (IS_SILENT, SAID, {"text", "acoustic"}),
    ],
)
def test_codes_that_nobody_hears_are_not_counted(tokens, before, counted):
    assert {measure.partition("_")[0] for measure in losses([tokens], [before])} == counted


def test_a_text_that_was_forced_is_not_counted():
    assert losses([IS_SILENT], [SILENT], forced=SILENCE) == {}


def test_text_that_may_not_be_drawn_is_no_candidate():
    found = losses([SAYS], [SAID], text_noise=(0.0, -np.inf))
    assert found["text_loss"] == found["text_loss_reference"] == [0.0]


def test_of_frames_that_were_expected_to_be_silent_those_behind_the_first_that_is_not_are_left_out():
    found = losses([IS_SILENT, SAYS, IS_SILENT], [SILENT] * 3)
    assert (len(found["text_loss"]), len(found["semantic_loss"])) == (2, 1)
