"""Speech before and behind a codec's codes, with judges whose words are known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from josie_bench.bench.resynthesis import Judges, Resynthesis, chosen_items, judge_codec, resynthesise, summary
from josie_bench.model.presets import NANO
from josie_bench.model.weights import build_model
from josie_bench.terms.corpus import Item

FRAME, LATE = 4, 3


class Passing:
    """A half of a codec that lets samples pass, so many of them late."""

    def __init__(self, late=0):
        self.late = late

    def zero_state(self):
        return (torch.zeros(1, self.late),)

    def __call__(self, samples, kept):
        seen = torch.cat((kept, samples), dim=1)
        return seen[:, : samples.shape[1]], seen[:, samples.shape[1] :]


def passing_model():
    audio = SimpleNamespace(frame_samples=FRAME, delay_samples=LATE, sample_rate_hz=16_000)
    return SimpleNamespace(
        sizes=SimpleNamespace(audio=audio), audio_encoder=Passing(), audio_decoder=Passing(late=LATE)
    )


@pytest.mark.parametrize("length", [1, 6 * FRAME - LATE, 6 * FRAME, 61])
def test_sound_comes_back_whole_and_at_its_place(length):
    audio = np.linspace(-0.9, 0.9, length, dtype=np.float32)
    assert np.array_equal(resynthesise(passing_model(), audio), audio)


def test_a_codec_s_windows_are_those_of_a_conversation():
    """Whatever the length, and the same beginning whatever comes after it."""
    model, audio = build_model(NANO), np.sin(np.arange(9_000) / 9).astype(np.float32) / 3
    whole, begin = resynthesise(model, audio), resynthesise(model, audio[:4_800])
    assert (len(whole), len(begin)) == (9_000, 4_800)
    # What is heard in the last window is spoken a window later: all but the delay agrees.
    assert np.allclose(whole[: 4_800 - 480], begin[: 4_800 - 480], atol=1e-5)


def items(*texts, split="test"):
    return tuple(Item(id=f"i{n}", split=split, speaker="s", transcript=text) for n, text in enumerate(texts))


class Corpus:
    def __init__(self, *found):
        self.found = found

    def of(self, split):
        return tuple(item for item in self.found if item.split == split)

    def audio(self, item, sample_rate_hz):
        assert sample_rate_hz == 16_000
        return np.full(50, 0.1 * int(item.id[1:]), dtype=np.float32)


def test_items_lie_evenly_over_those_with_words_enough():
    found = items("a b c", "a b", "a b c d", None, "c b a", "d e f")
    assert [item.id for item in chosen_items(Corpus(*found), 2, str)] == ["i0", "i4"]
    assert [item.id for item in chosen_items(Corpus(*found), 9, str)] == ["i0", "i2", "i4", "i5"]


def test_every_item_is_heard_twice_and_held_against_what_was_said():
    said = []
    judges = Judges(
        recogniser=lambda audio, rate_hz: f"HEARD {audio[0]:.1f}",
        normaliser=str.lower,
        quality=lambda audio, rate_hz: {"p808": float(audio[0])},
        fidelity=lambda reference, sound, rate_hz: {"stoi": float(np.array_equal(reference, sound))},
    )
    corpus = Corpus(*items("A B C", "D E F"))
    first, second = judge_codec(passing_model(), corpus, corpus.of("test"), judges, said.append)
    assert (first.reference, second.before, second.after) == ("a b c", "heard 0.1", "heard 0.1")
    assert second.quality_after == second.quality_before == {"p808": pytest.approx(0.1)}
    assert second.fidelity == {"stoi": 1.0}
    assert said == ["1 of 2: i0", "2 of 2: i1"]


def row(number, before, after, score):
    return Resynthesis(
        item=f"i{number}", cluster="s", reference="one two three four", before=before, after=after,
        quality_before={"p808": 4.0}, quality_after={"p808": score}, fidelity={"stoi": 0.9},
    )  # fmt: skip


def test_figures_are_of_the_corpus():
    """Twenty items of four words: one wrong in one recording, two more behind the codes."""
    all_right = [row(number, "one two three four", "one two three four", 3.0) for number in range(19)]
    scores = summary([*all_right, row(19, "one two three", "one", 2.0)])
    assert scores["wer_source"].value == pytest.approx(1 / 80)
    assert scores["wer_decoded"].value == pytest.approx(3 / 80)
    assert scores["wer_codec"].value == pytest.approx(2 / 80)
    assert scores["p808.before"].value == 4.0
    assert scores["p808.after"].value == pytest.approx((19 * 3 + 2) / 20)
    assert scores["stoi.fidelity"].value == pytest.approx(0.9)
    assert "within one cluster" in scores["wer_decoded"].interval.method
