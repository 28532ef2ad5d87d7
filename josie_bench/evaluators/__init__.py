"""An evaluator is one outside judge: it turns output into text, scores, stretches of speech or features.

None of them knows the model that is judged. Every member file offers:

- `SUMMARY`: one line for `josie-bench list`.
- `KIND`: one of `KINDS`, which says what its judge takes and gives.
- `IMPORTS`: the libraries it needs, by the names they are imported by.
- `EXTRA`: what installs them.
- `unavailable() -> UnavailableError | None`: why it cannot judge here, or None; nothing is imported to find out.
- `identity() -> Identity`: what a metric's id needs of it. Two judges with another identity gave other numbers.
- `open_judge()`: the judge with its model loaded, a function; raises the `UnavailableError` where there is one.

What judges take and give:

| `KIND` | judge |
|---|---|
| `recogniser` | (sound `[samples]`, rate in Hz) → the text that was heard |
| `normaliser` | text → text, for reference and hypothesis alike |
| `text_overlap` | (texts, a reference for each) → float64 `[pairs, counts]`, whole numbers: `statistics.text_overlap` |
| `speech_quality` | (sound `[samples]`, rate in Hz) → scores by name |
| `speech_fidelity` | (reference `[samples]`, degraded `[samples]`, rate in Hz) → scores by name |
| `voice_activity` | (sound `[samples]`, rate in Hz) → `VoiceActivity` |
| `word_aligner` | (sound `[samples]`, rate in Hz, text) → when each word begins, in ms; None if it cannot be told |
| `image_features` | uint8 RGB `[images, height, width, 3]` → float32 `[images, features]` |

Sound is float32, mono, in [-1, 1]; what lies outside is clipped, as a sound card does. Members resample it themselves.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from josie_bench.errors import UnavailableError

Floats = NDArray[np.float32]
Images = NDArray[np.uint8]
Scores = dict[str, float]

RECOGNISER, NORMALISER = "recogniser", "normaliser"
SPEECH_QUALITY, SPEECH_FIDELITY = "speech_quality", "speech_fidelity"
VOICE_ACTIVITY, WORD_ALIGNER = "voice_activity", "word_aligner"
IMAGE_FEATURES, TEXT_OVERLAP = "image_features", "text_overlap"
KINDS = (
    *(RECOGNISER, NORMALISER, TEXT_OVERLAP, SPEECH_QUALITY, SPEECH_FIDELITY),
    *(VOICE_ACTIVITY, WORD_ALIGNER, IMAGE_FEATURES),
)
EXTRA = "pip install 'josie-bench[quality]'"
DIGITS = 16  # of a digest that an id shows; the whole one is in the result

Recogniser = Callable[[Floats, int], str]
Normaliser = Callable[[str], str]
WordAligner = Callable[[Floats, int, str], tuple[float, ...] | None]
QualityJudge = Callable[[Floats, int], Scores]
FidelityJudge = Callable[[Floats, Floats, int], Scores]
FeatureExtractor = Callable[[Images], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What decides a judge's numbers.

    Attributes:
        name: the member's.
        libraries: (package, version) of each that computes them.
        model_sha256: of the file that holds the model, hex; of several, that of their digests one after the other; None
            where there is no model, only a formula.
        settings: what was chosen beside it, e.g. `int8,beam=5`; empty where nothing is.
    """

    name: str
    libraries: tuple[tuple[str, str], ...]
    model_sha256: str | None = None
    settings: str = ""

    @property
    def text(self) -> str:
        """Return all of it in one word.

        >>> Identity(name="stoi", libraries=(("pystoi", "0.4.1"),), settings="classic").text
        'stoi:pystoi=0.4.1:-:classic'
        """
        libraries = ",".join(f"{package}={number}" for package, number in self.libraries)
        digest = "-" if self.model_sha256 is None else self.model_sha256[:DIGITS]
        return f"{self.name}:{libraries}:{digest}" + (f":{self.settings}" if self.settings else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceActivity:
    """How surely somebody speaks, frame by frame.

    Attributes:
        probability: float32 `[frames]` in [0, 1].
        frame_ms: how long each frame is; frame k begins at k times this.
    """

    probability: Floats
    frame_ms: float

    def spans_ms(self, threshold: float = 0.5) -> tuple[tuple[float, float], ...]:
        """Return (start, end) of each run of frames at or above a threshold, in milliseconds."""
        is_speech = np.concatenate(([0], (self.probability >= threshold).astype(np.int8), [0]))
        edges = np.flatnonzero(np.diff(is_speech)) * self.frame_ms
        return tuple((float(start), float(end)) for start, end in zip(edges[::2], edges[1::2], strict=True))


OverlapJudge = Callable[[Sequence[str], Sequence[str]], NDArray[np.float64]]
VoiceDetector = Callable[[Floats, int], VoiceActivity]


def missing_library(imports: Iterable[str]) -> UnavailableError | None:
    """Return that one of some libraries is not installed, by the first that is not, or None; none is imported."""
    for name in imports:
        if importlib.util.find_spec(name) is None:
            return UnavailableError(f"{name} is not installed", mend=EXTRA)
    return None


def installed(*packages: str) -> tuple[tuple[str, str], ...]:
    """Return the version of each package."""
    return tuple((name, version(name)) for name in packages)


def digest_of_digests(*sha256: str) -> str:
    """Return the sha256 (hex) of some digests (hex), one after the other."""
    return hashlib.sha256("".join(sha256).encode()).hexdigest()


def folder_of(package: str) -> Path:
    """Return the folder of an installed package that is not imported for it.

    Raises:
        UnavailableError: it is not installed.
    """
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise UnavailableError(f"{package} is not installed", mend=EXTRA)
    return Path(found.origin).parent


def read_pinned(paths: Iterable[Path], sha256: str) -> bytes:
    """Return a model's bytes, those of some files one after the other.

    Args:
        paths: the parts in order.
        sha256: of the whole, hex.

    Raises:
        UnavailableError: a part is missing, or they are not the model that was pinned.
    """
    found = tuple(paths)
    try:
        content = b"".join(path.read_bytes() for path in found)
    except OSError as error:
        raise UnavailableError(f"{error.filename} cannot be read ({error.strerror})", mend=EXTRA) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise UnavailableError(
            f"{found[0]} is not the model that scores are pinned to: its sha256 begins {digest[:DIGITS]}, "
            f"not {sha256[:DIGITS]}",
            mend=f"{EXTRA} --force-reinstall",
        )
    return content
