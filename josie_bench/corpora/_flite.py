"""Speech from CMU Flite, a program that is called, with the time of each phoneme.

Each sentence is a process of its own (some 0.15 s), so it does not depend on what was said before. Flite speaks in its
first voice where it lacks the one it is asked for, and says nothing about it; so the voices are looked at first.
"""

from __future__ import annotations

import math
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
from scipy.signal import resample_poly

from josie_bench.errors import UnavailableError
from josie_bench.terms.corpus import Heard, Mark
from josie_bench.terms.timebase import ms_from_s, samples_in

VOICES = ("slt", "rms", "awb", "kal16")  # all that speak at 16 kHz; `kal` has half of that, `awb_time` tells the time
SILENCE = "pau"
IPA = {SILENCE: ""} | dict(  # as eSpeak writes American English; Flite does not tell a stressed "er" (ɜː) from others
    pair.split("=")
    for pair in (
        *("aa=ɑː", "ae=æ", "ah=ʌ", "ao=ɔː", "aw=aʊ", "ax=ə", "ay=aɪ", "b=b", "ch=tʃ", "d=d", "dh=ð", "eh=ɛ", "er=ɚ"),
        *("ey=eɪ", "f=f", "g=ɡ", "hh=h", "ih=ɪ", "iy=iː", "jh=dʒ", "k=k", "l=l", "m=m", "n=n", "ng=ŋ", "ow=oʊ"),
        *("oy=ɔɪ", "p=p", "r=ɹ", "s=s", "sh=ʃ", "t=t", "th=θ", "uh=ʊ", "uw=uː", "v=v", "w=w", "y=j", "z=z", "zh=ʒ"),
    )
)


def missing() -> str | None:
    """Return why nothing can be spoken here, with the mend; None where it can."""
    program = shutil.which("flite")
    if program is None:
        return "flite is not installed: apt-get install flite"
    told = subprocess.run([program, "-lv"], capture_output=True, text=True, check=False).stdout
    lacking = [voice for voice in VOICES if voice not in told.split()]
    return f"flite has no voice {', '.join(lacking)}: apt-get install flite" if lacking else None


def speak(words: str, voice: str, *, sample_rate_hz: int) -> Heard:
    """Return what one of `VOICES` says, with marks for phonemes; a phoneme without a name is silence.

    Raises:
        UnavailableError: Flite is not installed, lacks that voice, or ends without a sound.
    """
    if (reason := missing()) is not None:
        raise UnavailableError(reason)
    with TemporaryDirectory() as folder:
        sound = Path(folder) / "spoken.wav"
        command = ["flite", "-voice", voice, "-psdur", "-t", words, str(sound)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not sound.is_file():
            raise UnavailableError(f"flite wrote no sound (exit {done.returncode}): {done.stderr.strip()}")
        spoken, rate_hz = soundfile.read(sound)
    shared = math.gcd(rate_hz, sample_rate_hz)
    audio = resample_poly(spoken, sample_rate_hz // shared, rate_hz // shared)
    return Heard(
        audio=np.clip(audio, -1.0, 1.0).astype(np.float32),
        sample_rate_hz=sample_rate_hz,
        marks=_marks(done.stdout, sample_rate_hz, len(audio)),
    )


def _marks(told: str, sample_rate_hz: int, length: int) -> tuple[Mark, ...]:
    """Return the phonemes that Flite tells as `name:end`, in seconds, with their samples.

    The last one is silence and lasts as long as the sound: `kal16` leaves out half of it.
    """
    names, seconds = zip(*(phoneme.split(":") for phoneme in told.split()), strict=True)
    ends = [min(samples_in(ms_from_s(float(end)), sample_rate_hz), length) for end in seconds[:-1]]
    spans = zip(names, [0, *ends], [*ends, length], strict=True)
    return tuple(
        Mark(kind="phoneme", name=IPA[name], start=start, end=end) for name, start, end in spans if end > start
    )
