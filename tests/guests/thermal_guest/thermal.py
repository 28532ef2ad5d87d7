"""`thermal`: pictures of a thermal camera in a .npy file, `[pictures, 4, 4]`, ten a second."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from josie_bench.errors import MediaError
from josie_bench.streams import MediaFile, describe

SUMMARY = "a thermal camera's pictures"
MODALITY = "thermal"
PICTURE_MS = 100.0


@dataclass(frozen=True)
class Thermal:
    pictures: np.ndarray
    files: tuple[MediaFile, ...]

    def arrived(self, start_ms, end_ms):
        """Return the newest picture that was taken by the end."""
        newest = int(end_ms / PICTURE_MS) - 1
        return self.pictures[newest % len(self.pictures)] if newest >= 0 else None


def probe(choice):
    load(choice)


def load(choice):
    try:
        pictures = np.load(choice, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise MediaError(f"{choice}: no pictures of a thermal camera: write a .npy file") from error
    return Thermal(pictures=pictures, files=(describe(Path(choice), MODALITY),))
