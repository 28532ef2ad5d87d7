"""The mel spectrogram of DNSMOS P.808, held against librosa's figures."""

import numpy as np
import pytest

from josie_bench.evaluators._mel import BANDS, mel_decibels

NOISE = np.random.default_rng(0).standard_normal(16_000).astype(np.float32) * np.float32(0.1)
# From librosa 0.11.0 by speechmos 0.0.1.1, `audio_melspec(NOISE)[3, :4]`.
OF_LIBROSA = (-0.31302652, 0.505797, -0.0476737, 0.6958347)


def test_it_gives_what_librosa_gave() -> None:
    assert mel_decibels(NOISE)[3, :4] == pytest.approx(OF_LIBROSA, abs=1e-6)


def test_it_is_librosas_where_that_is_installed() -> None:
    librosa = pytest.importorskip("librosa", reason="librosa is not installed: it is no part of josie-bench")
    power = librosa.feature.melspectrogram(y=NOISE, sr=16_000, n_fft=321, hop_length=160, n_mels=120)
    wanted = (librosa.power_to_db(power, ref=np.max) + 40) / 40
    assert np.abs(mel_decibels(NOISE) - wanted.T).max() < 1e-5


def test_a_tone_is_loudest_in_its_own_band() -> None:
    tone = np.sin(2 * np.pi * 1_000 * np.arange(16_000) / 16_000).astype(np.float32)
    frame = mel_decibels(tone)[50]
    # 1 kHz is 15 of 45.245 mels at 8 kHz, and bands are centred at (k + 1) / 121 of these: k = 39.1.
    assert int(np.argmax(frame)) in (39, 40)
    assert frame.max() == pytest.approx(1.0)  # 0 dB below the loudest


def test_silence_has_a_floor() -> None:
    assert mel_decibels(np.zeros(1_600, dtype=np.float32)) == pytest.approx(np.ones((10, BANDS)))
