"""The sound of a recording, in the form in which every corpus hands it out."""

from __future__ import annotations

from pathlib import Path

from josie_bench.streams import speech
from josie_bench.terms.corpus import Heard, Item


def read_sound(root: Path, item: Item, sample_rate_hz: int) -> Heard:
    """Return the sound of an item's file.

    Raises:
        MediaError: the file is missing, empty or damaged.
    """
    assert item.audio is not None, item.id
    loaded = speech.load(str(root / item.audio), sample_rate_hz=sample_rate_hz, pause_ms=0.0)
    return Heard(audio=loaded.audio, sample_rate_hz=sample_rate_hz)
