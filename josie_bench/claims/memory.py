"""What the model needs in memory: weights, buffers, and the GPU that is enough."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.claims._evidence import PAPERS_PRESET
from josie_bench.claims._held import measured_vram
from josie_bench.claims._stated import (
    AUDIO_BUFFER_KB,
    MODALITIES,
    PARAMETERS,
    PRECISION,
    SAMPLE_RATE_HZ,
    VIDEO_BUFFER_MB,
    WINDOW_MS,
    audio_bytes,
    held_bytes,
    video_bytes,
    window_of_ours,
)
from josie_bench.terms.claim import BELOW, Claim, Figure, Measured, Reading, Scale, printed
from josie_bench.terms.precision import WEIGHT_BYTES
from josie_bench.terms.quantity import SIZE_BYTES
from josie_bench.terms.result import Result
from josie_bench.terms.timebase import samples_in

KB, MB, GB = SIZE_BYTES["kB"], SIZE_BYTES["MB"], SIZE_BYTES["GB"]
BILLION = 1e9


def _weight_gb() -> float:
    return PARAMETERS * WEIGHT_BYTES[PRECISION] / GB


def _parameters() -> float:
    return window_of_ours().total.parameters / BILLION


def _counted(result: Result) -> Sequence[Measured]:
    """Return how many parameters the engines of a run of the paper's size have."""
    scale = Scale(preset=PAPERS_PRESET, backend="any backend", host="any host", is_papers=True)
    return [
        Measured(
            case="all",
            statistic="subjects.parameters",
            value=subject.parameters / BILLION,
            unit="billion",
            scale=scale,
            n=1,
            is_exact=True,
        )
        for subject in result.subjects
        if subject.preset == PAPERS_PRESET
    ]


def _by_formula() -> float:
    return samples_in(WINDOW_MS, SAMPLE_RATE_HZ) * MODALITIES / MB


def _listed() -> Figure:
    """Return the sum of the buffers that the paper lists; the coarser of the two says how exact it is."""
    video = printed(VIDEO_BUFFER_MB, "MB")
    return Figure(value=video.value + float(AUDIO_BUFFER_KB) * KB / MB, unit="MB", slack=video.slack)


CLAIMS = (
    Claim(
        id="mem.weights",
        section="8.1",
        statement="2.8 billion parameters take 5.6 GB in FP16",
        published="5.6GB in FP16",
        kind="arith",
        figure=printed("5.6", "GB"),
        readings=(Reading(formula="2.8·10⁹ · 2 B", compute=_weight_gb),),
    ),
    Claim(
        id="mem.parameters",
        section="8.1",
        statement="the model has about 2.8 billion parameters",
        published="approximately 2.8B parameters",
        kind="system",
        figure=printed("2.8", "billion"),
        readings=(
            Reading(
                formula="sum over the components of preset josie-v4o (josie-bench model josie-v4o)",
                compute=_parameters,
                measure=_counted,
            ),
        ),
        note=(
            "The paper gives no sizes of the parts. This shows that parts of published shape come to its figure, not "
            "that the author's do."
        ),
    ),
    Claim(
        id="mem.audio_buffer",
        section="8.1",
        statement="a window of audio takes 4.8 kB",
        published="4.8KB (300ms × 16kHz × 2 bytes)",
        kind="arith",
        figure=printed(AUDIO_BUFFER_KB, "kB"),
        readings=(Reading(formula="0.3 s · 16 000 Hz · 2 B", compute=lambda: audio_bytes() / KB),),
        note="4.8 thousand is the number of samples; each has two bytes.",
    ),
    Claim(
        id="mem.video_buffer",
        section="8.1",
        statement="a window of video takes 1.08 MB",
        published="1.08MB (30fps × 300ms × 1920 × 1080 × 3 channels × 1 byte)",
        kind="arith",
        figure=printed(VIDEO_BUFFER_MB, "MB"),
        readings=(Reading(formula="30 · 0.3 · 1920 · 1080 · 3 · 1 B", compute=lambda: video_bytes() / MB),),
        note="One such frame alone is 6.2 MB.",
    ),
    Claim(
        id="mem.buffer_formula",
        section="8.1",
        statement="the buffers together are 300 ms · sampling rate · modalities",
        published="M_buffer (300ms × sampling rate × modalities)",
        kind="arith",
        figure=_listed(),
        readings=(Reading(formula="4 800 · 3, one byte each", compute=_by_formula),),
        note=(
            "Held against the sum of the two buffers that the paper lists below it. The formula counts samples, not "
            "bytes, and gives all modalities one rate."
        ),
    ),
    Claim(
        id="mem.min_vram",
        section="8.2",
        statement="a GPU with 8 GB of memory is enough",
        published="at least 8GB VRAM",
        kind="system",
        figure=printed("8", "GB"),
        readings=(
            Reading(
                formula="weights + state + buffers of one session of josie-v4o at FP16, the least that must lie there",
                compute=lambda: held_bytes() / GB,
                relation=BELOW,
                is_limit=True,
                measure=measured_vram,
                waits_for="a run of josie-v4o at FP16 on a GPU held to 8 GB: josie-bench run memory_gpu",
            ),
        ),
        metrics=("process_vram.peak",),
        note=(
            "What the runtime, activations and fragments take comes on top, and is not in the formula. A card that is "
            "sold with 8 GB has 8 GiB, so that a run is held to these."
        ),
    ),
)
