"""Tests of which modalities a window holds."""

import numpy as np
import pytest

from josie_bench.terms.window import MODALITIES, Window

AUDIO = np.zeros(4, dtype=np.float32)
FRAME = np.zeros((2, 2, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("window", "present"),
    [
        (Window(index=0, frame_count=4), ()),
        (Window(index=0, frame_count=4, audio=AUDIO), ("audio",)),
        (Window(index=0, frame_count=4, frames=(FRAME,)), ("vision",)),
        (Window(index=0, frame_count=4, text="hello"), ("text",)),
        (Window(index=0, frame_count=4, text="hello", frames=(FRAME,), audio=AUDIO), MODALITIES),
    ],
)
def test_modalities_are_what_the_window_holds_in_their_fixed_order(window: Window, present: tuple[str, ...]) -> None:
    assert window.modalities() == present


def test_digital_silence_is_audio_and_an_empty_line_is_text() -> None:
    # Absent is None: an array of zeros was recorded, and an empty line was typed.
    assert Window(index=0, frame_count=4, audio=np.zeros(0, dtype=np.float32), text="").modalities() == (
        "audio",
        "text",
    )
