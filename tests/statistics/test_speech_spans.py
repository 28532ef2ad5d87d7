"""Onsets and stops of constructed sound, known to 10 ms."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.statistics.speech_spans import speech_spans
from josie_bench.streams.speech import load

RATE_HZ = 16_000


def sound(
    *stretches: tuple[float, float], length_ms: float = 3_000.0, level: float = 0.1, hz: float = 200.0
) -> np.ndarray:
    """Return tones of 200 Hz at the given times, in ms, and silence elsewhere."""
    at_ms = np.arange(int(length_ms * 16)) / 16.0
    is_on = np.zeros(len(at_ms), dtype=np.bool_)
    for start, end in stretches:
        is_on |= (at_ms >= start) & (at_ms < end)
    return np.where(is_on, level * np.sin(2 * np.pi * 200.0 * at_ms / 1_000.0), 0.0).astype(np.float32)


def found(audio: np.ndarray, **settings: float) -> list[tuple[float, float]]:
    return [(span.start_ms, span.end_ms) for span in speech_spans(audio, RATE_HZ, **settings)]


def test_a_voice_is_found_where_it_was_put() -> None:
    assert found(sound((500, 1_500))) == [(500.0, 1_500.0)]
    assert found(sound((0, 3_000))) == [(0.0, 3_000.0)]


@given(start=st.integers(0, 1_000), length=st.integers(80, 1_000))
def test_an_onset_is_at_most_a_frame_early_and_a_stop_a_frame_late(start: int, length: int) -> None:
    ((onset, stop),) = found(sound((start, start + length)))
    assert start - 10.0 <= onset <= start + 5.0  # a tone of 200 Hz takes some of its first period to be loud
    assert start + length - 5.0 <= stop <= start + length + 10.0


def test_a_click_is_no_voice_and_sixty_milliseconds_are() -> None:
    assert found(sound((500, 550))) == []
    assert found(sound((500, 560))) == [(500.0, 560.0)]
    assert found(sound((500, 550)), sustained_ms=50.0) == [(500.0, 550.0)]


def test_a_gap_within_words_is_no_end_and_a_longer_one_is() -> None:
    assert found(sound((500, 800), (990, 1_500))) == [(500.0, 1_500.0)]
    assert found(sound((500, 800), (1_000, 1_500))) == [(500.0, 800.0), (1_000.0, 1_500.0)]


def test_a_click_belongs_to_the_voice_before_it_not_to_that_after_it() -> None:
    assert found(sound((500, 800), (900, 920))) == [(500.0, 920.0)]
    assert found(sound((300, 320), (500, 800))) == [(500.0, 800.0)]


def test_what_is_quieter_than_forty_decibels_is_silence() -> None:
    at_threshold = 0.01 * np.sqrt(2)  # of a tone whose root mean square is −40 dB
    assert found(sound((500, 1_500), level=1.05 * at_threshold)) == [(500.0, 1_500.0)]
    assert found(sound((500, 1_500), level=0.95 * at_threshold)) == []
    assert found(sound((500, 1_500), level=0.95 * at_threshold), threshold_db=-50.0) == [(500.0, 1_500.0)]


def test_nothing_and_silence_hold_no_voice() -> None:
    assert found(np.zeros(0, dtype=np.float32)) == found(np.zeros(16_000, dtype=np.float32)) == []


def test_recorded_voices_are_found_between_their_pauses() -> None:
    speech = load("bundled", sample_rate_hz=RATE_HZ, pause_ms=1_000.0)
    spans = speech_spans(speech.audio, RATE_HZ)
    for start_ms, end_ms, _ in speech.marks:
        inside = [span for span in spans if start_ms <= span.start_ms and span.end_ms <= end_ms + 10.0]
        assert sum(span.end_ms - span.start_ms for span in inside) > 0.4 * (end_ms - start_ms)
