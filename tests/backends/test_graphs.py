"""Temporal and depth transformer as one graph: the same answers, state that both ways share, one call a frame.

On the CPU, as all that drives a GPU is tried here.
"""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.backends import COPIES, FRAME, Fusible, OnDevice, cuda_graph, eager, eager_cuda
from josie_bench.backends._device import Device
from josie_bench.conformance.backends import inputs_of
from josie_bench.model.presets import TINY
from josie_bench.model.sizes import COMPONENTS
from josie_bench.runtime.step import LAST_FRAME, Step
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.window import Window
from tests.backends.test_device import source

FIRST, SECOND = "temporal_transformer", "depth_transformer"


def loaded(backend, *kind):
    return {name: backend.load(source(name), *kind) for name in COMPONENTS}


def windows(count=5):
    """Windows of sound; of some the user speaks, and one begins with a word that is typed."""
    random = np.random.default_rng(5)
    for index in range(count):
        sound = random.standard_normal(4 * TINY.audio.frame_samples).astype(np.float32)
        text = "a" if index == 2 else None
        yield Window(index=index, audio=sound, frame_count=4, is_user_speaking=index == 1, text=text)


def encode(text):
    return [ord(letter) for letter in text]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize(
    ("mode", "silence"),
    [("realtime", "drawn"), ("realtime", "gated"), ("realtime", "speculated"), ("turn", "drawn"), ("turn", "gated")],
)
def test_the_answers_are_the_reference_s_to_the_bit(mode, silence, temperature):
    rules = Conversation(mode=mode, silence=silence)
    apart = Step(TINY, loaded(eager), encode, rules, temperature=temperature)
    fused = Step(TINY, loaded(cuda_graph, "cpu"), encode, rules, temperature=temperature, fuses=True)
    for window in windows():
        wanted, found = apart(window), fused(window)
        assert np.array_equal(found.text_ids, wanted.text_ids)
        assert np.array_equal(found.codes, wanted.codes)
        assert np.array_equal(found.audio, wanted.audio)
        assert found.is_drawn_from_numbers


def test_a_frame_is_one_call_and_a_session_beside_it_has_state_of_its_own():
    step = Step(TINY, loaded(cuda_graph, "cpu"), encode, fuses=True)
    other = step.beside()
    first, second = (step(window) for window in windows(2))
    assert [name for name, _, _ in first.spans] == ["audio_encoder", FRAME, FRAME, FRAME, FRAME, "audio_decoder"]
    again = [other(window) for window in windows(2)]
    for one, of_other in zip((first, second), again, strict=True):
        assert np.array_equal(one.audio, of_other.audio)
        assert np.array_equal(one.codes, of_other.codes)
    assert {span.name for span in step.gpu_spans()} == {"audio_encoder", FRAME, "audio_decoder", COPIES}


def test_tokens_and_hidden_states_of_a_frame_are_all_that_comes_to_the_host(monkeypatch):
    step = Step(TINY, loaded(cuda_graph, "cpu"), encode, fuses=True)
    copied = []
    copy_out = Device.copy_out
    monkeypatch.setattr(Device, "copy_out", lambda self, given: copied.append(sorted(given)) or copy_out(self, given))
    step(next(windows()))
    assert copied == [["codes"], *[["held"], ["held"]] * 4, ["audio"]]


def test_both_ways_step_one_state():
    """A step by itself, a fused one, and one by itself again come to the reference's state; one can be taken back."""
    alone = eager.load(source(FIRST))
    first, second = (cuda_graph.load(source(name), "cpu") for name in (FIRST, SECOND))
    fused = first.fused_with(second, LAST_FRAME)
    noise = {name: array for name, array in inputs_of(second.signature, 0).items() if name not in LAST_FRAME}
    for at in range(3):
        given = inputs_of(first.signature, at)
        alone.step(given)
        (fused if at == 1 else first).step({**given, **noise} if at == 1 else given)
    wanted = alone.state()
    assert all(np.array_equal(array, wanted[name]) for name, array in first.state().items())
    assert all(np.array_equal(array, wanted[name]) for name, array in fused.state().items())
    alone.undo()
    first.undo()
    before = alone.state()
    assert any(not np.array_equal(array, wanted[name]) for name, array in before.items())
    assert all(np.array_equal(array, before[name]) for name, array in fused.state().items())


def test_the_signature_is_both_components_without_what_is_handed_on():
    first, second = (cuda_graph.load(source(name), "cpu") for name in (FIRST, SECOND))
    signature = first.fused_with(second, LAST_FRAME).signature
    assert [spec.name for spec in signature.inputs] == [
        *(spec.name for spec in first.signature.inputs),
        "text_noise",
        "audio_noise",
        "forced",
    ]
    assert [spec.name for spec in signature.outputs] == ["hidden", "tokens"]
    assert signature.state == first.signature.state


def test_the_usual_frame_is_captured_when_both_are_joined_and_in_a_fork_anew(monkeypatch):
    parts = loaded(cuda_graph, "cpu")
    captured = []
    capture = Device.capture
    monkeypatch.setattr(Device, "capture", lambda self, run: captured.append(1) or capture(self, run))
    step = Step(TINY, parts, encode, fuses=True)
    assert len(captured) == 2  # one position, from either set of state
    step(Window(index=0, frame_count=4))
    assert len(captured) == 2  # and no more in a window
    step.beside()
    assert len(captured) > 2 + 2  # of the fork's components by themselves, and of the frame


def test_what_is_not_captured_cannot_be_joined():
    assert isinstance(cuda_graph.load(source(FIRST), "cpu"), Fusible)
    plain = eager_cuda.load(source(FIRST), "cpu")
    assert isinstance(plain, OnDevice)
    assert not isinstance(plain, Fusible)
