"""Judges of how speech sounds, on real speech and on what is done to it."""

from itertools import pairwise

import numpy as np
import pytest

from josie_bench.errors import MediaError
from josie_bench.evaluators.dnsmos import _windows

# By speechmos 0.0.1.1 with librosa 0.11.0 on the bundled recordings: P.808, OVRL, SIG, BAK.
OF_SPEECHMOS = {
    "cards-001": (3.2475052, 2.9512823, 3.2995141, 3.8511407),
    "librivox-0870": (3.7551403, 3.2423855, 3.6023187, 3.9238153),
}


@pytest.mark.slow
@pytest.mark.parametrize("item", OF_SPEECHMOS)
def test_dnsmos_gives_what_its_own_library_gives(judge_of, clip, item: str) -> None:
    audio, rate_hz, _ = clip(item)
    found = judge_of("dnsmos")(audio, rate_hz)
    assert tuple(found[name] for name in ("p808", "ovrl", "sig", "bak")) == pytest.approx(OF_SPEECHMOS[item], abs=2e-5)


@pytest.mark.slow
def test_dnsmos_hears_noise(judge_of, clip) -> None:
    judge, (audio, rate_hz, _) = judge_of("dnsmos"), clip("librivox-0870")
    noise = np.random.default_rng(2).standard_normal(len(audio)).astype(np.float32)
    clean, noisy = judge(audio, rate_hz), judge(audio + 0.3 * np.float32(audio.std()) * noise, rate_hz)
    assert noisy["bak"] < clean["bak"] - 0.5
    assert noisy["ovrl"] < clean["ovrl"] - 0.3
    assert noisy["p808"] < clean["p808"]


@pytest.mark.parametrize(
    ("samples", "windows"),
    [(1_000, 7), (144_160, 1), (160_000, 1), (176_000, 2), (32 * 16_000, 7)],
)
def test_windows_are_cut_each_second_and_short_sound_is_doubled(samples: int, windows: int) -> None:
    cut = _windows(np.arange(samples, dtype=np.float32))
    assert {len(window) for window in cut} <= {144_160, 144_161}
    # 1,000 doubled eight times are 16 s: ⌊16 − 9.01⌋ + 1. Of 32 s, rounding leaves a sample out of the rest.
    assert len(cut) == windows
    assert cut[0][:1_000].tolist() == list(range(1_000))


def with_noise(audio: np.ndarray, decibels: float) -> np.ndarray:
    """Return sound with white noise that many decibels below it."""
    noise = np.random.default_rng(0).standard_normal(len(audio)).astype(np.float32)
    return audio + np.float32(10 ** (-decibels / 20) * audio.std()) * noise


def test_a_copy_is_as_good_as_scales_go_and_noise_is_worse(judge_of, clip) -> None:
    audio, rate_hz, _ = clip("librivox-0870")
    pesq, stoi = judge_of("pesq"), judge_of("stoi")
    assert pesq(audio, audio, rate_hz)["pesq"] == pytest.approx(4.6439, abs=1e-4)
    assert stoi(audio, audio, rate_hz)["stoi"] == pytest.approx(1.0)
    scores = [(pesq(audio, y, rate_hz)["pesq"], stoi(audio, y, rate_hz)["stoi"]) for y in map_noise(audio)]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1][0] < 1.1 and 0.7 < scores[-1][1] < 0.9


def map_noise(audio: np.ndarray) -> list[np.ndarray]:
    return [with_noise(audio, decibels) for decibels in (40.0, 20.0, 5.0)]


@pytest.mark.parametrize("name", ["pesq", "stoi"])
def test_what_is_no_pair_of_speech_is_refused(judge_of, clip, name: str) -> None:
    judge, (audio, rate_hz, _) = judge_of(name), clip("librivox-0870")
    for reference, degraded, says in (
        (audio, np.zeros_like(audio), "silent throughout"),
        (np.zeros_like(audio), audio, "silent throughout"),
        (audio[:2_000], audio[:2_000], "cannot judge"),
        (audio, audio[: len(audio) // 2], "no pair"),
    ):
        with pytest.raises(MediaError, match=says):
            judge(reference, degraded, rate_hz)


@pytest.mark.parametrize("name", ["pesq", "stoi"])
def test_a_copy_that_ends_a_frame_early_is_judged(judge_of, clip, name: str) -> None:
    audio, rate_hz, _ = clip("librivox-0880")
    assert judge_of(name)(audio, audio[:-320], rate_hz)[name] > 0.99


def test_silero_hears_speech_and_neither_noise_nor_silence(judge_of, clip) -> None:
    judge, (audio, rate_hz, _) = judge_of("silero_vad"), clip("librivox-0870")
    spoken = judge(audio, rate_hz)
    assert spoken.frame_ms == 32.0 and len(spoken.probability) == -(-len(audio) // 512)
    assert np.mean(spoken.probability >= 0.5) > 0.85
    ((start, end),) = spoken.spans_ms()
    assert start < 500.0 and end > 6_500.0
    noise = 0.1 * np.random.default_rng(0).standard_normal(32_000).astype(np.float32)
    for nothing in (noise, np.zeros(32_000, dtype=np.float32)):
        assert judge(nothing, rate_hz).spans_ms() == ()


def test_silero_hears_a_pause_where_one_was_put(judge_of, clip) -> None:
    audio, rate_hz, _ = clip("librivox-0870")
    apart = np.concatenate((audio, np.zeros(2 * rate_hz, dtype=np.float32), audio))
    spans = judge_of("silero_vad")(apart, rate_hz).spans_ms()
    (gap,) = [(end, start) for (_, end), (start, _) in pairwise(spans) if start - end > 1_500.0]
    assert 6_500.0 < gap[0] < 7_300.0 and 9_100.0 < gap[1] < 9_600.0  # the sentence lasts 7.1 s and begins at 0.35 s
