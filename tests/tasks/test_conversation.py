"""Conversations with a talker that follows a script: its timeline is worked by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from josie_bench.errors import UsageError
from josie_bench.model.presets import TINY
from josie_bench.runtime.answer import Answer
from josie_bench.statistics.turn_taking import yield_to
from josie_bench.tasks import Desk, Side
from josie_bench.tasks.conversation import can_use, converse, events_of, rows, user_spans, windows_of
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.corpus import Corpus, Heard, Item, Mark, OpenCorpus
from josie_bench.terms.judged import ENGINE, REFERENCE, WHOLE
from josie_bench.terms.timeline import BACK_CHANNEL, BARGE_IN, NOISE, PAUSE, TURN, Span
from tests.runtime.conversing import HALF_OF_ALL, HOT, SAMPLES, make_step

RATE = 1000  # samples a second: one is a millisecond
FRAME = 50
SILENCE, WORD = 7, 1


def mark(kind, start, end, who="user"):
    return Mark(kind=kind, name="", start=start, end=end, who=who)


MARKS = (
    mark(TURN, 200, 900),
    mark(PAUSE, 400, 700),
    mark(TURN, 950, 1_600, who="partner"),
    mark("interruption", 1_000, 1_600),
    mark(TURN, 1_000, 1_500),
    mark("overlap", 1_000, 1_500, who=None),
    mark(NOISE, 1_700, 1_800, who=None),
    mark(BACK_CHANNEL, 1_850, 1_950),
)
HEARD = Heard(audio=np.arange(2_020, dtype=np.float32) / 4_000, sample_rate_hz=RATE, marks=MARKS)


class Scripted:
    """Draws words at known frames and silence at all others; a frame's sound comes with the frame after it."""

    def __init__(self, *spoken: range) -> None:
        self._spoken = {frame for frames in spoken for frame in frames}
        self.reset()

    def reset(self) -> None:
        self.frame, self.heard = 0, []

    def __call__(self, window):
        frames = range(self.frame, self.frame + window.frame_count)
        self.frame += window.frame_count
        self.heard.append(window)
        is_spoken = np.array([frame - 1 in self._spoken for frame in frames])
        return Answer(
            audio=np.repeat(np.where(is_spoken, 0.1, 0.0), FRAME).astype(np.float32),
            text_ids=np.array([WORD if frame in self._spoken else SILENCE for frame in frames]),
            codes=np.zeros((1, 1, len(frames)), dtype=np.int64),
            is_silent=~is_spoken,
            vision_tokens=0,
            spans=(),
        )


def held(talker, *, hop_ms, service_ms=0.0, dialogue="d"):
    settings = {"silence_id": SILENCE, "frame_ms": float(FRAME), "hop_ms": hop_ms, "service_ms": service_ms}
    return converse(talker, HEARD, dialogue, **settings).timeline


def spans(*edges):
    return tuple(Span(start_ms=start, end_ms=end) for start, end in edges)


@pytest.mark.parametrize(
    ("hop_ms", "service_ms", "played", "emitted", "yields_ms"),
    [  # words in frames 10 to 19 and 26 to 29: sound in 550 to 1050 ms and 1350 to 1550 ms of what is given
        (100.0, 0.0, ((650, 1_150), (1_450, 1_650)), ((600, 1_100), (1_400, 1_600)), (1_100, 1_600)),
        (100.0, 40.0, ((690, 1_190), (1_490, 1_690)), ((640, 1_140), (1_440, 1_640)), (1_140, 1_640)),
        (300.0, 0.0, ((850, 1_350), (1_650, 1_850)), ((600, 1_200), (1_500, 1_800)), (1_200, 1_800)),
        (300.0, 300.0, ((1_150, 1_650), (1_950, 2_150)), ((900, 1_500), (1_800, 2_100)), (1_500, 2_100)),
    ],
)
def test_what_a_window_brings_is_there_at_its_close_and_heard_from_then_on(
    hop_ms, service_ms, played, emitted, yields_ms
):
    timeline = held(Scripted(range(10, 20), range(26, 30)), hop_ms=hop_ms, service_ms=service_ms)
    assert timeline.played == spans(*played)
    assert timeline.emitted == spans(*emitted)
    assert timeline.yields_ms == yields_ms
    assert timeline.dialogue == "d"


def test_a_silence_that_is_too_short_to_end_speech_is_decided_all_the_same():
    timeline = held(Scripted(range(10, 14), range(16, 20)), hop_ms=100.0)
    assert timeline.played == spans((650, 1_150))
    assert timeline.yields_ms == (800, 1_100)


def test_a_barge_in_is_worked_by_hand():
    """The user begins at 1000 ms; silence is drawn in the window that closes at 1100 ms, and sound ends at 1150 ms."""
    timeline = held(Scripted(range(10, 20)), hop_ms=100.0)
    first, second = timeline.of(BARGE_IN)
    assert yield_to(timeline, first) is None
    found = yield_to(timeline, second)
    assert found is not None
    assert (found.decided_ms, found.emitted_ms, found.heard_ms, found.queued_ms) == (100.0, 100.0, 150.0, 50.0)
    assert found.talked_over_ms == 150.0


