"""Which recordings engines are calibrated from, where these are not the usual ones."""

from __future__ import annotations

from dataclasses import dataclass, field

WINDOWS = 24  # of 300 ms, after which a ring of `nano` has turned its newest part over and both sides have spoken
MOST_WINDOWS = 240  # each call is held with its state until all were made


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationChoice:
    """A calibration set of a case's own; two of the same content are equal, wherever their recordings lie.

    Attributes:
        speech: a sound file, a folder of them, or `bundled`.
        video: a video file, a folder of them, or `bundled`.
        windows: of 300 ms that are recorded.
        sha256: of the recordings, hex, see `streams.recordings_sha256`.
    """

    speech: str = field(compare=False)
    video: str = field(compare=False)
    windows: int
    sha256: str

    @property
    def streams(self) -> dict[str, str]:
        """What is heard and seen, by stream."""
        return {"speech": self.speech, "video": self.video}
