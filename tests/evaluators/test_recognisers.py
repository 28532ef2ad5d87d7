"""Recognisers and the normaliser on the bundled recordings: real speech, with what is said in it."""

import numpy as np
import pytest

from josie_bench.evaluators import whisper_base
from josie_bench.statistics.word_errors import rate_of_sums, score_words
from josie_bench.terms.item_counts import gather

SPOKEN = ("librivox-0870", "librivox-0880", "librivox-0890", "librivox-0920", "librivox-0930")


@pytest.mark.slow
def test_whisper_hears_a_sentence_word_by_word(judge_of, clip) -> None:
    transcribe, normalise = judge_of("whisper_base"), judge_of("english_text")
    audio, rate_hz, said = clip("librivox-0880")
    heard = transcribe(audio, rate_hz)
    assert normalise(heard) == normalise(said) == "he was not an ill disposed young man"
    assert transcribe(audio, rate_hz) == heard


@pytest.mark.slow
def test_whisper_running_in_circles_is_heard_as_nothing(judge_of) -> None:
    """Of this noise it makes 183 words in a circle."""
    noise = 0.01 * np.random.default_rng(2).standard_normal(80_000).astype(np.float32)
    assert judge_of("whisper_base")(noise, 16_000) == ""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "most"), [("whisper_base", 0.02), ("pocketsphinx", 0.30)])
def test_recognisers_err_no_more_than_was_measured(judge_of, clip, name: str, most: float) -> None:
    """One error of 71 words (the reader says a word twice, written down as such), and 26.8 % of pocketsphinx."""
    transcribe, normalise = judge_of(name), judge_of("english_text")
    rows = []
    for item in SPOKEN:
        audio, rate_hz, said = clip(item)
        rows.append(score_words(item, "reader", normalise(said), normalise(transcribe(audio, rate_hz))))
    assert rate_of_sums(gather(rows).sums()) <= most


def test_whisper_of_another_model_is_refused(judge_of, monkeypatch: pytest.MonkeyPatch) -> None:
    judge_of("english_text")
    if (reason := whisper_base.unavailable()) is not None:
        pytest.skip(str(reason))
    monkeypatch.setattr(whisper_base, "MODEL_SHA256", "0" * 64)
    with pytest.raises(Exception, match="not the model that scores are pinned to: its sha256 begins 905e5bf8336bcc62"):
        whisper_base.open_judge()


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Ten of Clubs!", "10 of clubs"),
        ("  He  didn't see the colour, um, [noise] ", "he did not see the color"),
        ("five five", "55"),  # single digits in a row are one number: as good or bad for both sides
        ("Please wait... the number I have is…", "please wait the number i have is"),  # a dot alone is no word
        ("... !!!", ""),
        ("3.5 miles.", "3.5 miles"),
        ("", ""),
    ],
)
def test_english_text_is_what_whispers_authors_compare(judge_of, text: str, normal: str) -> None:
    assert judge_of("english_text")(text) == normal


def test_normal_text_stays_as_it_is(judge_of, clip) -> None:
    normalise = judge_of("english_text")
    for item in SPOKEN:
        once = normalise(clip(item)[2])
        assert normalise(once) == once


@pytest.mark.slow
def test_pocketsphinx_hears_a_sound_alike_whatever_it_heard_before(judge_of, clip) -> None:
    transcribe = judge_of("pocketsphinx")
    card, sentence = clip("cards-003"), clip("librivox-0930")
    first = transcribe(*sentence[:2])
    assert transcribe(*card[:2]) == card[2] == "seven of clubs"
    assert transcribe(*sentence[:2]) == first


def test_what_is_too_short_for_a_word_is_heard_as_none(judge_of) -> None:
    assert judge_of("pocketsphinx")(np.zeros(160, dtype=np.float32), 16_000) == ""
