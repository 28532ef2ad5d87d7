"""Speech from eSpeak NG, the same for the same words and voice, with the time of each word and phoneme.

The library keeps state from one utterance to the next: noise, flutter and the phase of the voice go on where the last
one ended, and no call resets them. So it is loaded anew for each utterance (20 ms for two seconds of speech) and its
random numbers are seeded; then an utterance does not depend on what was said before.
"""

from __future__ import annotations

import _ctypes
import ctypes
import importlib.util
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from josie_bench.errors import UnavailableError
from josie_bench.terms.corpus import Heard, Mark

SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: sound goes to the callback, and no thread is started
PHONEME_EVENTS, IPA_NAMES, NO_EXIT = 0x0001, 0x0002, 0x8000
END, WORD, PHONEME = 0, 1, 7  # kinds of events
RATE, VOLUME, PITCH = 1, 2, 3  # parameters
HALF = 50  # of eSpeak's usual loudness: several variants clip at that
UTF8 = 1
SEED = 1
STRESS = str.maketrans("", "", "ˈˌ")
LOCK = threading.Lock()  # two loads at once would be one library with one state


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How something is spoken.

    Attributes:
        accent: eSpeak's name of a language, e.g. `en-us`.
        variant: eSpeak's name of a speaker, e.g. `f2`; decides the formants.
        words_per_minute: 80 to 450; people speak at 120 to 200.
        pitch: 0 to 99, 50 as the variant has it.
    """

    accent: str
    variant: str
    words_per_minute: int = 170
    pitch: int = 50


@dataclass(frozen=True, slots=True)
class _Told:
    """An event as it came: its kind, its sample, where its word begins in the text, and a phoneme's name."""

    kind: int
    sample: int
    place: int
    name: str


def missing() -> str | None:
    """Return why nothing can be spoken here, with the mend; None where it can."""
    if importlib.util.find_spec("espeakng_loader") is None:
        return "espeakng-loader is not installed: pip install 'josie-bench[corpora]'"
    return None


def speak(words: str, voice: Voice, *, sample_rate_hz: int) -> Heard:
    """Return what a voice says, with marks for words and phonemes; a phoneme without a name is silence.

    Raises:
        UnavailableError: eSpeak is not installed, or lacks that voice.
    """
    if (reason := missing()) is not None:
        raise UnavailableError(reason)
    from espeakng_loader import get_data_path, get_library_path

    with LOCK, _loaded(get_library_path()) as library:
        rate_hz, spoken, told = _synthesise(library, str(Path(get_data_path())), words, voice)
    shared = math.gcd(rate_hz, sample_rate_hz)
    audio = resample_poly(spoken / 32768.0, sample_rate_hz // shared, rate_hz // shared)
    scale = sample_rate_hz / rate_hz
    return Heard(
        audio=np.clip(audio, -1.0, 1.0).astype(np.float32),
        sample_rate_hz=sample_rate_hz,
        marks=_marks(told, words, scale, len(audio)),
    )


@contextmanager
def _loaded(path: str) -> Iterator[ctypes.CDLL]:
    """Give the library as it is before anything was said; it is unloaded afterwards, with its state."""
    library = ctypes.CDLL(path)
    try:
        yield library
    finally:
        library.espeak_Terminate()
        _ctypes.dlclose(library._handle)


def _synthesise(
    library: ctypes.CDLL, data: str, words: str, voice: Voice
) -> tuple[int, NDArray[np.int16], list[_Told]]:
    """Return sample rate, samples and events of what is said."""
    pieces: list[NDArray[np.int16]] = []
    told: list[_Told] = []

    def hear(samples: ctypes._Pointer[ctypes.c_short], count: int, events: ctypes._Pointer[_Event]) -> int:
        if count > 0:  # the last call brings none
            pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while (event := events[index]).type != END:
            name = event.name.decode("utf-8", "replace")
            told.append(_Told(event.type, event.sample, event.text_position - 1, name))
            index += 1
        return 0

    callback = Callback(hear)
    rate_hz = library.espeak_Initialize(SYNCHRONOUS, 0, data.encode(), PHONEME_EVENTS | IPA_NAMES | NO_EXIT)
    if rate_hz <= 0:
        raise UnavailableError(
            f"eSpeak cannot read its data in {data}", mend="pip install --force-reinstall espeakng-loader"
        )
    library.espeak_SetSynthCallback(callback)
    library.espeak_ng_SetRandSeed(ctypes.c_long(SEED))
    name = f"{voice.accent}+{voice.variant}"
    if library.espeak_SetVoiceByName(name.encode()):
        raise UnavailableError(f"eSpeak has no voice {name}", mend="pip install 'josie-bench[corpora]'")
    library.espeak_SetParameter(RATE, voice.words_per_minute, 0)
    library.espeak_SetParameter(PITCH, voice.pitch, 0)
    library.espeak_SetParameter(VOLUME, HALF, 0)
    text = words.encode()
    library.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, 1, 0, UTF8, None, None)
    return rate_hz, np.concatenate(pieces), told


def _marks(told: list[_Told], words: str, scale: float, length: int) -> tuple[Mark, ...]:
    """Return words and phonemes with their samples; each lasts until the next of its kind begins.

    eSpeak joins small words, as in "on the": both are then one mark.
    """
    marks = []
    for kind, code in (("word", WORD), ("phoneme", PHONEME)):
        own = [event for event in told if event.kind == code]
        starts = [min(round(event.sample * scale), length) for event in own]
        places = [event.place for event in own]
        spans = zip(own, starts, [*starts[1:], length], [*places[1:], len(words)], strict=True)
        for event, start, end, stop in spans:
            name = words[event.place : stop].strip() if kind == "word" else event.name.translate(STRESS)
            if end > start:
                marks.append(Mark(kind=kind, name=name, start=start, end=end))
    return tuple(sorted(marks, key=lambda mark: (mark.start, mark.kind == "phoneme")))
