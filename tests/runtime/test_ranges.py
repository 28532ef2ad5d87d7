"""Ranges around calls: the name is pushed before and popped after, also where the engine raises."""

from __future__ import annotations

import contextlib

import pytest
import torch

from josie_bench.runtime.ranges import Ranged, lacks_ranges


class Engine:
    signature = None

    def __init__(self, events):
        self.events = events

    def step(self, inputs):
        self.events.append("step")
        if inputs is None:
            raise RuntimeError
        return inputs

    def reset(self):
        self.events.append("reset")

    def undo(self):
        self.events.append("undo")

    def state(self, *names):
        return {}


@pytest.fixture
def events(monkeypatch):
    seen = []

    @contextlib.contextmanager
    def fake(name):
        seen.append(f"push {name}")
        try:
            yield
        finally:
            seen.append("pop")

    monkeypatch.setattr("torch.cuda.nvtx.range", fake)
    return seen


def test_a_call_lies_within_the_range_of_its_component(events):
    ranged = Ranged("audio_decoder", Engine(events))
    assert ranged.step({"a": 1}) == {"a": 1}
    ranged.reset()
    ranged.undo()
    assert ranged.state() == {}
    assert events == ["push audio_decoder", "step", "pop", "reset", "undo"]


def test_a_range_ends_with_a_call_that_raises(events):
    with pytest.raises(RuntimeError):
        Ranged("audio_decoder", Engine(events)).step(None)
    assert events[-1] == "pop"


def test_a_pytorch_without_cuda_says_so(monkeypatch):
    monkeypatch.setattr(torch.version, "cuda", None)
    assert "without NVTX" in str(lacks_ranges())
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    assert lacks_ranges() is None
