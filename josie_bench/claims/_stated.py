"""Numbers that the paper states, each typed once, and the sizes of the model that this project reads from it."""

from __future__ import annotations

from dataclasses import dataclass

from josie_bench.model.presets import JOSIE_V4O
from josie_bench.model.work import WindowShape, WindowWork, window_work
from josie_bench.terms.memory_model import audio_buffer_bytes, video_buffer_bytes
from josie_bench.terms.timebase import whole_frames

WINDOW_MS = 300.0
PARAMETERS = 2.8e9
SAMPLE_RATE_HZ = 16_000
BYTES_PER_SAMPLE = 2
FRAMES_PER_S = 30
FULL_HD = 1920, 1080
MODALITIES = 3
AUDIO_BUFFER_KB, VIDEO_BUFFER_MB = "4.8", "1.08"

PRECISION = "fp16"
CONTEXT = JOSIE_V4O.temporal.frame_ring + JOSIE_V4O.temporal.vision_ring

TRAINED = "a trained checkpoint, and data and judges to score it with"
NO_PICTURES = "FID is a distance between sets of pictures, and the model makes no pictures"
RETRAINED = (
    "models of the paper's size, trained with and without it; nano at a small budget: josie-bench train ablation"
)
SAVED = "a run of josie-v4o at FP16 on a GPU with and without the option: josie-bench run memory_gpu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """A row of Table 1."""

    bleu: float
    wer: float
    fid: float


FULL = Scores(bleu=42.3, wer=4.2, fid=18.7)
WITHOUT = {
    "m_rope": Scores(bleu=38.1, wer=5.8, fid=22.4),
    "dual_stream": Scores(bleu=36.9, wer=7.3, fid=19.2),
    "temporal": Scores(bleu=31.2, wer=9.7, fid=25.8),
    "rms_norm": Scores(bleu=40.1, wer=4.9, fid=19.1),
}


def percent(part: float, whole: float) -> float:
    """Return `part` of `whole` in per cent.

    >>> percent(1.0, 8.0)
    12.5
    """
    return 100.0 * part / whole


CHANGES = {  # by setting, value and figure of `terms.contrast.Contrast`, in per cent
    **{("ablate", name, "wer_text"): percent(row.wer - FULL.wer, FULL.wer) for name, row in WITHOUT.items()},
    ("ablate", "rms_norm", "steps_to_text_loss"): 15.0,
    ("window", "200 ms", "wer_text"): 22.0,
}


def published_change(setting: str, value: str, figure: str) -> float | None:
    """Return by how many per cent the paper says that a figure changes with a setting; None where it says nothing."""
    return CHANGES.get((setting, value, figure))


def window_of_ours(window_ms: float = WINDOW_MS) -> WindowWork:
    """Return what the preset of the paper's size holds and does in a window, both rings full."""
    frames = whole_frames(window_ms, JOSIE_V4O.frame_ms)
    assert frames is not None
    tokens = JOSIE_V4O.vision.token_budget
    return window_work(JOSIE_V4O, WindowShape(frames=frames, tokens=tokens, context=CONTEXT))


def audio_bytes(window_ms: float = WINDOW_MS) -> float:
    """Return what a window's samples take as the paper describes them."""
    return audio_buffer_bytes(window_ms, SAMPLE_RATE_HZ, BYTES_PER_SAMPLE)


def video_bytes(window_ms: float = WINDOW_MS) -> float:
    """Return what a window's frames take as the paper describes them."""
    return video_buffer_bytes(window_ms, FRAMES_PER_S, *FULL_HD)


def held_bytes(window_ms: float = WINDOW_MS) -> float:
    """Return what one session takes: weights, key-value rings and other state, and the buffers of a window."""
    total = window_of_ours(window_ms).total
    return (
        total.weight_bytes(PRECISION) + total.state_bytes(PRECISION) + audio_bytes(window_ms) + video_bytes(window_ms)
    )
