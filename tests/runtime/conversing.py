"""Conversations in float64 for tests of laws that must hold exactly."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch

from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model
from josie_bench.runtime.step import Step
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.window import Window

torch.set_num_threads(1)  # two threads over such small tensors mostly wait for each other

SAMPLES = TINY.audio.frame_samples
HOT = 20.0  # a temperature at which seeded scores hardly matter
HALF_OF_ALL = HOT * np.log(TINY.text.vocabulary)  # this much on top, and a token is drawn about every second time
SILENCE = (TINY.text.silence_id,)


@cache
def double_model(sizes=TINY):
    return build_model(sizes, seed=3).double()


class Double:
    """A component in float64; what it draws can be pushed towards tokens that seeded weights never draw.

    Attributes:
        calls: how often it was stepped.
        undone: how often a step was taken back.
    """

    def __init__(self, component, push=0.0, pushed=SILENCE):
        self._module = component
        self.signature = component.signature()
        self._push, self._pushed = push, list(pushed)
        self.calls = self.undone = 0
        self.reset()

    def reset(self):
        self._state = tuple(t.double() if t.is_floating_point() else t for t in self._module.zero_state())
        self._before = self._state

    def state(self, *names):
        pairs = zip(self.signature.state, self._state, strict=True)
        return {spec.name: tensor.numpy() for spec, tensor in pairs if not names or spec.name in names}

    def undo(self):
        self.undone += 1
        self._state = self._before

    def step(self, inputs):
        self.calls += 1
        tensors = []
        for spec in self.signature.inputs:
            tensor = torch.from_numpy(np.ascontiguousarray(inputs[spec.name]))
            tensor = tensor.double() if tensor.is_floating_point() else tensor
            if spec.name == "text_noise" and self._push:
                tensor = tensor.clone()
                tensor[:, self._pushed] += self._push
            tensors.append(tensor)
        self._before = self._state
        with torch.inference_mode():
            results = self._module(*tensors, *self._state)
        count = len(self.signature.outputs)
        self._state = results[count:]
        return {spec.name: tensor.numpy() for spec, tensor in zip(self.signature.outputs, results[:count], strict=True)}


def make_step(sizes=TINY, rules=None, *, push=0.0, pushed=SILENCE, **settings):
    """Return a step over float64 components, and the components; `push` is added to the scores of `pushed`."""
    model = double_model(sizes)
    parts = {
        name: Double(component, push if name == "depth_transformer" else 0.0, pushed)
        for name, component in model.components().items()
    }
    return Step(sizes, parts, list_of_bytes, rules or Conversation(), **settings), parts


def list_of_bytes(text):
    return list(text.encode())


def sound(frames, seed=0):
    """Return noise whose loudness changes, `[frames * samples]`."""
    draw = np.random.default_rng(seed)
    loudness = np.repeat(draw.uniform(0.02, 0.5, frames), SAMPLES)
    return (loudness * draw.normal(size=frames * SAMPLES)).astype(np.float32)


def pictures(seed, height=36, width=64, count=2):
    draw = np.random.default_rng(1000 + seed)
    return tuple(draw.integers(0, 256, (height, width, 3)).astype(np.uint8) for _ in range(count))


def said(step, windows):
    """Return everything that a conversation says: text, codes and sound, frame by frame."""
    answers = [step(window) for window in windows]
    return (
        np.concatenate([answer.text_ids for answer in answers]),
        np.concatenate([answer.codes[0] for answer in answers], axis=1),
        np.concatenate([answer.audio for answer in answers]),
        np.concatenate([answer.is_silent for answer in answers]),
    )


def cut(audio, cuts, hop, *, speaking=None, seen=True, typed=True):
    """Return windows of `cuts` frames each; pictures come every `hop` frames and a word every 2 · hop.

    A window is split at every multiple of `hop`, so that what is seen comes at the same frame however sound is cut.
    """
    windows, at = [], 0
    for length in cuts:
        end = at + length
        while at < end:
            stop = min(end, at - at % hop + hop)
            is_first = at % hop == 0
            windows.append(
                Window(
                    index=len(windows),
                    frame_count=stop - at,
                    audio=audio[at * SAMPLES : stop * SAMPLES],
                    frames=pictures(at) if seen and is_first else (),
                    text="ab" if typed and at % (2 * hop) == 0 else None,
                    is_user_speaking=None if speaking is None else bool(speaking[at // hop]),
                )
            )
            at = stop
    return windows
