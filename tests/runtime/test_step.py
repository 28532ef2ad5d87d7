"""The wiring, seen through executables that remember what they were given."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.model.presets import TINY
from josie_bench.runtime.step import Step
from josie_bench.terms.window import Window

CODEBOOKS, CARD = TINY.audio.codebooks, TINY.audio.card
SAMPLES = TINY.audio.frame_samples


class Remembering:
    """Answers with counted values and keeps its inputs."""

    def __init__(self, answer):
        self.calls, self.resets, self._answer = [], 0, answer

    def step(self, inputs):
        self.calls.append({name: np.array(value) for name, value in inputs.items()})
        return self._answer(inputs, len(self.calls))

    def reset(self):
        self.resets += 1


def draw(inputs, call):
    """Token values tell the call: text 10+n, semantic 20+n, acoustic 30+n."""
    forced = inputs["forced"][0]
    tokens = np.array([10 + call, 20 + call] + [30 + call] * (CODEBOOKS - 1))
    return {"tokens": np.where(forced >= 0, forced, tokens)[None]}


@pytest.fixture
def parts():
    def frames(inputs):
        return inputs["audio"].shape[1] // SAMPLES

    return {
        "audio_encoder": Remembering(
            lambda i, n: {"codes": np.arange(CODEBOOKS)[None, :, None] + 10 * np.arange(frames(i))[None, None] + 0 * n}
        ),
        "vision_encoder": Remembering(
            lambda i, n: {"codes": np.full((1, i["patches"].shape[1], i["patches"].shape[2] // 4, 2), 7)}
        ),
        "temporal_transformer": Remembering(lambda i, n: {"hidden": np.full((1, i["kind"].shape[1], 64), n)}),
        "depth_transformer": Remembering(draw),
        "audio_decoder": Remembering(
            lambda i, n: {"audio": np.ones((1, i["codes"].shape[2] * SAMPLES), dtype=np.float32)}
        ),
    }


def sound(frames):
    return np.zeros(frames * SAMPLES, dtype=np.float32)


def window(count=3, **more):
    return Window(index=0, frame_count=count, **{"audio": sound(count)} | more)


def test_acoustic_codes_run_one_frame_behind_on_both_sides(parts):
    answer = Step(TINY, parts, list)(window(3))
    tokens = [call["tokens"][0, -1] for call in parts["temporal_transformer"].calls]
    own = [row[: 1 + CODEBOOKS].tolist() for row in tokens]
    assert own[0] == [TINY.text.pad_id] + [CARD] * CODEBOOKS
    assert own[1] == [11, 21, 31, 31, 31]
    assert own[2] == [12, 22, 32, 32, 32]
    heard = [row[1 + CODEBOOKS :].tolist() for row in tokens]
    assert heard[0] == [0, CARD, CARD, CARD]
    assert heard[1] == [10, 1, 2, 3]
    assert heard[2] == [20, 11, 12, 13]
    # frame 1 is decoded from the semantic code of draw 1 and the acoustic codes of draw 2
    assert answer.codes[0, :, 1].tolist() == [21, 32, 32, 32]
    assert answer.codes[0, :, 2].tolist() == [22, 33, 33, 33]


def test_the_first_frame_has_no_sound_yet(parts):
    answer = Step(TINY, parts, list)(window(2))
    assert answer.is_silent.tolist() == [True, False]
    assert answer.audio[:SAMPLES].tolist() == [0.0] * SAMPLES
    assert answer.audio[SAMPLES:].tolist() == [1.0] * SAMPLES


def test_vision_and_typed_words_come_before_the_first_frame_in_one_pass(parts):
    step = Step(TINY, parts, lambda text: [ord(letter) for letter in text], token_budget=4)
    picture = np.zeros((32, 32, 3), dtype=np.uint8)
    answer = step(window(2, frames=(picture, picture), text="hi"))
    first, second = parts["temporal_transformer"].calls
    assert first["kind"].tolist() == [[1, 1, 1, 1, 0, 0, 0]]
    assert answer.vision_tokens == 4
    assert first["positions"][0, :4].tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1]]
    assert first["positions"][0, 4:, 0].tolist() == [0, 1, 2]
    assert second["positions"][0].tolist() == [[3, 3, 3]]
    assert first["tokens"][0, 4:6, 0].tolist() == [ord("h"), ord("i")]
    assert (first["tokens"][0, 4:6, 1:] == -1).all()
    assert (first["tokens"][0, :4] == -1).all()
    assert first["vision"][0, :4].tolist() == [[7, 7]] * 4
    assert (first["vision"][0, 4:] == -1).all()


def test_absent_modalities_run_nothing_and_add_nothing(parts):
    Step(TINY, parts, list)(Window(index=0, frame_count=2))
    assert not parts["audio_encoder"].calls
    assert not parts["vision_encoder"].calls
    heard = parts["temporal_transformer"].calls[0]["tokens"][0, 0, 1 + CODEBOOKS :]
    assert (heard == -1).all()


def test_silence_is_forced_while_the_user_speaks_and_only_then(parts):
    step = Step(TINY, parts, list)
    listening = step(window(2, is_user_speaking=True))
    talking = step(window(2, is_user_speaking=False))
    assert listening.text_ids.tolist() == [TINY.text.silence_id] * 2
    assert listening.is_silent.all()
    assert not talking.is_silent.any()
    untaught = Step(TINY, parts, list, is_turn_taught=False)(window(2, is_user_speaking=True))
    assert TINY.text.silence_id not in untaught.text_ids


def test_a_window_that_is_no_whole_frame_is_refused(parts):
    with pytest.raises(ValueError, match="not whole frames"):
        Step(TINY, parts, list)(Window(index=0, frame_count=1, audio=np.zeros(SAMPLES + 1, dtype=np.float32)))


def test_noise_is_seeded_and_scaled_by_the_temperature(parts):
    def noise(**settings):
        for part in parts.values():
            part.calls.clear()
        Step(TINY, parts, list, **settings)(window(1))
        return parts["depth_transformer"].calls[0]["text_noise"]

    assert (noise(temperature=0.0, seed=1) == 0).all()
    one = noise(temperature=1.0, seed=1)
    assert np.array_equal(one, noise(temperature=1.0, seed=1))
    assert not np.array_equal(one, noise(temperature=1.0, seed=2))
    np.testing.assert_allclose(noise(temperature=2.0, seed=1), 2 * one, rtol=1e-6)


def test_reset_starts_the_session_over(parts):
    step = Step(TINY, parts, list)
    step(window(2))
    step.reset()
    for part in parts.values():
        part.calls.clear()
        assert part.resets == 2
    step(window(1))
    assert parts["temporal_transformer"].calls[0]["positions"][0].tolist() == [[0, 0, 0]]


def test_spans_name_every_call_in_order(parts):
    answer = Step(TINY, parts, list)(window(2))
    names = [name for name, _, _ in answer.spans]
    loop = ["temporal_transformer", "depth_transformer"]
    assert names == ["audio_encoder", *loop, *loop, "audio_decoder"]
    edges = [edge for _, start, end in answer.spans for edge in (start, end)]
    assert edges == sorted(edges)
