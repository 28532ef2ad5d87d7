"""What a code alone tells of the phoneme, with codes and phonemes that are written down."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from josie_bench.bench.phoneme_probe import Told, probe_codec, share_guessed
from josie_bench.errors import UsageError
from josie_bench.terms.corpus import Heard, Item, Mark

FRAME = 800


def told(phonemes, *codes, item="a"):
    return Told(item=item, cluster="s", phonemes=tuple(phonemes), codes=np.array(codes, dtype=np.int64))


def test_a_code_is_guessed_as_what_it_stood_beside_most_often():
    fitted = [told("aab", [1, 1, 1]), told("bb", [2, 2], item="b")]
    # 1 stood beside a, a, b; 2 beside b, b: of a, b, b the first and the last two are guessed right.
    assert share_guessed(fitted, [told("abb", [1, 2, 2])], 0).value == 1.0
    assert share_guessed(fitted, [told("bbab", [1, 2, 2, 2])], 0).value == 0.5


def test_without_a_code_the_most_frequent_phoneme_is_guessed():
    fitted = [told("abb", [1, 2, 3])]
    assert share_guessed(fitted, [told("abbb", [1, 1, 1, 1])], None).value == 0.75


def test_a_code_that_never_came_is_guessed_as_if_there_were_none():
    assert share_guessed([told("aab", [1, 1, 2])], [told("ab", [7, 7])], 0).value == 0.5


def test_each_level_is_asked_by_itself():
    fitted = [told("ab", [1, 2], [5, 5])]
    tried = [told("ab", [1, 2], [5, 5])]
    assert (share_guessed(fitted, tried, 0).value, share_guessed(fitted, tried, 1).value) == (1.0, 0.5)


def test_the_share_is_of_all_frames_together_not_of_items():
    fitted = [told("ab", [1, 2])]
    tried = [told("a", [1]), told("bbb", [1, 1, 1], item="b")]
    assert share_guessed(fitted, tried, 0).value == 0.25


class Loud:
    """An encoder whose first code is 1 in a frame that sounds, and whose second is always 0."""

    def zero_state(self):
        return ()

    def __call__(self, audio):
        loud = (audio.unflatten(1, (-1, FRAME)).abs().amax(-1) > 0).long()
        return (torch.stack((loud, torch.zeros_like(loud)), dim=1),)


class Corpus:
    """Items of three frames: an a of two that sounds, then an o that does not, or silence."""

    name = "three"
    corpus = SimpleNamespace(hear=True)

    def __init__(self, *, last="o", marked=True):
        self.last, self.marked = last, marked

    def of(self, split):
        return tuple(Item(id=f"{split}{index}", split=split, speaker=f"s{index}") for index in range(3))

    def hear(self, item, *, sample_rate_hz):
        audio = np.zeros(3 * FRAME - 100, dtype=np.float32)
        audio[: 2 * FRAME] = 0.5
        marks = (
            Mark(kind="phoneme", name="a", start=0, end=2 * FRAME),
            Mark(kind="phoneme", name=self.last, start=2 * FRAME, end=3 * FRAME - 100),
        )
        return Heard(audio=audio, sample_rate_hz=sample_rate_hz, marks=marks if self.marked else ())


def model():
    sizes = SimpleNamespace(audio=SimpleNamespace(sample_rate_hz=16_000, frame_samples=FRAME))
    return SimpleNamespace(sizes=sizes, audio_encoder=Loud())


def test_a_codec_is_asked_level_by_level_on_speakers_that_guesses_do_not_come_from():
    scores = probe_codec(model(), Corpus(), items=2)
    assert {key: score.value for key, score in scores.items()} == {
        "nothing": pytest.approx(2 / 3), "code_1": 1.0, "code_2": pytest.approx(2 / 3)
    }  # fmt: skip
    assert scores["code_1"].n == 2


def test_silence_is_no_question():
    scores = probe_codec(model(), Corpus(last=""), items=3)
    assert {score.value for score in scores.values()} == {1.0}


def test_a_corpus_that_says_no_phonemes_is_refused():
    with pytest.raises(UsageError, match="three does not say phonemes"):
        probe_codec(model(), Corpus(marked=False), items=3)
