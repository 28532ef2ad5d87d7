"""When words begin: in recordings that are put apart or together, and in a voice whose onsets are known."""

from pathlib import Path

import numpy as np
import pytest

from josie_bench.corpora import open_corpus
from josie_bench.corpora._espeak import missing

RATE_HZ = 16_000
NEAR_MS = 30.0  # three of its steps


@pytest.fixture
def align(judge_of):
    """Return the aligner, or skip with the reason why there is none."""
    return judge_of("pocketsphinx_words")


def test_what_comes_later_begins_later_by_as_much(align, clip) -> None:
    audio, rate_hz, said = clip("librivox-0880")
    found = align(audio, rate_hz, said)
    assert len(found) == len(said.split()) and list(found) == sorted(set(found))
    later = align(np.concatenate((np.zeros(rate_hz // 2, dtype=np.float32), audio)), rate_hz, said)
    assert later == pytest.approx([onset + 500.0 for onset in found], abs=NEAR_MS)


def test_of_two_recordings_the_second_s_words_begin_behind_the_first(align, clip) -> None:
    (first, rate_hz, one), (second, _, two) = clip("cards-001"), clip("cards-003")
    found = align(np.concatenate((first, second)), rate_hz, f"{one} {two}")
    first_ms = 1_000.0 * len(first) / rate_hz
    assert found[:3] == pytest.approx(align(first, rate_hz, one), abs=NEAR_MS)
    assert found[3:] == pytest.approx([first_ms + onset for onset in align(second, rate_hz, two)], abs=NEAR_MS)


def test_onsets_of_a_voice_that_are_known_are_found(align) -> None:
    """Of 143 words it was 7 ms off on average, 15 at p95."""
    if (reason := missing()) is not None:
        pytest.skip(reason)
    corpus = open_corpus("questions", Path())
    off = []
    for item in corpus.of("test")[:24:4]:
        heard = corpus.hear(item, sample_rate_hz=RATE_HZ)
        words = [mark for mark in heard.marks if mark.kind == "word" and mark.who == "partner"]
        assert all(" " not in mark.name for mark in words)
        found = align(heard.partner, RATE_HZ, " ".join(mark.name for mark in words))
        off += [abs(onset - mark.start / 16) for onset, mark in zip(found, words, strict=True)]
    assert np.mean(off) < 15.0 and max(off) < 50.0


def test_a_sound_has_the_same_onsets_whatever_was_heard_before(align, clip) -> None:
    card, sentence = clip("cards-003"), clip("librivox-0880")
    first = align(*sentence)
    align(*card)
    assert align(*sentence) == first


@pytest.mark.parametrize(
    ("text", "samples"),
    [
        ("ten of klubz", None),  # no such word
        ("10 of clubs", None),
        ("ten <sil> clubs", None),
        ("", None),
        ("ten of clubs", 160),  # over before the text is
    ],
)
def test_what_cannot_be_aligned_has_no_onsets_and_the_next_sound_has(align, clip, text, samples) -> None:
    audio, rate_hz, said = clip("cards-001")
    assert align(audio[:samples], rate_hz, text) is None
    assert align(audio, rate_hz, said) is not None
