"""What a model writes while it hears, with a step whose tokens are known."""

from __future__ import annotations

import io
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import soundfile

from josie_bench.model.presets import TINY
from josie_bench.model.tokenizer import find_tokenizer
from josie_bench.tasks import Side
from josie_bench.tasks._writing import text_of
from josie_bench.tasks.transcribe import LEAD_FRAMES, REST_FRAMES, TYPED, rows, session_of, write_down
from josie_bench.terms.timeline import Span
from tests.tasks.desks import FRAME, ITEMS, desk

TEXT = TINY.text
HOP = 2 * FRAME


class Writing:
    """A step that writes some ids, two a window, and then is silent."""

    def __init__(self, text):
        self.ids = find_tokenizer(TEXT.tokenizer).encode(text)
        self.sizes = SimpleNamespace(audio=SimpleNamespace(frame_samples=FRAME), text=TEXT)
        self.resets, self.windows = 0, []

    def reset(self):
        self.resets += 1
        self.windows = []

    def __call__(self, window):
        at = 2 * len(self.windows)
        self.windows.append(window)
        given = [*self.ids[at : at + 1], TEXT.pad_id, *self.ids[at + 1 : at + 2], TEXT.silence_id]
        return SimpleNamespace(text_ids=np.array(given))


def test_it_is_the_text_without_silence_and_pads():
    step = Writing(" turn left")
    assert text_of(write_down(step, session_of(np.ones(50, dtype=np.float32), FRAME, HOP), HOP), TEXT) == "turn left"
    assert step.resets == 1


def test_the_word_is_typed_once_and_the_sound_lies_between_silences():
    step = Writing("")
    write_down(step, session_of(np.ones(5, dtype=np.float32), FRAME, HOP), HOP)
    assert [window.text for window in step.windows] == [TYPED] + [None] * (len(step.windows) - 1)
    heard = np.concatenate([window.audio for window in step.windows])
    assert len(heard) >= (LEAD_FRAMES + REST_FRAMES) * FRAME + 5
    assert np.flatnonzero(heard).tolist() == list(range(LEAD_FRAMES * FRAME, LEAD_FRAMES * FRAME + 5))
    assert {window.frame_count for window in step.windows} == {2}


def test_a_row_holds_what_was_said_written_and_guessed():
    sides = {
        name: Side(executables={}, step=Writing(text)) for name, text in {"engine": " A b", "reference": ""}.items()
    }
    first, second = rows(ITEMS[0], desk(sides, hop_ms=0.5))
    assert first.texts == {"said": "A B C", "wrote": "A b", "reference": "a b c", "written": "a b", "frequent": "a b c"}
    assert (second.side, second.texts["written"]) == ("reference", "")


def test_the_sound_that_is_kept_begins_behind_the_silence_that_leads():
    made = desk({"engine": Side(executables={}, step=Writing(" A b"))}, hop_ms=0.5, keeps_media=True)
    (row,) = rows(ITEMS[0], made)
    assert row.track.begins_ms == {"before": 1.0}  # 4 frames of 4 samples at 16 kHz
    assert row.track.marks == {"turn": (Span(start_ms=1.0, end_ms=1.0 + 50 / 16),)}
    assert [word.text for word in row.track.words] == ["A", "b"]


def test_each_side_hears_the_session_as_it_comes_to_it_and_what_is_kept_is_what_was_heard():
    """Noise is in the silence around the speech too, and the side with everything hears none of it."""
    noisy, clean = Writing(" A b"), Writing(" A b")
    sides = {
        "engine": Side(executables={}, step=noisy, hear=lambda audio: audio + np.float32(0.25)),
        "whole": Side(executables={}, step=clean),
    }
    first, second = rows(ITEMS[0], desk(sides, hop_ms=0.5, keeps_media=True))
    said = np.concatenate([window.audio for window in clean.windows])
    assert np.allclose(np.concatenate([window.audio for window in noisy.windows]), said + 0.25)
    assert (said[: LEAD_FRAMES * FRAME] == 0.0).all()
    kept, rate = soundfile.read(io.BytesIO(first.media["before.flac"]))
    assert np.allclose(kept, said[LEAD_FRAMES * FRAME :][: len(kept)] + 0.25, atol=1e-4)
    assert (len(kept), rate, second.media) == (50, 16_000, {})


def test_what_texts_share_is_counted_where_there_are_judges_of_it():
    """A judge that counts the letters of both as written and of the reference, and nothing else."""

    def judge(texts, references):
        return np.array([[len(text), len(other), *[0] * 8] for text, other in zip(texts, references, strict=True)])

    made = desk({"engine": Side(executables={}, step=Writing(" A b"))}, hop_ms=0.5)
    made = replace(made, judges={"normaliser": str.lower, "bleu": judge})
    (row,) = rows(ITEMS[0], made)
    told = {name: number for name, number in row.values.items() if number}
    assert told == {
        "bleu.written.written": 3.0, "bleu.written.reference": 5.0,
        "bleu.frequent.written": 5.0, "bleu.frequent.reference": 5.0,
    }  # fmt: skip
    (bare,) = rows(ITEMS[0], replace(made, judges={"bleu": judge}))
    assert bare.values == {}  # without a normaliser there is no text to compare
