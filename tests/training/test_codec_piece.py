"""The codec's piece: when its codebooks begin, and what is another recipe's."""

from __future__ import annotations

import numpy as np
import torch

from josie_bench.model.presets import find_codec
from josie_bench.training.codec_piece import codec_piece
from josie_bench.training.loop import Draws
from josie_bench.training.sections.codec import Keys

KEYS = {
    "preset": "tiny",
    "corpora": {"flite_speech": 1.0},
    "steps": 2,
    "batch": 2,
    "frames": 8,
    "unquantised": 1,
}


def piece(tmp_path, **changes):
    return codec_piece(Keys(**(KEYS | changes)), find_codec("tiny"), tmp_path, tmp_path, lambda _: None, seed=0)


def test_codebooks_begin_after_the_unquantised_steps(speaker, tmp_path):
    made, model = piece(tmp_path)
    draws = Draws(numpy=np.random.default_rng(0), torch=torch.Generator().manual_seed(0))
    codebooks = model.audio_encoder.quantizer.semantic.codebooks
    seeded = codebooks.detach().clone()
    assert "phoneme" not in made.losses(0, draws)
    assert torch.equal(codebooks, seeded)
    assert "phoneme" in made.losses(1, draws)
    assert not torch.equal(codebooks, seeded)


def test_a_piece_is_known_by_all_its_keys_but_the_rate(speaker, tmp_path):
    identity = piece(tmp_path)[0].identity
    assert piece(tmp_path, lr=0.1)[0].identity == identity
    assert piece(tmp_path, batch=3)[0].identity != identity


def test_nothing_is_held_out(speaker, tmp_path):
    assert piece(tmp_path)[0].look() == {}
