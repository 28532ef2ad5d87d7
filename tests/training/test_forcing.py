"""What training computes is what a session computes: the same hidden states over the same windows, number by number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from josie_bench.model.presets import TINY
from josie_bench.runtime.patches import token_grid
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.window import Window
from josie_bench.training.forcing import hidden_states
from josie_bench.training.sequences import Taken, Tape, batch_of, drawn_tokens
from tests.runtime.conversing import SAMPLES, double_model, list_of_bytes, make_step, pictures, sound

FRAMES, HOP = 36, 3  # more frames than tiny's ring of 24 keeps
SILENCE = TINY.text.silence_id


class Puppet:
    """A depth transformer that draws what it is told, and notes what it would have drawn from.

    Attributes:
        hidden: by frame, what it was given when the frame was settled.
    """

    def __init__(self, component, tokens):
        self._component, self._tokens = component, tokens
        self.signature = component.signature
        self.hidden, self.at = {}, 0

    def reset(self):
        self.at = 0

    def step(self, inputs):
        count = len(inputs["hidden"])
        told = self._tokens[self.at : self.at + count]
        spoken = np.flatnonzero(told[:, 0] != SILENCE)
        settled = int(spoken[0]) + 1 if len(spoken) else count
        for index in range(settled):
            self.hidden[self.at + index] = inputs["hidden"][index]
        self.at += settled
        found = self._component.step(inputs | {"forced": told})["tokens"]
        assert np.array_equal(found, told)
        return {"tokens": found}


def script(seed=0):
    """Return what is written: silence, a stretch of words and pads, silence, one word, silence."""
    draw = np.random.default_rng(seed)
    text = np.full(FRAMES, SILENCE, np.int16)
    text[7:19] = draw.choice([5, 77, TINY.text.pad_id], 12)
    text[26] = 9
    return text


def windows(audio, *, typed=None, seen=()):
    """Return the windows of a session: what is typed in the first, what is seen in those named."""
    return [
        Window(
            index=index,
            frame_count=HOP,
            audio=audio[index * HOP * SAMPLES : (index + 1) * HOP * SAMPLES],
            frames=pictures(index) if index in seen else (),
            text=typed if index == 0 else None,
        )
        for index in range(FRAMES // HOP)
    ]


def codes_of(audio):
    """Return the encoder's codes `[frames, codebooks]` of a whole sound."""
    model = double_model()
    encoder = model.audio_encoder
    carry = encoder.fresh_carry()
    carry.old = {name: part.double() if part.is_floating_point() else part for name, part in carry.old.items()}
    with torch.inference_mode():
        return encoder.step({"audio": torch.from_numpy(audio)[None].double()}, carry)["codes"][0].T.numpy()


def taken_of(parts, session, typed):
    """Return what a session took in, with the codes its vision encoder gave."""
    rows, columns = token_grid(36, 64, TINY.vision.token_budget, TINY.vision.token_pixels)
    found = []
    parts["vision_encoder"].reset()
    for window in session:
        ids = tuple(list_of_bytes(typed)) if window.text else ()
        seen = None
        if window.frames:
            seen = seen_codes(parts, window)
        if ids or seen is not None:
            found.append(Taken(at=window.index * HOP, typed=ids, seen=seen, columns=columns, frame_count=HOP))
    assert rows * columns <= TINY.vision.token_budget
    return tuple(found)


def seen_codes(parts, window):
    from josie_bench.runtime.patches import cut_patches, patch_layout

    sizes = TINY.vision
    height, width = window.frames[0].shape[:2]
    rows, columns = token_grid(height, width, sizes.token_budget, sizes.token_pixels)
    layout = patch_layout(rows, columns, sizes.merge, sizes.cells)
    patches = cut_patches(window.frames, sizes, layout)
    return parts["vision_encoder"].step({"patches": patches, "grid": layout.grid, "cell": layout.cell})["codes"][0]


@pytest.mark.parametrize("silence", ["drawn", "gated", "speculated"])
@pytest.mark.parametrize("typed", [None, "transcribe"])
@pytest.mark.parametrize("seen", [(), (0, 2, 3, 7)])
def test_a_sequence_has_the_hidden_states_of_a_session(silence, typed, seen):
    heard = sound(FRAMES, seed=1)
    said = sound(FRAMES, seed=2)
    tape = Tape(
        heard=codes_of(heard).astype(np.int16),
        own=codes_of(said).astype(np.int16),
        text=script(),
        aloud=script() != SILENCE,
        starts=np.ones(FRAMES, bool),
    )
    session = windows(heard, typed=typed, seen=seen)
    rules = Conversation(turn_taking="model", silence=silence)
    _, parts = make_step(rules=rules)
    tape = replace(tape, taken=taken_of(parts, session, typed))
    puppet = Puppet(parts["depth_transformer"], drawn_tokens(tape))
    step, parts = make_step(rules=rules)
    step = step.over(parts | {"depth_transformer": puppet})
    for window in session:
        step(window)
    batch = batch_of([tape], TINY, are_gated=[silence != "drawn"])
    with torch.inference_mode():
        hidden = hidden_states(double_model().temporal_transformer, batch.inputs)[0, batch.frames[0]].numpy()
    stepped = np.stack([puppet.hidden[frame] for frame in range(FRAMES)])
    assert hidden.shape == stepped.shape
    assert np.abs(hidden - stepped).max() < 1e-9
    assert np.abs(np.diff(stepped, axis=0)).max(axis=1).min() > 1e-3  # no frame is like the next
