"""Tests of decoded media: each modality may be absent, and its values do not change."""

import dataclasses

import numpy as np
import pytest

from josie_bench.terms.media import Media

SILENT = Media(
    audio=None,
    sample_rate_hz=16_000,
    speech=(),
    frames=None,
    frame_instants_ms=np.zeros(0),
    video_ms=0.0,
    words=("hello",),
)


def test_absent_modality_is_none_and_not_an_empty_array() -> None:
    assert SILENT.audio is None
    assert SILENT.frames is None


def test_media_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SILENT.video_ms = 1.0  # type: ignore[misc]  # the refusal is what is tested