def test_the_end_is_when_the_last_sound_can_be_heard():
    assert held(Scripted(), hop_ms=100.0).end_ms == 2_200.0  # 21 windows, and the last one's sound
    assert held(Scripted(), hop_ms=300.0, service_ms=50.0).end_ms == 2_450.0


def test_events_are_the_users_and_a_turn_may_be_a_barge_in():
    assert [(event.kind, event.span.start_ms, event.span.end_ms) for event in events_of(HEARD)] == [
        (BARGE_IN, 200, 900),
        (TURN, 200, 900),
        (PAUSE, 400, 700),
        (BARGE_IN, 1_000, 1_500),
        (TURN, 1_000, 1_500),
        (NOISE, 1_700, 1_800),
        (BACK_CHANNEL, 1_850, 1_950),
    ]


def test_the_users_voice_is_what_was_placed():
    assert user_spans(HEARD) == spans((200, 400), (700, 900), (1_000, 1_500), (1_850, 1_950))


def test_windows_hold_the_sound_once_and_do_not_tell_who_speaks():
    windows = list(windows_of(HEARD, frame_ms=50.0, hop_ms=300.0))
    assert [(window.index, window.frame_count) for window in windows] == [(index, 6) for index in range(7)]
    joined = np.concatenate([window.audio for window in windows])
    np.testing.assert_array_equal(joined[:2_020], HEARD.audio)
    assert not joined[2_020:].any()
    assert all(window.is_user_speaking is None and window.modalities() == ("audio",) for window in windows)


def test_every_conversation_begins_a_session():
    talker = Scripted(range(10, 20))
    first, second = (held(talker, hop_ms=100.0) for _ in range(2))
    assert first == second
    assert len(talker.heard) == 21


def test_a_hop_of_part_of_a_frame_and_a_service_that_cannot_keep_up_are_refused():
    with pytest.raises(UsageError, match="hop of 120 ms is not a whole number of 50 ms frames"):
        held(Scripted(), hop_ms=120.0)
    with pytest.raises(UsageError, match="service time of 101 ms with a hop of 100 ms: answers would pile up"):
        held(Scripted(), hop_ms=100.0, service_ms=101.0)


def test_a_models_decisions_are_read_from_its_tokens():
    """Sound is heard only where the model spoke, and every stretch of speech ends with a decision to listen."""
    rules = Conversation(turn_taking="model")
    step, _ = make_step(rules=rules, push=HALF_OF_ALL, temperature=HOT, seed=2)
    rate_hz, frame_ms = step.sizes.audio.sample_rate_hz, step.sizes.frame_ms
    heard = Heard(audio=np.zeros(40 * SAMPLES, dtype=np.float32), sample_rate_hz=rate_hz)
    rhythm = {"frame_ms": frame_ms, "hop_ms": 4 * frame_ms}
    timeline = converse(step, heard, "d", silence_id=step.sizes.text.silence_id, **rhythm).timeline
    step.reset()
    answers = [step(window) for window in windows_of(heard, **rhythm)]
    is_silent = np.concatenate([answer.is_silent for answer in answers])
    ends = np.flatnonzero(~is_silent[:-1] & is_silent[1:])
    assert len(ends) > 3
    assert timeline.yields_ms == tuple(dict.fromkeys(float((end // 4 + 1) * 4 * frame_ms) for end in ends))


def test_a_row_is_one_conversation_with_the_engines():
    """The reference beside them is not asked: it has no step here, and would fail."""
    talker = Scripted(range(10, 20))
    talker.sizes = SimpleNamespace(
        text=SimpleNamespace(silence_id=SILENCE, first_special=SILENCE, tokenizer=TINY.text.tokenizer),
        audio=SimpleNamespace(sample_rate_hz=RATE, frame_samples=FRAME),
        frame_ms=float(FRAME),
    )
    corpus = Corpus(
        summary="one",
        kind="made",
        license="CC0-1.0",
        splits=("test",),
        ships_weights=None,
        read_items=lambda _: (),
        hear=lambda _, __, rate_hz: HEARD if rate_hz == RATE else None,
    )
    opened = OpenCorpus(name="conversations", corpus=corpus, root=Path(), items=())
    sides = {ENGINE: Side(executables={}, step=talker), REFERENCE: Side(executables={})}
    sides[WHOLE] = Side(executables={}, step=talker)  # the engines with everything, where something is lost
    desk = Desk(sizes=talker.sizes, hop_ms=100.0, corpus=opened, sides=sides)
    item = Item(id="test-0001", split="test")
    row, whole = rows(item, desk)
    assert (row.track, row.media) == (None, {})
    assert can_use(item, opened)
    assert (row.item, row.cluster, row.task, row.side) == ("test-0001", "test-0001", "conversation", ENGINE)
    assert (whole.side, whole.timeline) == (WHOLE, row.timeline)
    assert row.timeline == held(Scripted(range(10, 20)), hop_ms=100.0, dialogue="test-0001")
    row, whole = rows(item, replace(desk, keeps_media=True))
    assert (set(row.media), set(whole.media)) == ({"before.flac", "heard.flac"}, {"heard.flac"})
    assert row.track.begins_ms == {"heard": 100.0}
    [word] = row.track.words  # frames 10 to 19, without a space or silence
    assert word.at_ms == 100.0 + 10 * FRAME
